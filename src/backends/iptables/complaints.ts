/** What cannot be written, collected: a place in the ruleset and the construct as text, since rules have no source of their own. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CatalogueEntry } from '../../diagnostics/entry.ts';
import { report } from '../../diagnostics/report.ts';
import type { Rule } from '../../ruleset/ruleset.ts';
import { statementKey } from './normal/normalize.ts';
import type { Problem } from './normal/problem.ts';

export class Complaints {
  readonly diagnostics: Diagnostic[] = [];

  /** `place` names the table, chain and rule; `text` is what the caret shows. */
  add(entry: CatalogueEntry, place: string, message: string, text = place): void {
    const span = { file: { name: place, text }, start: 0, end: text.length };
    this.diagnostics.push(report(entry, span, message));
  }

  addProblem(problem: Problem, place: string, rule: Rule): void {
    const lines = rule.origins.map((origin) => `${origin.file}:${origin.line}`);
    const where = lines.length === 0 ? place : `${place} (${lines.join(', ')})`;
    const text = problem.statement === undefined ? place : statementKey(problem.statement);
    this.add(problem.entry, where, problem.message, text);
  }
}
