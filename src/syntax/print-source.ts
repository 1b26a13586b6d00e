/** What the formatter keeps of how a file was written: comments, blank lines, and where lists and blocks are broken into lines. */
import type { Comment, PolicyFile } from './tree.ts';

export class SourceLayout {
  readonly #text: string;
  readonly #comments: readonly Comment[];

  constructor(text: string, comments: readonly Comment[]) {
    this.#text = text;
    this.#comments = comments;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Whether a line ends between two offsets. */
  isBroken(start: number, end: number): boolean {
    return this.#text.slice(start, end).includes('\n');
  }

  /** Whether an empty line lies between two offsets with only white space between them. */
  hasBlankLine(start: number, end: number): boolean {
    const between = this.#text.slice(start, end);
    const first = between.indexOf('\n');
    return first !== -1 && between.includes('\n', first + 1);
  }

  /** The comments that begin between two offsets, in order. Binary search for the first. */
  commentsBetween(start: number, end: number): readonly Comment[] {
    let low = 0;
    let high = this.#comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#comments[middle]?.span.start ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    let last = low;
    while ((this.#comments[last]?.span.start ?? end) < end) last++;
    return this.#comments.slice(low, last);
  }

  /** The offset of the opening brace behind a header: only white space and comments lie between. */
  braceAfter(headerEnd: number): number {
    let offset = headerEnd;
    for (;;) {
      const character = this.#text.charAt(offset);
      if (character === '{' || character === '') return offset;
      if (character === '#') offset = this.#text.indexOf('\n', offset);
      if (offset === -1) return this.#text.length;
      offset++;
    }
  }
}

/** The layout of a file that was parsed, or undefined for a tree that a program made: its places are not those of its statements. */
export function layoutOf(file: PolicyFile): SourceLayout | undefined {
  const { text } = file.source;
  let end = 0;
  for (const { kind, span } of file.statements) {
    const inOrder = span.file === file.source && span.start >= end && span.end > span.start && span.end <= text.length;
    if (!inOrder || !text.startsWith(kind, span.start) || !/\s/.test(text.charAt(span.start + kind.length)))
      return undefined;
    end = span.end;
  }
  return new SourceLayout(text, file.comments);
}
