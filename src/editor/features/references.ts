/** Where a name is declared and where it is used, over all policies that a document is part of. */
import type { Span } from '../../source/span.ts';
import { includedPath } from '../../syntax/include.ts';
import { fileNamed } from '../workspace/analysis.ts';
import type { Occurrence } from '../workspace/names.ts';
import type { Part } from '../workspace/workspace.ts';

/** The occurrence of a name at an offset of a document. */
export function nameAt(parts: readonly Part[], offset: number): Occurrence | undefined {
  for (const { analysis, file } of parts) {
    const found = analysis.names.at(file.source.name, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All places of a name, each once. */
export function occurrencesOf(parts: readonly Part[], { space, text }: Occurrence): readonly Occurrence[] {
  const found = new Map<string, Occurrence>();
  for (const { analysis } of parts)
    for (const occurrence of analysis.names.occurrencesOf(space, text))
      found.set(`${occurrence.span.start} ${occurrence.span.file.name}`, occurrence);
  return [...found.values()];
}

/** The declarations of the name at an offset, or the beginning of the file that an `include` there names. */
export function definitionsAt(parts: readonly Part[], offset: number): readonly Span[] {
  const name = nameAt(parts, offset);
  if (name !== undefined)
    return occurrencesOf(parts, name)
      .filter(({ declares }) => declares)
      .map(({ span }) => span);
  return parts.slice(0, 1).flatMap(({ analysis, file }) =>
    file.statements.flatMap((statement) => {
      if (statement.kind !== 'include') return [];
      const { span, value } = statement.path;
      const target = fileNamed(analysis, includedPath(value, file.source));
      if (offset < span.start || offset > span.end || target === undefined) return [];
      return [{ file: target.source, start: 0, end: 0 }];
    }),
  );
}
