/** Applies the edits that diagnostics suggest to the text that they were found in. */
import type { SourceFile } from '../source/span.ts';
import type { Diagnostic, SuggestedEdit } from './diagnostic.ts';

export interface EditedText {
  readonly text: string;
  /** How many edits were applied; the others lie in other files or touch one that was. */
  readonly applied: number;
}

/**
 * Applies edits to the text of a file. Of edits that overlap or touch each other the first is applied and the others are
 * left for another round: what they were meant for may have changed. Edits of other files are left out.
 */
export function applyEdits(source: SourceFile, edits: readonly SuggestedEdit[]): EditedText {
  const sorted = edits
    .filter(({ span }) => span.file.name === source.name && span.end <= source.text.length)
    .sort((left, right) => left.span.start - right.span.start || left.span.end - right.span.end);
  const pieces: string[] = [];
  let applied = 0;
  let last = -1;
  for (const { span, replacement } of sorted) {
    if (span.start <= last) continue;
    pieces.push(source.text.slice(Math.max(last, 0), span.start), replacement);
    last = span.end;
    applied++;
  }
  return { text: pieces.join('') + source.text.slice(Math.max(last, 0)), applied };
}

/** The edits of diagnostics that cannot change the meaning of anything else. */
export function safeEdits(diagnostics: readonly Diagnostic[]): readonly SuggestedEdit[] {
  return diagnostics.flatMap(({ edit }) => (edit?.safe === true ? [edit] : []));
}

/** What one edit uncovers another may mend; more rounds than this are not worth waiting for. */
const mostRounds = 10;

/**
 * Applies the safe edits of what `diagnose` says about a text, again and again until it changes nothing, comes back to a
 * text that it had, or has taken ten rounds.
 */
export function applySafeEdits(
  source: SourceFile,
  diagnose: (source: SourceFile) => readonly Diagnostic[],
): EditedText {
  const seen = new Set([source.text]);
  let current: EditedText = { text: source.text, applied: 0 };
  for (let round = 0; round < mostRounds; round++) {
    const file = { name: source.name, text: current.text };
    const next = applyEdits(file, safeEdits(diagnose(file)));
    if (next.applied === 0 || seen.has(next.text)) break;
    seen.add(next.text);
    current = { text: next.text, applied: current.applied + next.applied };
  }
  return current;
}
