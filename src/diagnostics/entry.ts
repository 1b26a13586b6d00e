/** One entry of the catalogue of diagnostics: what `ctfw explain CODE` and the page of the code say. */
import type { DiagnosticCode, Severity } from './diagnostic.ts';

export interface CatalogueEntry {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One line without a full stop: what is wrong, in the user's words. */
  readonly title: string;
  /** Why it is a problem and how to get out of it; plain paragraphs in Markdown. */
  readonly explanation: string;
  /** The smallest policy that shows it, and the same mended; undefined where no policy text causes it. */
  readonly example: { readonly wrong: string; readonly right: string } | undefined;
}
