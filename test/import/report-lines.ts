/** What an import said, as scenarios keep it in report.txt. */
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { type IgnoredKey, summarizeIgnored } from '../../src/import/reading/ignored.ts';
import { positionAt } from '../../src/source/span.ts';

/** One diagnostic: its place, code and words, what is related, and the way out. */
export function reportLine({ code, severity, message, span, related, help }: Diagnostic): string {
  const place = (where: Diagnostic['span']): string => {
    const { line, column } = positionAt(where.file, where.start);
    return `${line}:${column}`;
  };
  const others = related.map((other) => `    ${place(other.span)} ${other.message}\n`).join('');
  return `${place(span)} ${severity} ${code}: ${message}\n${others}${help === undefined ? '' : `    ${help}\n`}`;
}

export function reportText(result: {
  readonly diagnostics: readonly Diagnostic[];
  readonly ignored: readonly IgnoredKey[];
}): string {
  const summary = summarizeIgnored(result.ignored);
  return `${result.diagnostics.map(reportLine).join('')}${summary === undefined ? '' : `${summary}\n`}`;
}
