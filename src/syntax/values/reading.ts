/** What everything that reads a value out of a word shares: the word with its place, and where complaints go. */

import type { Diagnostic, SuggestedEdit } from '../../diagnostics/diagnostic.ts';
import type { CatalogueEntry } from '../../diagnostics/entry.ts';
import { type DiagnosticDetails, report } from '../../diagnostics/report.ts';
import type { Span } from '../../source/span.ts';

/** A word of the policy. */
export interface Word {
  readonly text: string;
  readonly span: Span;
}

/** A value together with the place it was written at. */
export interface Read<T> {
  readonly value: T;
  readonly span: Span;
}

/** Takes a complaint about a word. Whoever reads a value complains at most once about one part of it. */
export type Complain = (diagnostic: Diagnostic) => void;

/** A part of a word, from one offset in it to another. */
export function partOf(word: Word, start: number, end: number = word.text.length): Word {
  const { file, start: base } = word.span;
  return { text: word.text.slice(start, end), span: { file, start: base + start, end: base + end } };
}

/** Complains about a word and gives undefined, the value that could not be read. */
export function refuse(
  complain: Complain,
  entry: CatalogueEntry,
  word: Word,
  message: string,
  details?: DiagnosticDetails,
): undefined {
  complain(report(entry, word.span, message, details));
  return undefined;
}

/** A word as messages show it: in backquotes, shortened in the middle when it is very long. */
export function quote(text: string): string {
  return text.length <= 60 ? `\`${text}\`` : `\`${text.slice(0, 40)}...${text.slice(-12)}\``;
}

/** The edit that writes a word differently; a guess, so never applied without being asked for. */
export function rewrite(word: Word, replacement: string): SuggestedEdit {
  return { span: word.span, replacement, safe: false };
}
