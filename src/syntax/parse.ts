/** Policy text -> syntax tree: scan, parse, build, one statement after the other. */

import { blockMissing, misplacedStatement } from '../diagnostics/catalogue/syntax.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { SourceFile } from '../source/span.ts';
import { buildStatements } from './build-file.ts';
import { Building } from './building.ts';
import { diagnosticLimit, Findings, type Region, Regions } from './findings.ts';
import { PolicyParser } from './grammar.ts';
import type { ScannedStatement } from './layout.ts';
import { once } from './once.ts';
import { messageProvider, parseProblem } from './parse-problems.ts';
import { scan } from './scanner.ts';
import type { PolicyFile, Statement } from './tree.ts';

export interface ParsedPolicy {
  readonly file: PolicyFile;
  /** All mistakes of the file, in the order of their places. The tree holds what could be understood in spite of them. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses one file. Reports every mistake in it, never throws, and takes time linear in its length. */
export function parsePolicy(source: SourceFile): ParsedPolicy {
  const { closedForTheUser, ...asWritten } = parseText(source, false);
  return closedForTheUser ? parseText(source, true) : asWritten;
}

/**
 * Nothing of a statement but its tree outlives it: tokens and parser nodes of a large file, kept together, cost more time in
 * the garbage collector than it takes to parse them.
 */
function parseText(source: SourceFile, closeEarly: boolean): ParsedPolicy & { readonly closedForTheUser: boolean } {
  const findings = new Findings();
  const building = new Building(source, findings);
  const statements: Statement[] = [];
  const take = (statement: ScannedStatement): void => {
    statements.push(...parseStatement(source, statement, findings, building));
  };
  const { comments, misplacing, closedForTheUser } = scan(source, { findings, closeEarly, take });
  const span = { file: source, start: 0, end: source.text.length };
  const diagnostics = findings.sorted(unlessMisplaced(misplacing));
  return { file: { kind: 'file', source, statements, comments, span }, diagnostics, closedForTheUser };
}

/** Parses the tokens of one statement. Complaints go to the findings, except where the statement is damaged already. */
function parseStatement(
  source: SourceFile,
  { tokens, damaged }: ScannedStatement,
  findings: Findings,
  building: Building,
): readonly Statement[] {
  const { policy, errors } = sharedParser().parse(tokens, diagnosticLimit);
  const damage = new Regions(damaged);
  const regions: Region[] = [...damaged];
  for (const error of errors) {
    const problem = parseProblem(source, tokens, error);
    if (problem === undefined) continue;
    regions.push(problem.region);
    if (!damage.contains(problem.region.start)) findings.add(problem.diagnostic);
  }
  building.begin(errors.length === 0 ? damage : new Regions(regions));
  return buildStatements(building, policy);
}

/** Drops complaints about statements that only stand in the wrong place because of a brace too many. */
function unlessMisplaced(misplacing: readonly Region[]): (diagnostic: Diagnostic) => boolean {
  const regions = new Regions(misplacing);
  const codes = new Set([misplacedStatement.code, blockMissing.code]);
  return ({ code, span }) => !codes.has(code) || !regions.contains(span.start);
}

/** Makes the parser when it is first needed: it analyses its grammar, which programs that parse nothing need not wait for. */
const sharedParser = once(() => new PolicyParser({ messageProvider, validate: false }));
