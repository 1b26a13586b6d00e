/** Places in source text: every node, diagnostic and rule carries one. */

/** One file of policy text, as read. `name` is what messages and rule comments show. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** A half-open range of UTF-16 offsets `[start, end)` in one source file. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A 1-based place as people count it; `column` counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineStartCache = new WeakMap<SourceFile, readonly number[]>();

/** Offsets at which the lines of a file begin. Computed once a file (the cache is keyed by the immutable file value). */
export function lineStarts(file: SourceFile): readonly number[] {
  const cached = lineStartCache.get(file);
  if (cached !== undefined) return cached;
  const starts = [0];
  for (let index = file.text.indexOf('\n'); index !== -1; index = file.text.indexOf('\n', index + 1))
    starts.push(index + 1);
  lineStartCache.set(file, starts);
  return starts;
}

/** The 1-based position of an offset. Offsets past the end give the end. */
export function positionAt(file: SourceFile, offset: number): Position {
  const starts = lineStarts(file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.min(offset, file.text.length) - (starts[low] ?? 0) + 1 };
}

/** The text of a 1-based line, without its line terminator. */
export function lineText(file: SourceFile, line: number): string {
  const starts = lineStarts(file);
  const start = starts[line - 1];
  if (start === undefined) return '';
  const end = starts[line] === undefined ? file.text.length : (starts[line] ?? 0) - 1;
  return file.text.slice(start, end).replace(/\r$/, '');
}

/** The smallest span that covers both; both must lie in the same file. */
export function coverSpans(first: Span, last: Span): Span {
  return { file: first.file, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}

/** Where something comes from, for people: `edge.ctfw:12`. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** The origin of a span: its file and first line. */
export function originOf(span: Span): Origin {
  return { file: span.file.name, line: positionAt(span.file, span.start).line };
}
