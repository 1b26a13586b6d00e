/** The text of one statement while it is put together: cells that may be aligned with those of its neighbours, and list breaks. */
import type { Span } from '../source/span.ts';
import type { SourceLayout } from './print-source.ts';

/** Lines are kept to this many columns where there is a place to break them. */
export const printWidth = 100;

/** How far lines that continue a statement are indented. */
const continuationIndent = 4;

/** What is aligned with what: statements of one family that follow each other. */
export type Family =
  | 'plain'
  | 'equals'
  | 'access'
  | 'expect'
  | 'host'
  | 'network'
  | 'container'
  | 'interface'
  | 'attach';

/** The space in front of the second and third cell of a statement, and the column grid that the cell begins on. */
interface Gap {
  readonly least: number;
  readonly grid: number;
}

const one: Gap = { least: 1, grid: 1 };
/** What ends a line (a clause, an outcome) keeps two spaces of distance and begins on every fifth column. */
const two: Gap = { least: 2, grid: 5 };

export const gaps: Readonly<Record<Family, readonly Gap[]>> = {
  plain: [],
  equals: [one],
  access: [one, two],
  expect: [one, two],
  host: [one],
  network: [one],
  container: [one],
  interface: [one],
  attach: [one],
};

/** A line that continues a statement. */
export interface ContinuationLine {
  readonly text: string;
  readonly comment: string | undefined;
}

/** A part of a list with the place it was written at. */
export interface ListItem {
  readonly text: string;
  readonly span: Span;
}

export class StatementText {
  readonly family: Family;
  /** The cells of the first line. */
  readonly cells: string[] = [''];
  /** The comment behind the first line, where a list is broken there. */
  comment: string | undefined;
  readonly continuation: ContinuationLine[] = [];
  readonly #layout: SourceLayout | undefined;
  /** Break lists where the line gets too long. */
  readonly #fill: boolean;
  #column: number;
  #widest: number;

  /** `indent`: columns in front of the first line. */
  constructor(family: Family, layout: SourceLayout | undefined, indent: number, fill: boolean) {
    this.family = family;
    this.#layout = layout;
    this.#fill = fill;
    this.#column = indent;
    this.#widest = indent;
  }

  get isBroken(): boolean {
    return this.continuation.length > 0;
  }

  /** The columns of its longest line, with cells not aligned. */
  get width(): number {
    return this.#widest;
  }

  add(text: string): this {
    const last = this.continuation.at(-1);
    if (last === undefined) this.cells[this.cells.length - 1] += text;
    else this.continuation[this.continuation.length - 1] = { text: last.text + text, comment: last.comment };
    this.#column += text.length;
    this.#widest = Math.max(this.#widest, this.#column);
    return this;
  }

  /** Begins the next cell. */
  next(): this {
    const gap = (gaps[this.family][this.cells.length - 1] ?? one).least;
    if (this.isBroken) return this.add(' '.repeat(gap));
    this.cells.push('');
    this.#column += gap;
    return this;
  }

  /** Adds a list, broken where it was broken in the source, with the comments that stand there. */
  list(items: readonly ListItem[]): this {
    for (const [index, item] of items.entries()) {
      const isLast = index === items.length - 1;
      const text = isLast ? item.text : `${item.text},`;
      const previous = items[index - 1];
      if (previous === undefined) this.add(text);
      else if (this.#layout?.isBroken(previous.span.end, item.span.start))
        this.#breakAsWritten(previous.span, item.span).add(text);
      else if (this.#fill && this.#column + 1 + text.length > printWidth) this.#break().add(text);
      else this.add(` ${text}`);
    }
    return this;
  }

  #break(): this {
    this.continuation.push({ text: '', comment: undefined });
    this.#column = continuationIndent;
    return this;
  }

  #breakAsWritten(previous: Span, next: Span): this {
    for (const comment of this.#layout?.commentsBetween(previous.end, next.start) ?? []) {
      const isTrailing = !this.#layout?.isBroken(previous.end, comment.span.start);
      if (isTrailing) this.#commentOnLine(comment.text.trimEnd());
      else this.continuation.push({ text: '', comment: comment.text.trimEnd() });
    }
    return this.#break();
  }

  #commentOnLine(comment: string): void {
    const last = this.continuation.at(-1);
    if (last === undefined) this.comment = comment;
    else this.continuation[this.continuation.length - 1] = { text: last.text, comment };
  }

  /** The first line with its cells side by side, not aligned. */
  firstLine(): string {
    return this.cells.reduce(
      (line, cell, index) => `${line}${' '.repeat(gaps[this.family][index - 1]?.least ?? 1)}${cell}`,
    );
  }
}
