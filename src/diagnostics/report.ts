/** The one way to make a diagnostic: from its catalogue entry, so that no code exists without an explanation. */
import type { Span } from '../source/span.ts';
import type { Diagnostic, RelatedPlace, SuggestedEdit } from './diagnostic.ts';
import type { CatalogueEntry } from './entry.ts';

export interface DiagnosticDetails {
  readonly related?: readonly RelatedPlace[];
  readonly help?: string;
  readonly edit?: SuggestedEdit;
}

/** A diagnostic of a catalogue entry at a place; `message` says what is wrong here, in the user's words. */
export function report(
  entry: CatalogueEntry,
  span: Span,
  message: string,
  details: DiagnosticDetails = {},
): Diagnostic {
  return {
    code: entry.code,
    severity: entry.severity,
    message,
    span,
    related: details.related ?? [],
    ...(details.help === undefined ? {} : { help: details.help }),
    ...(details.edit === undefined ? {} : { edit: details.edit }),
  };
}

/** Whether any of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
