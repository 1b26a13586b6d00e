/** Diagnostics are values: a stable code, a place, related places, and a way out. Nothing is thrown, all of a stage is collected. */
import type { Span } from '../source/span.ts';

export type Severity = 'error' | 'warning' | 'hint';

/** A second place that explains the first one ("first published here"). */
export interface RelatedPlace {
  readonly span: Span;
  readonly message: string;
}

/** A replacement that would mend the problem. `safe`: applying it cannot change the meaning of anything else. */
export interface SuggestedEdit {
  readonly span: Span;
  readonly replacement: string;
  readonly safe: boolean;
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  readonly span: Span;
  readonly related: readonly RelatedPlace[];
  /** The way out, as a sentence. */
  readonly help?: string;
  readonly edit?: SuggestedEdit;
}

/** `CTFW` and four digits; the first digit is the stage: 1 syntax, 2 names and values, 3 model checks, 4 not compiled, 5 expectations and proof, 6 import. */
export type DiagnosticCode = `CTFW${number}`;
