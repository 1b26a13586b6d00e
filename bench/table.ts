/** Tables for people: the first column to the left, figures to the right. */

export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) => `  ${widths.map((width, column) => cell(row[column] ?? '', width, column)).join('   ')}`.trimEnd())
    .join('\n');
}

function cell(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
