/** Quick fixes: the edits that diagnostics suggest, all safe ones at once, and the comment that suppresses a warning. */
import { type CodeAction, CodeActionKind, type TextEdit } from 'vscode-languageserver';
import { applySafeEdits } from '../../diagnostics/apply-edits.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import type { Analysis } from '../workspace/analysis.ts';
import type { Places } from '../workspace/places.ts';
import { analyseChanged, type Part } from '../workspace/workspace.ts';
import { editorDiagnostic } from './diagnostics.ts';
import { rewrite } from './format.ts';

/** An action on one document. */
export interface Action {
  readonly title: string;
  readonly kind: CodeActionKind;
  readonly isPreferred: boolean;
  readonly edits: readonly TextEdit[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The kind of "fix all", under which editors can run it on saving. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.ctfw`;

/** The quick fixes of the diagnostics that touch a part of a document. */
export function quickFixes(part: Part, range: Span, places: Places): readonly Action[] {
  const { source } = part.file;
  const touched = part.analysis.diagnostics.filter(
    ({ span }) => span.file === source && span.start <= range.end && range.start <= span.end,
  );
  return touched.flatMap((diagnostic) => [
    ...suggested(diagnostic, source, places),
    ...(diagnostic.severity === 'error' ? [] : [suppression(diagnostic, places)]),
  ]);
}

function suggested(diagnostic: Diagnostic, source: SourceFile, places: Places): readonly Action[] {
  const { edit } = diagnostic;
  if (edit === undefined || edit.span.file !== source) return [];
  const old = source.text.slice(edit.span.start, edit.span.end);
  return [
    {
      title: titleOf(old, edit.replacement),
      kind: CodeActionKind.QuickFix,
      isPreferred: true,
      edits: [{ range: places.range(edit.span), newText: edit.replacement }],
      diagnostics: [diagnostic],
    },
  ];
}

function titleOf(old: string, replacement: string): string {
  if (replacement === '') return `Remove \`${old}\``;
  return old === '' ? `Insert \`${replacement}\`` : `Replace \`${old}\` with \`${replacement}\``;
}

/** A comment above the line, indented as the line is. */
function suppression(diagnostic: Diagnostic, places: Places): Action {
  const { file, start } = diagnostic.span;
  const lineStart = start === 0 ? 0 : file.text.lastIndexOf('\n', start - 1) + 1;
  const indent = /^[ \t]*/.exec(file.text.slice(lineStart, start))?.[0] ?? '';
  const range = places.range({ file, start: lineStart, end: lineStart });
  return {
    title: `Suppress ${diagnostic.code} here`,
    kind: CodeActionKind.QuickFix,
    isPreferred: false,
    edits: [{ range, newText: `${indent}# ctfw-ignore ${diagnostic.code}\n` }],
    diagnostics: [diagnostic],
  };
}

/** All edits of a document that cannot change the meaning of anything else, as `ctfw check --fix` applies them. */
export function fixAll({ analysis, file }: Part, places: Places): readonly Action[] {
  const { source } = file;
  const { text, applied } = applySafeEdits(source, (fixed) => diagnosticsWith(analysis, fixed));
  if (applied === 0) return [];
  return [
    {
      title: 'Fix all that can be fixed safely',
      kind: fixAllKind,
      isPreferred: false,
      edits: rewrite(source, text, places),
      diagnostics: [],
    },
  ];
}

function diagnosticsWith(analysis: Analysis, { name, text }: SourceFile): readonly Diagnostic[] {
  return analyseChanged(analysis, new Map([[name, text]])).diagnostics;
}

/** An action as the editor takes it. */
export function codeAction(action: Action, uri: string, places: Places): CodeAction {
  return {
    title: action.title,
    kind: action.kind,
    isPreferred: action.isPreferred,
    diagnostics: action.diagnostics.map((diagnostic) => editorDiagnostic(diagnostic, places)),
    edit: { changes: { [uri]: [...action.edits] } },
  };
}
