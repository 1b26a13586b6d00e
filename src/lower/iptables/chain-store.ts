/** The chains of a table as they are made, each with a name that is free. */
import type { Chain, Rule } from '../../ruleset/ruleset.ts';
import { ChainNames } from './chain-names.ts';

export class ChainStore {
  readonly #names = new ChainNames();
  readonly #chains = new Map<string, readonly Rule[]>();
  readonly #shared = new Map<string, string>();

  get chains(): readonly Chain[] {
    return [...this.#chains].map(([name, rules]) => ({ name, base: undefined, rules }));
  }

  /** A name for a chain that is filled later; its place in the file is before those that it leads to. */
  reserve(wish: string): string {
    return this.add(wish, []);
  }

  /** A chain of ours that is no copy of one of the ruleset's. */
  add(wish: string, rules: readonly Rule[]): string {
    const name = this.#names.free(wish);
    this.#chains.set(name, rules);
    return name;
  }

  /** The rules of a chain that is there already. */
  fill(name: string, rules: readonly Rule[]): void {
    this.#chains.set(name, rules);
  }

  /** Puts rules before those of a chain. */
  prepend(name: string, rules: readonly Rule[]): void {
    this.#chains.set(name, [...rules, ...(this.#chains.get(name) ?? [])]);
  }

  /** A chain that all who need it share. */
  shared(name: string, rules: () => readonly Rule[]): string {
    const known = this.#shared.get(name);
    if (known !== undefined) return known;
    const own = this.add(name, rules());
    this.#shared.set(name, own);
    return own;
  }
}
