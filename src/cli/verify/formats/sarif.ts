/** SARIF 2.1.0 for code scanning: rules with stable ids, results with fingerprints that outlive a change of lines. */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { positionAt } from '../../../source/span.ts';
import { evidenceText, judgesOf, type RuleDescription, type VerifyReport } from '../report.ts';
import type { Result } from '../result.ts';

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';

export function sarifFormat(report: VerifyReport): string {
  const judgeOf = judgesOf(report);
  const told = report.results.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'skipped');
  const ids = report.rules.map(({ rule }) => rule);
  const document = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'ctfw', version: report.version, rules: report.rules.map(ruleToSarif) } },
        columnKind: 'utf16CodeUnits',
        results: told.map((result) => resultToSarif(result, ids.indexOf(result.rule), judgeOf)),
      },
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function ruleToSarif({ rule, title, explanation, level }: RuleDescription): object {
  return {
    id: rule,
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    help: { text: explanation },
    defaultConfiguration: { level },
  };
}

function resultToSarif(result: Result, ruleIndex: number, judgeOf: (result: Result) => string): object {
  const evidence = result.evidence === undefined ? '' : `\n\n${evidenceText(result.evidence)}`;
  const help = result.help === undefined ? '' : `\n\n${result.help}`;
  return {
    ruleId: result.rule,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: result.outcome === 'warning' ? 'warning' : 'error',
    message: { text: `${result.name} (${judgeOf(result)})\n${result.message}${help}${evidence}` },
    locations: [{ physicalLocation: physicalLocation(result) }],
    partialFingerprints: { 'ctfw/v1': fingerprint(result) },
  };
}

/** A result about no line in particular is about the policy as a whole. */
function physicalLocation({ span, policy = '' }: Result): object {
  const artifactLocation = artifact(span?.file.name ?? policy);
  if (span === undefined) return { artifactLocation };
  const start = positionAt(span.file, span.start);
  const end = positionAt(span.file, span.end);
  return {
    artifactLocation,
    region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
  };
}

/** Relative to the root of the repository, where the file is named so. */
function artifact(name: string): object {
  if (isAbsolute(name)) return { uri: pathToFileURL(name).href };
  return {
    uri: encodeURI(name.replace(/^\.\//, '')).replaceAll('#', '%23').replaceAll('?', '%3F'),
    uriBaseId: '%SRCROOT%',
  };
}

/** What the result is about, without where it stands: lines move, statements stay. */
function fingerprint({ rule, host, judge, name, span, policy = '' }: Result): string {
  const statement = span === undefined ? name : span.file.text.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
  const question = name.replace(/^line \d+: /, '');
  const about = [rule, host, judge, span?.file.name ?? policy, statement, question].join('\n');
  return createHash('sha256').update(about).digest('hex').slice(0, 32);
}
