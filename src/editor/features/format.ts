/** Formatting: the one layout of `ctfw fmt`. */
import type { TextEdit } from 'vscode-languageserver';
import { hasErrors } from '../../diagnostics/report.ts';
import type { SourceFile } from '../../source/span.ts';
import { parsePolicy } from '../../syntax/parse.ts';
import { printPolicy } from '../../syntax/print.ts';
import type { Places } from '../workspace/places.ts';

/** The edits that lay a document out; none while it has mistakes in it, which hide parts of it from the formatter. */
export function format(source: SourceFile, places: Places): readonly TextEdit[] {
  const { file, diagnostics } = parsePolicy(source);
  return hasErrors(diagnostics) ? [] : rewrite(source, printPolicy(file), places);
}

/** One edit that makes a text another one; the lines that both begin or end with stay untouched, and so the cursor in them. */
export function rewrite(source: SourceFile, text: string, places: Places): readonly TextEdit[] {
  if (source.text === text) return [];
  const start = commonLines(source.text, text);
  const most = Math.min(source.text.length, text.length) - start;
  let common = 0;
  while (common < most && source.text.charAt(source.text.length - 1 - common) === text.charAt(text.length - 1 - common))
    common++;
  const tail = text.slice(text.length - common);
  const lineBreak = tail.indexOf('\n');
  const kept = lineBreak === -1 ? 0 : tail.length - lineBreak - 1;
  const range = places.range({ file: source, start, end: source.text.length - kept });
  return [{ range, newText: text.slice(start, text.length - kept) }];
}

/** The length of the lines that two texts begin with. */
function commonLines(left: string, right: string): number {
  let index = 0;
  let lineStart = 0;
  while (index < left.length && index < right.length && left.charAt(index) === right.charAt(index)) {
    index++;
    if (left.charAt(index - 1) === '\n') lineStart = index;
  }
  return lineStart;
}
