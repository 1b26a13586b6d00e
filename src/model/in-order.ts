/** Findings in the order of the policy text, whatever the order in which they were found. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { PolicyFile } from '../syntax/tree.ts';

/** By file as given, then by place; findings at one place keep their order. */
export function inOrder(diagnostics: readonly Diagnostic[], files: readonly PolicyFile[]): readonly Diagnostic[] {
  const places = new Map(files.map((file, index) => [file.source, index]));
  const fileOf = ({ span }: Diagnostic): number => places.get(span.file) ?? -1;
  return [...diagnostics].sort((left, right) => fileOf(left) - fileOf(right) || left.span.start - right.span.start);
}
