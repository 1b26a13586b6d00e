/** Lookups in sets and maps, for iptables has none: a rule for each entry where there are few, else a chain that searches a tree. */
import type { Rule } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import type { Actions, Mode } from './actions.ts';
import type { ChainStore } from './chain-store.ts';
import { joined, withoutRepeats } from './combinations.ts';
import { dispatch, type Known, knownOf } from './dispatch.ts';
import { type Entry, matchOf } from './element.ts';
import type { TargetFamily } from './family.ts';
import type { Flag } from './flag.ts';
import { headed } from './headed.ts';
import { headersOf, impliedTests } from './implied.ts';
import { commentOf, type Moves, verdict } from './moves.ts';
import type { Lookup, RuleParts } from './parts.ts';

/** Lookups of at most so many entries become a rule each where they stand. */
const inlineSize = 4;

export class Search {
  readonly #family: TargetFamily;
  readonly #flag: Flag;
  readonly #fanout: number;
  readonly #store: ChainStore;
  readonly #moves: Moves;
  readonly #actions: Actions;

  constructor(options: {
    readonly family: TargetFamily;
    readonly flag: Flag;
    readonly fanout: number;
    readonly store: ChainStore;
    readonly moves: Moves;
    readonly actions: Actions;
  }) {
    this.#family = options.family;
    this.#flag = options.flag;
    this.#fanout = options.fanout;
    this.#store = options.store;
    this.#moves = options.moves;
    this.#actions = options.actions;
  }

  /** What a rule becomes in a chain. */
  rulesFor(parts: RuleParts, mode: Mode, chain: string): readonly Rule[] {
    return this.#isInline(parts) ? this.#inline(parts, mode, chain) : this.#lookedUp(parts, mode, chain);
  }

