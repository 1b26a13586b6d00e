/** `ctfw report --html`: everything about one policy on a page that needs nothing but itself. */
import type { Compiled } from '../../compile.ts';
import type { Model } from '../../model/model.ts';
import type { SourceFile } from '../../source/span.ts';
import type { Result } from '../verify/result.ts';
import { Anchors } from './markup/anchors.ts';
import { type Html, html, stylesheet } from './markup/html.ts';
import { style } from './markup/style.ts';
import { containersSection } from './sections/containers.ts';
import { expectationsSection } from './sections/expectations.ts';
import { findingsSection } from './sections/findings.ts';
import { matrixSection } from './sections/matrix.ts';
import { networksSection } from './sections/networks.ts';
import { policyTextSection } from './sections/policy-text.ts';
import { proofSection } from './sections/proof.ts';
import { publicationsSection } from './sections/publications.ts';
import { summary } from './sections/summary.ts';

export interface PolicyPage {
  readonly version: string;
  /** The policy and what it includes. */
  readonly files: readonly SourceFile[];
  readonly model: Model;
  /** Every host of the policy. */
  readonly hosts: readonly Compiled[];
  readonly results: readonly Result[];
}

const contents: readonly (readonly [id: string, title: string])[] = [
  ['expectations', 'Expectations'],
  ['proof', 'Proof'],
  ['findings', 'Findings'],
  ['matrix', 'Who reaches whom'],
  ['publications', 'Published ports'],
  ['containers', 'Containers'],
  ['networks', 'Networks'],
  ['text', 'The policy'],
];

/** The page. The same policy gives the same bytes: it holds no time and no name of a machine. */
export function policyPage({ version, files, model, hosts, results }: PolicyPage): string {
  const anchors = new Anchors(files);
  const name = files[0]?.name ?? '';
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="ctfw ${version}">
<title>${name}: a ctfw policy</title>
${stylesheet(style)}
</head>
<body>
<header>
<h1>${name}</h1>
${summary(model, results)}<nav aria-label="Contents"><ul>${contents.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${sections(model, hosts, results, anchors)}</main>
<footer>Made by ctfw ${version} from the policy alone; nothing was asked of a host.</footer>
</body>
</html>
`;
  return page.toString();
}

function sections(model: Model, hosts: readonly Compiled[], results: readonly Result[], anchors: Anchors): Html {
  return html`${expectationsSection(results, anchors)}${proofSection(results, anchors)}${findingsSection(results, anchors)}${matrixSection(hosts, anchors)}${publicationsSection(model, anchors)}${containersSection(model, anchors)}${networksSection(model, anchors)}${policyTextSection(anchors)}`;
}
