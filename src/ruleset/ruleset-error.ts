/** The one error of this room: a ruleset that cannot exist. It is always our own fault, never the user's input. */

/** Thrown where a ruleset is built or written that no kernel would take; `problems` name table, chain and rule. */
export class RulesetError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? (problems[0] ?? '') : `${problems.length} problems:\n${problems.join('\n')}`);
    this.name = 'RulesetError';
    this.problems = problems;
  }
}
