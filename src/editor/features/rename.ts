/** Renaming what a policy declares: every place of the name in all files, and in the lock file, so that nothing moves. */
import type { SourceFile, Span } from '../../source/span.ts';
import { readDeclaredName, reservedServices, reservedSubjects } from '../../syntax/values/name.ts';
import type { Analysis } from '../workspace/analysis.ts';
import type { Occurrence } from '../workspace/names.ts';
import { analyseChanged, type Part } from '../workspace/workspace.ts';
import { nameAt, occurrencesOf } from './references.ts';

/** One replacement in one text. */
export interface Replacement {
  readonly span: Span;
  readonly text: string;
}

export type Renaming = { readonly replacements: readonly Replacement[] } | { readonly refused: string };

/** The name at an offset, if it can be renamed, or why it cannot. */
export function renameable(parts: readonly Part[], offset: number): Occurrence | { readonly refused: string } {
  const name = nameAt(parts, offset);
  if (name === undefined) return { refused: 'there is no name here' };
  if (name.space === 'interface') return { refused: `\`${name.text}\` is what the host calls an interface` };
  const declarations = occurrencesOf(parts, name).filter(({ declares }) => declares);
  if (declarations.length === 0) return { refused: `nothing is declared under the name \`${name.text}\`` };
  if (declarations.length > 1)
    return { refused: `\`${name.text}\` is declared more than once: mend that first, by hand` };
  const unread = parts.flatMap(({ analysis }) => analysis.diagnostics).find(({ code }) => isSyntaxError(code));
  if (unread !== undefined)
    return { refused: `${unread.span.file.name} has mistakes in it that may hide places of the name: mend them first` };
  return name;
}

/** Diagnostics of the first stage: what they are about is not all in the tree. */
function isSyntaxError(code: string): boolean {
  return code.startsWith('CTFW1');
}

/** Renames what is declared under the name at an offset. Refuses names that are invalid, taken, or lead to an error. */
export function rename(parts: readonly Part[], offset: number, wanted: string): Renaming {
  const name = renameable(parts, offset);
  if ('refused' in name) return name;
  if (wanted === name.text) return { replacements: [] };
  const refused = whyInvalid(name, wanted) ?? whyTaken(parts, name, wanted);
  if (refused !== undefined) return { refused };
  const replacements = [
    ...occurrencesOf(parts, name).map(({ span }) => ({ span, text: wanted })),
    ...lockReplacements(parts, name, wanted),
  ];
  const problem = newProblem(parts, replacements);
  return problem === undefined ? { replacements } : { refused: `renamed to \`${wanted}\`, ${problem}` };
}

function whyInvalid({ span, space }: Occurrence, wanted: string): string | undefined {
  let refused: string | undefined;
  const reserved = space === 'service' ? reservedServices : reservedSubjects;
  const word = { text: wanted, span };
  if (wanted === '') return 'a name has at least one letter';
  readDeclaredName(word, reserved, ({ message, help }) => {
    refused ??= help === undefined ? message : `${message}: ${help}`;
  });
  return refused;
}

function whyTaken(parts: readonly Part[], { space }: Occurrence, wanted: string): string | undefined {
  for (const { analysis } of parts) {
    const holders = analysis.names.occurrencesOf(space, wanted);
    if (holders.some(({ declares }) => declares)) return `\`${wanted}\` is already the name of something else`;
    if (holders.length > 0) return `the policy speaks of \`${wanted}\` already`;
  }
  return undefined;
}

/** The words of a lock line that hold names of networks and containers. */
const lockedNames: Readonly<Record<string, Readonly<Partial<Record<string, number>>>>> = {
  network: { subnet: 1, address: 1 },
  container: { address: 2, port: 1 },
};

function lockReplacements(parts: readonly Part[], { text }: Occurrence, wanted: string): readonly Replacement[] {
  const found = new Map<string, Replacement>();
  for (const { analysis } of parts) {
    const kind = kindOf(analysis, text);
    const columns = kind === undefined ? undefined : lockedNames[kind];
    if (analysis.lockSource === undefined || columns === undefined) continue;
    for (const span of wordsOf(analysis.lockSource, text, columns))
      found.set(`${span.start} ${span.file.name}`, { span, text: wanted });
  }
  return [...found.values()];
}

function kindOf({ files }: Analysis, text: string): string | undefined {
  for (const { statements } of files)
    for (const statement of statements)
      if ((statement.kind === 'network' || statement.kind === 'container') && statement.name.text === text)
        return statement.kind;
  return undefined;
}

function* wordsOf(
  file: SourceFile,
  wanted: string,
  columns: Readonly<Partial<Record<string, number>>>,
): Generator<Span> {
  let start = 0;
  for (const line of file.text.split('\n')) {
    const words = line.split(' ');
    const keyword = words[0] ?? '';
    const column = Object.hasOwn(columns, keyword) ? columns[keyword] : undefined;
    if (column !== undefined && words[column] === wanted) {
      const begin = start + words.slice(0, column).join(' ').length + 1;
      yield { file, start: begin, end: begin + wanted.length };
    }
    start += line.length + 1;
  }
}

/** The first error that the policies have with the replacements and did not have without. */
function newProblem(parts: readonly Part[], replacements: readonly Replacement[]): string | undefined {
  const changed = new Map<string, string>();
  for (const file of new Map(replacements.map(({ span }) => [span.file.name, span.file])).values())
    changed.set(file.name, replaced(file, replacements));
  for (const { analysis } of parts) {
    const known = new Map<string, number>();
    for (const { code } of analysis.diagnostics) known.set(code, (known.get(code) ?? 0) + 1);
    for (const { code, severity, message } of analyseChanged(analysis, changed).diagnostics) {
      const left = known.get(code) ?? 0;
      if (left === 0 && severity === 'error') return `${code}: ${message}`;
      known.set(code, left - 1);
    }
  }
  return undefined;
}

/** The text of a file with the replacements that are meant for it; they do not overlap. */
export function replaced({ name, text }: SourceFile, replacements: readonly Replacement[]): string {
  let result = '';
  let last = 0;
  const own = replacements.filter(({ span }) => span.file.name === name);
  for (const replacement of own.toSorted((left, right) => left.span.start - right.span.start)) {
    result += text.slice(last, replacement.span.start) + replacement.text;
    last = replacement.span.end;
  }
  return result + text.slice(last);
}