  #isInline({ lookups }: RuleParts): boolean {
    const size = lookups.reduce((product, { entries }) => product * entries.length, 1);
    return size <= inlineSize && lookups.every(({ negated }) => !negated);
  }

  /** One rule for each combination of entries. */
  #inline(parts: RuleParts, mode: Mode, chain: string): readonly Rule[] {
    let combinations: readonly Entry[] = [
      { comparisons: [], action: parts.action ?? [], origins: parts.origins, ...commentOf(parts) },
    ];
    for (const { entries } of parts.lookups)
      combinations = combinations.flatMap((left) => entries.map((right) => joined(left, right)));
    return combinations.flatMap((entry) => {
      const comparisons = withoutRepeats(entry.comparisons);
      if (comparisons === undefined) return [];
      return this.#actions.does([...parts.plain, ...comparisons.map(matchOf)], entry, mode, chain);
    });
  }

  /** A chain of its own that looks the packet up: what it finds acts there where that is possible, else it raises the flag. */
  #lookedUp(parts: RuleParts, mode: Mode, chain: string): readonly Rule[] {
    if (parts.plain.some(({ kind }) => kind === 'limit')) throw new Error('a limit in front of a lookup');
    const plain = [...this.#implied(parts), ...parts.plain];
    const known = knownOf(plain);
    const positive = parts.lookups.filter(({ negated }) => !negated);
    const last = positive.at(-1);
    const common = parts.action;
    const here = (common ?? last?.entries[0]?.action ?? []).length > 0 && this.#actions.actsAnywhere(parts);
    const body: Rule[] = [];
    for (const lookup of parts.lookups) {
      if (lookup === last) continue;
      body.push(...(lookup.negated ? this.#without(lookup, known, chain) : this.#only(lookup, known, chain)));
    }
    const found = (entry: Entry): Entry => {
      const action = here ? (common ?? entry.action) : [this.#flag.set];
      return {
        ...entry,
        action,
        origins: [...parts.origins, ...entry.origins],
        ...commentOf(entry.comment === undefined ? parts : entry),
      };
    };
    if (last === undefined) {
      const entry = found({ comparisons: [], action: common ?? [], origins: [], ...commentOf(parts) });
      body.push(...this.#entry([], entry, chain));
    } else body.push(...this.#tree(last.entries.map(found), known, chain));
    const root = this.#store.add(chain, body);
    const jump = this.#moves.jump(plain, root, parts);
    if (here)
      return this.#actions.mayRaise(common ?? last?.entries.flatMap(({ action }) => action) ?? [])
        ? [...jump, ...this.#actions.escape(mode)]
        : jump;
    if (common === undefined) throw new Error('the verdicts of a map do not end in place');
    return [...jump, ...this.#whenRaised(common, mode, chain, jump)];
  }

  /** What every entry of every lookup needs, so that other packets do not go into the chain. */
  #implied({ plain, lookups }: RuleParts): readonly MatchStatement[] {
    const headers = lookups.map(
      ({ entries }) => new Set(entries[0]?.comparisons.flatMap(({ field }) => headersOf(field.expression))),
    );
    const said = plain.flatMap((test) => (test.kind === 'match' ? [test.left] : [])).flatMap(headersOf);
    const shared = [...(headers[0] ?? [])].filter((header) => headers.every((other) => other.has(header)));
    return impliedTests([...said, ...shared], plain, this.#family);
  }

  /** Leaves the chain being built when the packet is in the set. */
  #without({ entries }: Lookup, known: Known, chain: string): readonly Rule[] {
    if (entries.length <= inlineSize)
      return entries.map((entry) => ({
        statements: [...headed(entry.comparisons.map(matchOf), known), verdict({ kind: 'return' })],
        origins: entry.origins,
      }));
    const raised = entries.map((entry) => ({ ...entry, action: [this.#flag.set] }));
    return [
      ...this.#moves.jump([], this.#store.add(chain, this.#tree(raised, known, chain))),
      ...this.#moves.lowerAndReturn([this.#flag.isSet]),
    ];
  }

  /** Leaves the chain being built when the packet is not in the set. */
  #only({ entries }: Lookup, known: Known, chain: string): readonly Rule[] {
    const raised = entries.map((entry) => ({ ...entry, action: [this.#flag.set] }));
    return [
      ...this.#moves.jump([], this.#store.add(chain, this.#tree(raised, known, chain))),
      { statements: [this.#flag.isClear, verdict({ kind: 'return' })], origins: [] },
      { statements: this.#moves.assigns(this.#flag.clear), origins: [] },
    ];
  }

  #tree(entries: readonly Entry[], known: Known, chain: string): readonly Rule[] {
    return dispatch(entries, known, {
      chain: (rules) => this.#store.add(chain, rules),
      gotoRules: (matches, target) => this.#moves.goto(matches, target),
      entryRules: (matches, entry) => this.#entry(matches, entry, chain),
      fanout: this.#fanout,
    });
  }

  /** An entry inside a tree, where nothing but ending, or raising the flag, is possible. */
  #entry(matches: readonly MatchStatement[], entry: Entry, chain: string): readonly Rule[] {
    const [only] = entry.action;
    if (entry.action.length === 1 && only === this.#flag.set) return this.#moves.raise(matches, entry, true);
    return this.#actions.does(matches, entry, 'inner', chain);
  }

  /** What a rule does when its lookup has raised the flag. `again` looks the packet up once more. */
  #whenRaised(action: readonly Statement[], mode: Mode, chain: string, again: readonly Rule[]): readonly Rule[] {
    const [only] = action;
    const what = action.length === 1 && only?.kind === 'verdict' ? only.verdict : undefined;
    if (what?.kind === 'accept') return this.#actions.escape(mode);
    if (what?.kind === 'return') return this.#moves.lowerAndReturn([this.#flag.isSet]);
    const entry: Entry = { comparisons: [], action, origins: [] };
    const target = this.#store.add(chain, [
      { statements: this.#moves.assigns(this.#flag.clear), origins: [] },
      ...this.#actions.does([], entry, what?.kind === 'goto' ? mode : 'inner', chain),
    ]);
    if (what?.kind !== 'goto') {
      const raising = this.#actions.mayRaise(action);
      return [...this.#moves.jump([this.#flag.isSet], target), ...(raising ? this.#actions.escape(mode) : [])];
    }
    if (this.#family !== 'bridge') return this.#moves.goto([this.#flag.isSet], target);
    // ebtables has no goto, and the chain may have used the flag: look again whether to return.
    return [
      ...this.#moves.jump([this.#flag.isSet], target),
      ...again,
      ...this.#moves.lowerAndReturn([this.#flag.isSet]),
    ];
  }
}
