/**
 * Rule sets loaded one after the other: nftables' tables, chains and sets of the same name accumulate [21]; a table restored
 * by iptables replaces the rules that it had, in chains that keep their places [5].
 */
import type { Chain, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { NamedMap, NamedSet } from '../../ruleset/set.ts';

/** All tables in the order of their first appearance. */
export function accumulateTables(rulesets: readonly Ruleset[]): readonly Table[] {
  const tables = new Map<string, Table>();
  for (const table of rulesets.flatMap((ruleset) => ruleset.tables)) {
    const key = `${table.engine === 'iptables-legacy' ? 'legacy' : ''} ${table.family} ${table.name}`;
    const known = tables.get(key);
    tables.set(
      key,
      known === undefined ? table : table.engine === 'nftables' ? joined(known, table) : restored(known, table),
    );
  }
  return [...tables.values()];
}

function restored(first: Table, second: Table): Table {
  const builtIn = first.chains.filter((chain) => chain.base !== undefined).map((chain) => ({ ...chain, rules: [] }));
  return { ...second, chains: byName(builtIn, second.chains, joinChains) };
}

function joined(first: Table, second: Table): Table {
  return {
    ...first,
    chains: byName(first.chains, second.chains, joinChains),
    sets: byName(first.sets, second.sets, joinSets),
    maps: byName(first.maps, second.maps, joinMaps),
  };
}

function byName<T extends { readonly name: string }>(
  first: readonly T[],
  second: readonly T[],
  join: (left: T, right: T) => T,
): readonly T[] {
  const result = new Map(first.map((entry) => [entry.name, entry]));
  for (const entry of second) {
    const known = result.get(entry.name);
    result.set(entry.name, known === undefined ? entry : join(known, entry));
  }
  return [...result.values()];
}

function joinChains(first: Chain, second: Chain): Chain {
  return { ...first, base: second.base ?? first.base, rules: [...first.rules, ...second.rules] };
}

function joinSets(first: NamedSet, second: NamedSet): NamedSet {
  return { ...first, elements: [...first.elements, ...second.elements] };
}

function joinMaps(first: NamedMap, second: NamedMap): NamedMap {
  return { ...first, elements: [...first.elements, ...second.elements] };
}
