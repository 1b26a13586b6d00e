/** Collects the diagnostics of one file, up to a limit; what comes after is counted out by one last diagnostic. */
import { tooManyErrors } from '../diagnostics/catalogue/syntax.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { Span } from '../source/span.ts';
import type { Complain } from './values/reading.ts';

/** So many diagnostics of one file are reported; a file with more of them needs another run anyway. */
export const diagnosticLimit = 1000;

/** Part of a file in which some diagnostics would only repeat, in other words, what is already reported. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** Regions of a file to ask whether an offset lies in one of them. */
export class Regions {
  readonly #regions: readonly Region[];

  constructor(regions: Iterable<Region>) {
    const sorted = [...regions].sort((left, right) => left.start - right.start);
    const merged: Region[] = [];
    for (const region of sorted) {
      const last = merged.at(-1);
      if (last === undefined || last.end < region.start) merged.push(region);
      else if (last.end < region.end) merged[merged.length - 1] = { start: last.start, end: region.end };
    }
    this.#regions = merged;
  }

  /** Whether an offset lies in a region; both ends count as inside. Binary search. */
  contains(offset: number): boolean {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#regions[middle]?.end ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    const region = this.#regions[low];
    return region !== undefined && region.start <= offset;
  }
}

export class Findings {
  readonly #diagnostics: Diagnostic[] = [];
  #firstLeftOut: Span | undefined;

  /** Whether the limit is reached, so that looking for more is in vain. */
  get full(): boolean {
    return this.#diagnostics.length >= diagnosticLimit;
  }

  get count(): number {
    return this.#diagnostics.length;
  }

  readonly add: Complain = (diagnostic) => {
    if (!this.full) this.#diagnostics.push(diagnostic);
    else this.leaveOut(diagnostic.span);
  };

  /** Notes that the file has more mistakes, the first of them at a place. */
  leaveOut(span: Span): void {
    if (this.#firstLeftOut === undefined || span.start < this.#firstLeftOut.start) this.#firstLeftOut = span;
  }

  /** All diagnostics in the order of their places. */
  sorted(): readonly Diagnostic[] {
    const sorted = [...this.#diagnostics].sort(
      (left, right) => left.span.start - right.span.start || left.span.end - right.span.end,
    );
    if (this.#firstLeftOut === undefined) return sorted;
    const message = `this file has more than ${diagnosticLimit} mistakes; the others are not shown`;
    return [...sorted, report(tooManyErrors, this.#firstLeftOut, message)];
  }
}
