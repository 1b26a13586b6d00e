/** What chains lead to: how deep they nest, and whether the flag is raised on the way. */
import type { Chain, Table } from '../../ruleset/ruleset.ts';
import type { NamedMap } from '../../ruleset/set.ts';
import type { Statement, Verdict } from '../../ruleset/statement.ts';
import type { Flag } from './flag.ts';

/** The verdicts of a statement, those of the elements of a verdict map included. */
export function verdictsOf(statement: Statement, maps: ReadonlyMap<string, NamedMap>): readonly Verdict[] {
  if (statement.kind === 'verdict') return [statement.verdict];
  if (statement.kind !== 'vmap') return [];
  const { map } = statement;
  const elements = map.kind === 'anonymous' ? map.elements : (maps.get(map.name)?.elements ?? []);
  return elements.flatMap(({ data }) => (data.kind === 'verdict' ? [data.verdict] : []));
}

/** The chains that rules of this one jump or go to. */
export function targetsOf(chain: Chain, maps: ReadonlyMap<string, NamedMap>): readonly string[] {
  const verdicts = chain.rules.flatMap(({ statements }) =>
    statements.flatMap((statement) => verdictsOf(statement, maps)),
  );
  return [...new Set(verdicts.flatMap((verdict) => ('chain' in verdict ? [verdict.chain] : [])))];
}

const noMaps: ReadonlyMap<string, NamedMap> = new Map();

/** The most chains that a packet is in at once, the built-in one included; goto counts too, as nftables counts it. */
export function depthOf(table: Table): number {
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  const depths = new Map<string, number>();
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const chain = chains.get(name);
    const below = chain === undefined ? [] : targetsOf(chain, noMaps).map(depth);
    const own = 1 + Math.max(0, ...below);
    depths.set(name, own);
    return own;
  };
  return Math.max(0, ...table.chains.filter(({ base }) => base !== undefined).map(({ name }) => depth(name)));
}

/** Whether any rule that can be reached from these chains raises the flag. */
export function raisesFlag(chains: ReadonlyMap<string, Chain>, from: readonly string[], flag: Flag): boolean {
  const seen = new Set<string>();
  const waiting = [...from];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const chain = chains.get(name);
    if (chain === undefined || seen.has(name)) continue;
    seen.add(name);
    if (chain.rules.some(({ statements }) => statements.includes(flag.set))) return true;
    waiting.push(...targetsOf(chain, noMaps));
  }
  return false;
}
