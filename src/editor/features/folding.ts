/** What can be folded: blocks of several lines, and runs of comments. */
import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver';
import type { Span } from '../../source/span.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import type { Places } from '../workspace/places.ts';

export function foldingRanges(file: PolicyFile, places: Places): readonly FoldingRange[] {
  return [...blocks(file).flatMap((span) => fold(span, places)), ...comments(file, places)];
}

function blocks({ statements }: PolicyFile): readonly Span[] {
  return statements.flatMap((statement): readonly Span[] => {
    switch (statement.kind) {
      case 'host':
        return [statement.span, ...statement.items.flatMap((item) => (item.kind === 'interface' ? [item.span] : []))];
      case 'container':
        return [statement.span, ...statement.items.flatMap((item) => (item.kind === 'attach' ? [item.span] : []))];
      case 'network':
        return [statement.span];
      default:
        return [];
    }
  });
}

function fold(span: Span, places: Places): readonly FoldingRange[] {
  const { start, end } = places.range(span);
  return end.line > start.line ? [{ startLine: start.line, endLine: end.line - 1 }] : [];
}

function comments({ comments: all }: PolicyFile, places: Places): readonly FoldingRange[] {
  const runs: { startLine: number; endLine: number }[] = [];
  for (const { span } of all) {
    const { line } = places.range(span).start;
    const last = runs.at(-1);
    if (last?.endLine === line - 1) last.endLine = line;
    else runs.push({ startLine: line, endLine: line });
  }
  return runs
    .filter(({ startLine, endLine }) => endLine > startLine)
    .map((run) => ({ ...run, kind: FoldingRangeKind.Comment }));
}
