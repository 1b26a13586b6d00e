/**
 * Ruleset of nftables -> ruleset of iptables with the same behaviour: a table a family and purpose, own chains only, one
 * jump from each built-in chain. Sets and maps become trees of chains. The result is plain IR, so it is judged like any other.
 */
import type { Chain, Rule, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { ChainNames } from './chain-names.ts';
import { deferredRejects } from './deferred-reject.ts';
import { depthOf, raisesFlag, targetsOf } from './depth.ts';
import { textOf } from './element.ts';
import { ruleOfFamily, type TargetFamily } from './family.ts';
import { type Flag, flagOf } from './flag.ts';
import { withImplied } from './implied.ts';
import { type Collections, collectionsOf } from './parts.ts';
import { placeOf, tableOrder } from './place.ts';
import { TableBuilder } from './table-builder.ts';

export interface IptablesOptions {
  /** The bit of the packet mark that is ours. */
  readonly markBit: number;
  readonly engine: 'iptables-nft' | 'iptables-legacy';
}

/** Children of a chain in a tree; wider where chains would nest too deep. */
const fanouts = [4, 8, 16, 32, 64];
/** nftables, which runs iptables-nft's rules, takes 16 levels, the built-in chain included. */
const deepest = 15;

export function lowerToIptables(ruleset: Ruleset, options: IptablesOptions): Ruleset {
  return { tables: ruleset.tables.flatMap((table) => tablesFor(table, options)) };
}

function tablesFor(table: Table, options: IptablesOptions): readonly Table[] {
  const families: readonly TargetFamily[] = table.family === 'inet' ? ['ip', 'ip6'] : [familyOf(table)];
  return families.flatMap((family) => tablesOf(table, family, options));
}

function familyOf({ family }: Table): TargetFamily {
  if (family === 'ip' || family === 'ip6' || family === 'bridge') return family;
  throw new Error(`iptables has no tables of the family ${family}`);
}

function tablesOf(table: Table, family: TargetFamily, options: IptablesOptions): readonly Table[] {
  const chains = new Map(table.chains.map((chain) => [chain.name, chainOfFamily(chain, family)]));
  const placed = [...chains.values()].flatMap((chain) => {
    if (chain.base === undefined) return [];
    const place = placeOf(chain.base, family);
    if (place === undefined) throw new Error(`no place in iptables for the chain ${chain.name}`);
    return [{ chain, place, priority: chain.base.priority }];
  });
  placed.sort((left, right) => left.priority - right.priority);
  const collections = collectionsOf(table);
  const flag = flagOf(options.markBit);
  const fronts = family === 'bridge' ? [] : deferredRejects(chains, placed, flag, collections.maps);
  return tableOrder(family).flatMap((name) => {
    const hooked = placed.filter(({ place }) => place.table === name);
    const front = fronts.filter(({ place }) => place.table === name);
    const places = new Map([...hooked, ...front].map(({ place }) => [place.chain, place]));
    if (places.size === 0) return [];
    const build = (fanout: number): Table => {
      const names = new ChainNames();
      const reached = reachable(chains, collections, [
        ...hooked.map(({ chain }) => chain.name),
        ...front.flatMap(({ chains: used }) => used),
      ]);
      const builder = new TableBuilder({
        family,
        table: name,
        source: reached,
        collections,
        flag,
        fanout,
        names,
      });
      const builtIn = [...places.values()].map((place): Chain => {
        const before = front.filter((one) => one.place.chain === place.chain).flatMap((one) => one.rules(builder));
        const own = hooked.filter((one) => one.place.chain === place.chain).map(({ chain }) => chain.name);
        const target = topChain(place.chain, before, own, builder, flag, family);
        return { name: place.chain, base: place.base, rules: [jumpTo(target)] };
      });
      return {
        family,
        name,
        engine: options.engine,
        chains: [...builtIn, ...builder.chains].map((chain) => withImplied(chain, family)),
        sets: [],
        maps: [],
      };
    };
    for (const fanout of fanouts) {
      const built = build(fanout);
      if (depthOf(built) <= deepest) return [built];
    }
    throw new Error('chains nest too deep for the kernel');
  });
}

/** What a built-in chain jumps to: the ruleset's base chain, behind what must come first. */
function topChain(
  builtIn: string,
  before: readonly Rule[],
  own: readonly string[],
  builder: TableBuilder,
  flag: Flag,
  family: TargetFamily,
): string {
  const chains = own.map((chain) => builder.chain(chain, 'top'));
  const built = new Map(builder.chains.map((chain) => [chain.name, chain]));
  const clear: Rule = {
    statements: family === 'bridge' ? [flag.clear, goOn] : [flag.clear],
    origins: [],
    comment: 'our bit of the mark, whoever set it',
  };
  const [only] = chains;
  const raised = raisesFlag(built, chains, flag);
  const begins = built.get(only ?? '')?.rules[0]?.statements ?? [];
  const testsFlag = sameStatement(begins[0], flag.isSet);
  const cleared = sameStatement(begins[testsFlag ? 1 : 0], flag.clear);
  if (raised && testsFlag && !cleared) throw new Error('the bit of the mark has two meanings at one hook');
  const first = [...before, ...(raised && !cleared ? [clear] : [])];
  if (only === undefined || chains.length > 1) return builder.add(`at-${builtIn}`, [...first, ...chains.map(jumpTo)]);
  builder.prepend(only, first);
  return only;
}

const sameStatement = (left: Statement | undefined, right: Statement): boolean =>
  left?.kind === right.kind && textOf(left) === textOf(right);

const goOn: Statement = { kind: 'verdict', verdict: { kind: 'continue' } };

const jumpTo = (chain: string): Rule => ({
  statements: [{ kind: 'verdict', verdict: { kind: 'jump', chain } }],
  origins: [],
});

function chainOfFamily(chain: Chain, family: TargetFamily): Chain {
  return { ...chain, rules: chain.rules.flatMap((rule) => ruleOfFamily(rule, family) ?? []) };
}

/** The chains that packets may meet from some of them. */
function reachable(
  chains: ReadonlyMap<string, Chain>,
  collections: Collections,
  from: readonly string[],
): ReadonlyMap<string, Chain> {
  const result = new Map<string, Chain>();
  const visit = (name: string): void => {
    const chain = chains.get(name);
    if (chain === undefined || result.has(name)) return;
    result.set(name, chain);
    for (const target of targetsOf(chain, collections.maps)) visit(target);
  };
  for (const name of from) visit(name);
  return result;
}
