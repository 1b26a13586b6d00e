/** The text of the policy, line by line, each with an anchor of its own. */

import { display } from '../../../diagnostics/display.ts';
import { lineStarts, lineText, type SourceFile } from '../../../source/span.ts';
import type { Anchors } from '../markup/anchors.ts';
import { type Html, html } from '../markup/html.ts';
import { section } from '../markup/table.ts';

export function policyTextSection(anchors: Anchors): Html {
  const { files } = anchors;
  return section(
    'text',
    'The policy',
    files.map(
      (file, index) =>
        html`${files.length > 1 ? html`<h3>${file.name}</h3>\n` : undefined}${fileText(file, index, anchors)}`,
    ),
  );
}

function fileText(file: SourceFile, index: number, anchors: Anchors): Html {
  const count = lineStarts(file).length - (file.text.endsWith('\n') ? 1 : 0);
  const lines = Array.from({ length: count }, (_, offset) => {
    const id = anchors.idOf(index, offset + 1);
    return html`<li id="${id}"><a href="#${id}">${offset + 1}</a><code>${display(lineText(file, offset + 1)).text}</code></li>\n`;
  });
  return html`<ol class="text">\n${lines}</ol>\n`;
}
