/** Diagnostics for programs: plain values for JSON, with places in bytes as well as in lines and columns. */
import { positionAt, type SourceFile, type Span } from '../source/span.ts';
import type { Diagnostic, DiagnosticCode, Severity } from './diagnostic.ts';
import { Utf8Offsets } from './utf8-offsets.ts';

export interface JsonPosition {
  /** 0-based offset in the UTF-8 text of the file. */
  readonly byte: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units as editors count. */
  readonly column: number;
}

/** A half-open range. */
export interface JsonRange {
  readonly start: JsonPosition;
  readonly end: JsonPosition;
}

export interface JsonDiagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  readonly file: string;
  readonly range: JsonRange;
  readonly related: readonly { readonly message: string; readonly file: string; readonly range: JsonRange }[];
  readonly help?: string;
  readonly edit?: {
    readonly file: string;
    readonly range: JsonRange;
    readonly replacement: string;
    readonly safe: boolean;
  };
}

/** Diagnostics as values that `JSON.stringify` takes as they are. */
export function diagnosticsToJson(diagnostics: readonly Diagnostic[]): readonly JsonDiagnostic[] {
  const offsets = new Map<SourceFile, Utf8Offsets>();
  const positionOf = (file: SourceFile, offset: number): JsonPosition => {
    const known = offsets.get(file) ?? new Utf8Offsets(file.text);
    offsets.set(file, known);
    return { byte: known.byteAt(offset), ...positionAt(file, offset) };
  };
  const placeOf = (span: Span): { readonly file: string; readonly range: JsonRange } => ({
    file: span.file.name,
    range: { start: positionOf(span.file, span.start), end: positionOf(span.file, span.end) },
  });
  return diagnostics.map(({ code, severity, message, span, related, help, edit }) => ({
    code,
    severity,
    message,
    ...placeOf(span),
    related: related.map((place) => ({ message: place.message, ...placeOf(place.span) })),
    ...(help === undefined ? {} : { help }),
    ...(edit === undefined ? {} : { edit: { ...placeOf(edit.span), replacement: edit.replacement, safe: edit.safe } }),
  }));
}
