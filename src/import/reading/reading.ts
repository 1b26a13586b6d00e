/** What every reader of a part of a file needs: a place for diagnostics and ignored keys. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import type { IgnoredKey, IgnoredScope } from './ignored.ts';

export interface Reading {
  readonly source: SourceFile;
  add(diagnostic: Diagnostic): void;
  /** Notes a key that says nothing about networks. */
  ignore(scope: IgnoredScope, key: string, place: Span): void;
}

export interface ReadingResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly ignored: readonly IgnoredKey[];
}

/** A reading of one file, and what it has collected so far: equal diagnostics once. */
export function startReading(source: SourceFile): { readonly reading: Reading; result(): ReadingResult } {
  const diagnostics = new Map<string, Diagnostic>();
  const ignored = new Map<string, { scope: IgnoredScope; key: string; places: Span[] }>();
  return {
    reading: {
      source,
      add: (diagnostic) => {
        const { code, span, message } = diagnostic;
        const key = `${code} ${span.start} ${span.end} ${message}`;
        if (!diagnostics.has(key)) diagnostics.set(key, diagnostic);
      },
      ignore: (scope, key, place) => {
        const known = ignored.get(`${scope} ${key}`);
        if (known === undefined) ignored.set(`${scope} ${key}`, { scope, key, places: [place] });
        else known.places.push(place);
      },
    },
    result: () => ({
      diagnostics: [...diagnostics.values()].sort((left, right) => left.span.start - right.span.start),
      ignored: [...ignored.values()],
    }),
  };
}
