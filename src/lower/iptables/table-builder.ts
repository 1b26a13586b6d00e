/** The chains of one iptables table: those of the ruleset, and the trees that stand for its sets and maps. */
import type { Chain, Rule } from '../../ruleset/ruleset.ts';
import { Actions, type Mode } from './actions.ts';
import { ChainStore } from './chain-store.ts';
import type { TargetFamily } from './family.ts';
import type { Flag } from './flag.ts';
import { Moves } from './moves.ts';
import { type Collections, partsOf } from './parts.ts';
import { Reach } from './reach.ts';
import { Search } from './search.ts';

export class TableBuilder {
  readonly #source: ReadonlyMap<string, Chain>;
  readonly #collections: Collections;
  readonly #reach: Reach;
  readonly #store = new ChainStore();
  readonly #search: Search;
  readonly #done = new Map<string, string>();

  constructor(options: {
    readonly family: TargetFamily;
    readonly table: string;
    /** The ruleset's chains, as far as they concern the family. */
    readonly source: ReadonlyMap<string, Chain>;
    readonly collections: Collections;
    readonly flag: Flag;
    readonly fanout: number;
  }) {
    const { family, flag, fanout } = options;
    this.#source = options.source;
    this.#collections = options.collections;
    this.#reach = new Reach(options.source, options.table, options.collections.maps);
    const store = this.#store;
    const moves = new Moves(family, flag, store);
    const chainOf = (name: string, wanted: Mode): string => this.chain(name, wanted);
    const actions = new Actions({ family, flag, reach: this.#reach, store, moves, chainOf });
    this.#search = new Search({ family, flag, fanout, store, moves, actions });
  }

  get chains(): readonly Chain[] {
    return this.#store.chains;
  }

  /** A chain of ours that is no copy of one of the ruleset's. */
  add(wish: string, rules: readonly Rule[]): string {
    return this.#store.add(wish, rules);
  }

  /** Puts rules before those of a chain. */
  prepend(name: string, rules: readonly Rule[]): void {
    this.#store.prepend(name, rules);
  }

  /** The chain of the ruleset, compiled once for each way of leaving it. */
  chain(name: string, wanted: Mode): string {
    const mode = this.#reach.raises(name) ? wanted : 'inner';
    const key = `${mode} ${name}`;
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    const source = this.#source.get(name);
    if (source === undefined) throw new Error(`no chain ${name}`);
    const own = this.#store.reserve(name);
    this.#done.set(key, own);
    this.#store.fill(own, this.#rules(source, mode, own));
    return own;
  }

  /** Makes a chain that is there already the ruleset's base chain. */
  fill(own: string, name: string): void {
    const source = this.#source.get(name);
    if (source === undefined) throw new Error(`no chain ${name}`);
    this.#store.fill(own, this.#rules(source, 'top', own));
  }

  #rules(source: Chain, mode: Mode, own: string): readonly Rule[] {
    return source.rules.flatMap((rule) => this.#rule(rule, mode, own));
  }

  #rule(rule: Rule, mode: Mode, chain: string): readonly Rule[] {
    const parts = partsOf(rule, this.#collections);
    if (parts.action !== undefined && parts.action.length === 0) return [];
    return this.#search.rulesFor(parts, mode, chain);
  }
}
