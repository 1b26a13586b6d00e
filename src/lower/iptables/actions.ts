/** What a rule or an entry does: its effects and its verdict, at the place where it stands. */
import type { Rule } from '../../ruleset/ruleset.ts';
import type { Statement, Verdict } from '../../ruleset/statement.ts';
import type { ChainStore } from './chain-store.ts';
import type { Entry } from './element.ts';
import type { TargetFamily } from './family.ts';
import type { Flag } from './flag.ts';
import { headed } from './headed.ts';
import { isCut, withShortPrefix } from './log-prefix.ts';
import { type About, commentOf, type Moves, type Test, verdict } from './moves.ts';
import type { RuleParts } from './parts.ts';
import type { Reach } from './reach.ts';

/** `top`: returning from this chain leaves all our chains. `inner`: it returns to a chain of ours. */
export type Mode = 'top' | 'inner';

/** The chain that stands for one of the ruleset, compiled once for each way of leaving it. */
export type ChainOf = (name: string, wanted: Mode) => string;

export class Actions {
  readonly #family: TargetFamily;
  readonly #flag: Flag;
  readonly #reach: Reach;
  readonly #store: ChainStore;
  readonly #moves: Moves;
  readonly #chainOf: ChainOf;

  constructor(options: {
    readonly family: TargetFamily;
    readonly flag: Flag;
    readonly reach: Reach;
    readonly store: ChainStore;
    readonly moves: Moves;
    readonly chainOf: ChainOf;
  }) {
    this.#family = options.family;
    this.#flag = options.flag;
    this.#reach = options.reach;
    this.#store = options.store;
    this.#moves = options.moves;
    this.#chainOf = options.chainOf;
  }

  /** Effects and the verdict of a rule or entry, at this place. */
  does(matches: readonly Test[], entry: Entry, mode: Mode, chain: string): readonly Rule[] {
    const { action } = entry;
    const tests = headed(matches, new Map());
    const about = { origins: entry.origins, ...commentOf(entry) };
    const [first, ...others] = action;
    if (first === undefined) return [];
    if (others.length > 0 && !(this.#family === 'bridge' && first.kind === 'assign' && others.length === 1))
      return this.#several(tests, entry, mode, chain);
    if (first.kind === 'verdict') return this.#verdict(tests, first.verdict, about, mode);
    if (first.kind === 'reject' && this.#reach.defersRejects) return this.#moves.raise(tests, about);
    if (first.kind === 'assign') {
      const [second] = others;
      if (second?.kind === 'verdict')
        return [
          {
            statements: [
              ...tests,
              first,
              verdict(second.verdict.kind === 'accept' ? { kind: 'return' } : second.verdict),
            ],
            ...about,
          },
        ];
      return [{ statements: [...tests, ...this.#moves.assigns(first)], ...about }];
    }
    const last: Statement = first.kind === 'log' ? withShortPrefix(first) : first;
    const cut = first.kind === 'log' && isCut(first) ? { ...about, comment: first.prefix?.trim() ?? '' } : about;
    return [{ statements: [...tests, last], ...cut }];
  }

  /** A rule acts once: several actions are a chain of their own. */
  #several(tests: readonly Test[], entry: Entry, mode: Mode, chain: string): readonly Rule[] {
    const ends = entry.action.at(-1)?.kind === 'verdict' || entry.action.at(-1)?.kind === 'nat';
    const rules = entry.action.flatMap((statement) =>
      this.does([], { comparisons: [], action: [statement], origins: entry.origins }, mode, chain),
    );
    const target = this.#store.add(chain, rules);
    if (!ends) return this.#moves.jump(tests, target, entry);
    return this.#moves.goto(tests, target, entry);
  }

  #verdict(tests: readonly Test[], what: Verdict, from: About, mode: Mode): readonly Rule[] {
    const about = { origins: from.origins, ...commentOf(from) };
    switch (what.kind) {
      case 'accept':
        if (mode === 'inner') return this.#moves.raise(tests, about);
        return [{ statements: [...tests, verdict({ kind: 'return' })], ...about }];
      case 'goto':
        return this.#moves.goto(tests, this.#chainOf(what.chain, mode), about);
      case 'jump': {
        const jump = this.#moves.jump(tests, this.#chainOf(what.chain, 'inner'), about);
        return this.#reach.raises(what.chain) ? [...jump, ...this.escape(mode)] : jump;
      }
      case 'continue':
        return [];
      case 'drop':
      case 'return':
      case 'queue':
        return [{ statements: [...tests, verdict(what)], ...about }];
    }
  }

  /** Behind a chain that may have let the packet pass. */
  escape(mode: Mode): readonly Rule[] {
    const leaves = { statements: [this.#flag.isSet, verdict({ kind: 'return' })], origins: [] };
    // In tables that cannot reject, the raised flag itself is the message to those that can.
    if (mode === 'inner' || this.#reach.defersRejects) return [leaves];
    return this.#moves.lowerAndReturn([this.#flag.isSet]);
  }

  mayRaise(action: readonly Statement[]): boolean {
    return action.some(
      (statement) =>
        (statement.kind === 'reject' && this.#reach.defersRejects) ||
        (statement.kind === 'verdict' && 'chain' in statement.verdict && this.#reach.raises(statement.verdict.chain)),
    );
  }

  /** Whether what the rule does can be done at any depth: it ends the packet's way, or changes it and goes on. */
  actsAnywhere({ action, lookups }: RuleParts): boolean {
    const actions = action === undefined ? (lookups.at(-1)?.entries.map((entry) => entry.action) ?? []) : [action];
    return actions.every((list) =>
      list.every((statement) => {
        if (statement.kind !== 'verdict') return true;
        if (statement.verdict.kind === 'drop') return true;
        return statement.verdict.kind === 'goto' && this.#reach.ends(statement.verdict.chain);
      }),
    );
  }
}
