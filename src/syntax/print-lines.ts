/** Entries of a file or block -> lines: aligns neighbours and the comments behind lines. */
import { type Family, gaps, type StatementText } from './print-line.ts';

/** What stands in a file or block, from top to bottom. */
export type Entry =
  | { readonly kind: 'line'; readonly text: StatementText; readonly comment: string | undefined }
  | {
      readonly kind: 'block';
      readonly header: StatementText;
      /** Behind the opening brace. */
      readonly openComment: string | undefined;
      readonly entries: readonly Entry[];
      /** Behind the closing brace. */
      readonly comment: string | undefined;
    }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'blank' };

interface Line {
  readonly text: string;
  readonly comment: string | undefined;
}

/** The column of comments behind lines that leave room for it. */
const commentColumn = 39;
/** Lines longer than this have their comment two columns behind them and do not move those of others. */
const longestCommented = 80;
/** Cells that would push their neighbours further than this are not waited for. */
const widestCell = 60;

/** All lines of a file, each ended by a newline. */
export function renderEntries(entries: readonly Entry[]): string {
  const lines: Line[] = [];
  addLines(lines, entries, 0, equalsColumn(entries));
  return alignComments(lines)
    .map((line) => `${line}\n`)
    .join('');
}

/** The column of `=`, one for the whole file. */
function equalsColumn(entries: readonly Entry[]): number {
  const heads = entries.flatMap((entry) =>
    entry.kind === 'line' && entry.text.family === 'equals' ? [entry.text.cells[0]?.length ?? 0] : [],
  );
  return widestOf(heads) + 1;
}

/** The largest of some widths, without those that are too wide to wait for. */
function widestOf(widths: readonly number[]): number {
  return widths.reduce((widest, width) => (width > widest && width <= widestCell ? width : widest), 0);
}

function addLines(lines: Line[], entries: readonly Entry[], indent: number, equals: number): void {
  const margin = ' '.repeat(indent);
  let columns: readonly number[] = [];
  let family: Family | undefined;
  for (const [index, entry] of entries.entries()) {
    switch (entry.kind) {
      case 'blank':
        family = undefined;
        lines.push({ text: '', comment: undefined });
        break;
      case 'comment':
        lines.push({ text: `${margin}${entry.text}`, comment: undefined });
        break;
      case 'block':
        family = undefined;
        addStatement(lines, entry.header, entry.header.firstLine(), ' {', entry.openComment, margin);
        addLines(lines, entry.entries, indent + 2, equals);
        lines.push({ text: `${margin}}`, comment: entry.comment });
        break;
      case 'line': {
        if (entry.text.family !== family) columns = columnsOfRun(entries, index, equals);
        family = entry.text.family;
        addStatement(lines, entry.text, alignedLine(entry.text, columns), '', entry.comment, margin);
      }
    }
  }
}

/** The first line of a statement and those that continue it; `tail` and the comment stand behind the last. */
function addStatement(
  lines: Line[],
  text: StatementText,
  firstLine: string,
  tail: string,
  comment: string | undefined,
  margin: string,
): void {
  const all = [{ text: firstLine, comment: text.comment }];
  for (const line of text.continuation) {
    all.push({
      text: `    ${line.text === '' ? (line.comment ?? '') : line.text}`,
      comment: line.text === '' ? undefined : line.comment,
    });
  }
  for (const [index, line] of all.entries()) {
    const isLast = index === all.length - 1;
    lines.push({ text: `${margin}${line.text}${isLast ? tail : ''}`, comment: isLast ? comment : line.comment });
  }
}

/** The columns of the second and third cell of the statements of one family that follow each other from an entry on. */
function columnsOfRun(entries: readonly Entry[], start: number, equals: number): readonly number[] {
  const run: StatementText[] = [];
  let family: Family | undefined;
  for (let index = start; index < entries.length; index++) {
    const entry = entries[index];
    if (entry?.kind === 'comment') continue;
    if (entry?.kind !== 'line' || (family !== undefined && entry.text.family !== family)) break;
    family = entry.text.family;
    if (!entry.text.isBroken) run.push(entry.text);
  }
  if (family === undefined) return [];
  if (family === 'equals') return [equals];
  const columns: number[] = [];
  for (const [cell, gap] of gaps[family].entries()) {
    const begin = columns[cell - 1] ?? 0;
    const followed = run.filter((text) => text.cells.length > cell + 1);
    const widths = followed.map((text) => begin + (text.cells[cell]?.length ?? 0) + gap.least);
    columns.push(Math.ceil(widestOf(widths) / gap.grid) * gap.grid);
  }
  return columns;
}

/** The first line with its cells in their columns; a cell that is too wide for its column is followed at a distance. */
function alignedLine(text: StatementText, columns: readonly number[]): string {
  if (text.isBroken && text.family !== 'equals') return text.firstLine();
  return text.cells.reduce((line, cell, index) => {
    const gap = gaps[text.family][index - 1]?.least ?? 1;
    return `${line.padEnd(columns[index - 1] ?? 0).padEnd(line.length + gap)}${cell}`;
  });
}

/** Puts comments behind their lines; those of neighbouring lines stand below each other. */
function alignComments(lines: readonly Line[]): string[] {
  let column = 0;
  return lines.map((line, index) => {
    if (line.comment === undefined) return line.text;
    if (lines[index - 1]?.comment === undefined) column = columnOfComments(lines, index);
    const at = line.text.length <= longestCommented ? Math.max(column, line.text.length + 2) : line.text.length + 2;
    return `${line.text.padEnd(at)}${line.comment}`;
  });
}

function columnOfComments(lines: readonly Line[], start: number): number {
  let column = commentColumn;
  for (let index = start; lines[index]?.comment !== undefined; index++) {
    const { length } = lines[index]?.text ?? '';
    if (length <= longestCommented) column = Math.max(column, length + 2);
  }
  return column;
}
