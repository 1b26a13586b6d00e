/** Tables that people with and without eyes can read: a caption, heads with their scope, and room to scroll on small screens. */
import { type Html, html, type Insertable } from './html.ts';

export interface Column {
  readonly title: string;
  /** `text`: names and sentences; `code`: addresses and ports; `line`: the place in the policy. */
  readonly kind?: 'text' | 'code' | 'line';
}

/** The first cell of a row is its head. Without rows, `empty` is said instead. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Insertable[])[],
  empty: string,
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((cell, index) => cellOf(cell, index, columns[index]?.kind))}</tr>\n`)}</tbody>
</table></div>`;
}

function cellOf(cell: Insertable, index: number, kind: Column['kind'] = 'text'): Html {
  return index === 0 ? html`<th scope="row" class="${kind}">${cell}</th>` : html`<td class="${kind}">${cell}</td>`;
}

export function section(id: string, title: string, ...content: readonly Insertable[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`;
}
