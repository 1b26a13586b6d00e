/** Policy text -> syntax tree: scan, parse, build. */
import type { CstNode } from 'chevrotain';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../source/span.ts';
import { buildStatements } from './build-file.ts';
import { Building } from './building.ts';
import { diagnosticLimit, type Region, Regions } from './findings.ts';
import { PolicyParser } from './grammar.ts';
import { messageProvider, parseProblem } from './parse-problems.ts';
import { type ScannedText, scan } from './scanner.ts';
import type { PolicyFile } from './tree.ts';

export interface ParsedPolicy {
  readonly file: PolicyFile;
  /** All mistakes of the file, in the order of their places. The tree holds what could be understood in spite of them. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses one file. Reports every mistake in it, never throws, and takes time linear in its length. */
export function parsePolicy(source: SourceFile): ParsedPolicy {
  const scanned = scan(source);
  const { policy, regions } = parseTokens(source, scanned);
  const building = new Building(source, scanned, new Regions([...scanned.damaged, ...regions]));
  const statements = policy === undefined ? [] : buildStatements(building, policy);
  const span = { file: source, start: 0, end: source.text.length };
  const file: PolicyFile = { kind: 'file', source, statements, comments: scanned.comments, span };
  return { file, diagnostics: scanned.findings.sorted() };
}

/** Runs the parser; its complaints go to the findings, except in statements that are damaged already. */
function parseTokens(
  source: SourceFile,
  { tokens, damaged, findings }: ScannedText,
): { readonly policy: CstNode | undefined; readonly regions: readonly Region[] } {
  if (findings.full) return { policy: undefined, regions: [] };
  const parser = sharedParser();
  const { policy, errors } = parser.parse(tokens, diagnosticLimit);
  const damage = new Regions(damaged);
  const regions: Region[] = [];
  for (const error of errors) {
    const problem = parseProblem(source, tokens, error);
    if (problem === undefined) continue;
    regions.push(problem.region);
    if (!damage.contains(problem.region.start)) findings.add(problem.diagnostic);
  }
  return { policy, regions };
}

/** Makes the parser when it is first needed: it analyses its grammar, which programs that parse nothing need not wait for. */
const sharedParser = once(() => new PolicyParser({ messageProvider, validate: false }));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
