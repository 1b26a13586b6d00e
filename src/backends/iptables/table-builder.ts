/** A table while its lines are read. */
import type { BaseChain, Chain, Rule, Table } from '../../ruleset/ruleset.ts';
import { accept, drop } from '../../ruleset/statement.ts';
import { builtInChains, type IptablesEngine } from './tables.ts';
import type { IptablesFamily } from './text/module.ts';

interface ChainBuilder {
  readonly name: string;
  base: BaseChain | undefined;
  rules: Rule[];
  /** Rules put before the others, the last one first. */
  inserted: Rule[];
  /** What ebtables does at the end of a chain of the user. */
  ending: 'accept' | 'drop' | undefined;
}

export class TableBuilder {
  readonly name: string;
  readonly #family: IptablesFamily;
  readonly #engine: IptablesEngine;
  readonly #builtIn: ReturnType<typeof builtInChains>;
  readonly #names = new Set<string>();
  readonly #chains = new Map<string, ChainBuilder>();

  constructor(family: IptablesFamily, engine: IptablesEngine, name: string) {
    this.name = name;
    this.#family = family;
    this.#engine = engine;
    this.#builtIn = builtInChains(family, engine, name);
  }

  /** Whether the tool has such a table. */
  get known(): boolean {
    return this.#builtIn !== undefined;
  }

  /** Notes that a chain of this name is declared somewhere. */
  knowChain(name: string): void {
    this.#names.add(name);
  }

  /** Whether there is such a chain: declared somewhere, or built in. */
  knows(name: string): boolean {
    return this.#names.has(name) || this.#builtIn?.has(name) === true;
  }

  /** Whether a rule can jump to it. */
  knowsUserChain(name: string): boolean {
    return this.#names.has(name) && this.#builtIn?.has(name) !== true;
  }

  /** A chain line. False when the policy is none. */
  declare(name: string, policy: string | undefined): boolean {
    const chain = this.#chain(name);
    if (policy === undefined || policy === '-' || policy === 'RETURN') return true;
    if (policy !== 'ACCEPT' && policy !== 'DROP') return false;
    const verdict = policy === 'ACCEPT' ? 'accept' : 'drop';
    if (chain.base !== undefined) chain.base = { ...chain.base, policy: verdict };
    else chain.ending = verdict;
    return true;
  }

  #chain(name: string): ChainBuilder {
    const known = this.#chains.get(name);
    if (known !== undefined) return known;
    const builtIn = this.#builtIn?.get(name);
    const base: BaseChain | undefined =
      builtIn === undefined ? undefined : { ...builtIn, policy: 'accept', devices: [] };
    const chain: ChainBuilder = { name, base, rules: [], inserted: [], ending: undefined };
    this.#chains.set(name, chain);
    return chain;
  }

  add(name: string, rules: readonly Rule[]): void {
    this.#chain(name).rules.push(...rules);
  }

  /** Puts rules before all others. */
  insert(name: string, rules: readonly Rule[]): void {
    this.#chain(name).inserted.push(...[...rules].reverse());
  }

  flush(name: string | undefined): void {
    for (const chain of this.#chains.values()) {
      if (name !== undefined && chain.name !== name) continue;
      chain.rules = [];
      chain.inserted = [];
    }
  }

  remove(name: string | undefined): void {
    for (const chain of [...this.#chains.values()])
      if (chain.base === undefined && (name === undefined || chain.name === name)) this.#chains.delete(chain.name);
  }

  build(): Table {
    const chains = [...this.#chains.values()].map(
      (chain): Chain => ({
        name: chain.name,
        base: chain.base,
        rules: [
          ...chain.inserted.reverse(),
          ...chain.rules,
          ...(chain.ending === undefined ? [] : [endingRule(chain.ending)]),
        ],
      }),
    );
    return { family: this.#family, name: this.name, engine: this.#engine, chains, sets: [], maps: [] };
  }
}

function endingRule(verdict: 'accept' | 'drop'): Rule {
  return { statements: [verdict === 'accept' ? accept : drop], origins: [] };
}
