/** Findings of the preflight, made from their entry in the catalogue of diagnostics. */
import type { CatalogueEntry } from '../../diagnostics/entry.ts';
import { originOf, type Span } from '../../source/span.ts';
import type { Finding } from '../plan/plan.ts';

/** An error of the catalogue stands in the way of applying. */
export function finding(
  entry: CatalogueEntry,
  message: string,
  more: { readonly help?: string; readonly span?: Span } = {},
): Finding {
  const origin = more.span === undefined ? undefined : originOf(more.span);
  return {
    code: entry.code,
    severity: entry.severity === 'error' ? 'refusal' : entry.severity === 'warning' ? 'warning' : 'note',
    message,
    ...(more.help !== undefined && { help: more.help }),
    ...(origin !== undefined && { place: `${origin.file}:${origin.line}` }),
  };
}
