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
  #stoppedAt: Span | undefined;

  /** Whether the limit is reached, so that looking for more is in vain. */
  get full(): boolean {
    return this.#diagnostics.length >= diagnosticLimit;
  }

  readonly add: Complain = (diagnostic) => {
    if (this.full) this.stopAt(diagnostic.span);
    else this.#diagnostics.push(diagnostic);
  };

  /** Notes that from this place on nothing more was looked for. */
  stopAt(span: Span): void {
    this.#stoppedAt ??= span;
  }

  /** All diagnostics that a filter lets through, in the order of their places. */
  sorted(keep: (diagnostic: Diagnostic) => boolean): readonly Diagnostic[] {
    const sorted = this.#diagnostics
      .filter(keep)
      .sort((left, right) => left.span.start - right.span.start || left.span.end - right.span.end);
    if (this.#stoppedAt === undefined) return sorted;
    const message = `this file has more than ${diagnosticLimit} mistakes; what follows was not looked at`;
    return [...sorted, report(tooManyErrors, this.#stoppedAt, message)];
  }
}
