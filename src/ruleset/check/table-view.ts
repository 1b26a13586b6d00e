/** What the rules of a table may refer to, by name, and the hooks that each chain is reached from. */
import type { BaseChain, Chain, Hook, Table } from '../ruleset.ts';
import type { MapReference, NamedMap, NamedSet } from '../set.ts';
import type { Statement, Verdict } from '../statement.ts';

export interface TableView {
  readonly table: Table;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, NamedSet>;
  readonly maps: ReadonlyMap<string, NamedMap>;
  /** For each chain the base chains whose packets reach it. */
  readonly reachedFrom: ReadonlyMap<string, ReadonlySet<BaseChain>>;
}

export function viewOf(table: Table): TableView {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  const maps = new Map(table.maps.map((map) => [map.name, map]));
  const sets = new Map(table.sets.map((set) => [set.name, set]));
  return { table, chains, sets, maps, reachedFrom: reachedFrom(table, jumpsOf(table, maps)) };
}

export function isJump(verdict: Verdict): verdict is Extract<Verdict, { kind: 'jump' | 'goto' }> {
  return verdict.kind === 'jump' || verdict.kind === 'goto';
}

/** The chains that each chain hands packets to; a map's targets are gathered once. */
export function jumpsOf(table: Table, maps: ReadonlyMap<string, NamedMap>): ReadonlyMap<string, ReadonlySet<string>> {
  const ofMap = new Map([...maps.values()].map((map) => [map.name, targetsOf(map)]));
  return new Map(
    table.chains.map((chain) => {
      const targets = new Set<string>();
      for (const rule of chain.rules)
        for (const statement of rule.statements)
          for (const target of targetsOfStatement(statement, ofMap)) targets.add(target);
      return [chain.name, targets];
    }),
  );
}

function targetsOf(map: { readonly elements: NamedMap['elements'] }): ReadonlySet<string> {
  const targets = new Set<string>();
  for (const { data } of map.elements)
    if (data.kind === 'verdict' && isJump(data.verdict)) targets.add(data.verdict.chain);
  return targets;
}

function targetsOfStatement(statement: Statement, ofMap: ReadonlyMap<string, ReadonlySet<string>>): Iterable<string> {
  if (statement.kind === 'verdict') return isJump(statement.verdict) ? [statement.verdict.chain] : [];
  return statement.kind === 'vmap' ? targetsOfReference(statement.map, ofMap) : [];
}

function targetsOfReference(map: MapReference, ofMap: ReadonlyMap<string, ReadonlySet<string>>): Iterable<string> {
  return map.kind === 'named' ? (ofMap.get(map.name) ?? []) : targetsOf(map);
}

/** One walk from each combination of hook and type, of which there are few. */
function reachedFrom(
  table: Table,
  jumps: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, ReadonlySet<BaseChain>> {
  const reached = new Map<string, Set<BaseChain>>();
  const starts = new Map<string, { readonly base: BaseChain; readonly chains: string[] }>();
  for (const chain of table.chains) {
    if (chain.base === undefined) continue;
    const key = `${chain.base.type} ${chain.base.hook}`;
    const start = starts.get(key) ?? { base: chain.base, chains: [] };
    start.chains.push(chain.name);
    starts.set(key, start);
  }
  for (const { base, chains } of starts.values()) {
    const open = [...chains];
    const visited = new Set(open);
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const bases = reached.get(name) ?? new Set<BaseChain>();
      reached.set(name, bases.add(base));
      for (const target of jumps.get(name) ?? []) {
        if (visited.has(target)) continue;
        visited.add(target);
        open.push(target);
      }
    }
  }
  return reached;
}

/** Whether a statement may stand in a chain: at each hook that the chain is reached from. */
export function hooksOf(view: TableView, chain: string): ReadonlySet<Hook> {
  return new Set([...(view.reachedFrom.get(chain) ?? [])].map((base) => base.hook));
}
