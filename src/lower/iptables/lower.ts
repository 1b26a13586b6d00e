/**
 * Ruleset of nftables -> ruleset of iptables with the same behaviour: a table a family and purpose, own chains only, one
 * jump from each built-in chain. Sets and maps become trees of chains. The result is plain IR, so it is judged like any other.
 */
import type { Chain, Rule, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { deferredRejects, type Front } from './deferred-reject.ts';
import { depthOf, raisesFlag, targetsOf } from './depth.ts';
import { textOf } from './element.ts';
import { ruleOfFamily, type TargetFamily } from './family.ts';
import { type Flag, flagOf } from './flag.ts';
import { withImplied } from './implied.ts';
import { type Collections, collectionsOf } from './parts.ts';
import { ownPlaces, type Place, placeOf } from './place.ts';
import { TableBuilder } from './table-builder.ts';

export interface IptablesOptions {
  /** The bit of the packet mark that is ours. */
  readonly markBit: number;
  readonly engine: 'iptables-nft' | 'iptables-legacy';
}

/** Children of a chain in a tree; wider where chains would nest too deep. */
const fanouts = [8, 16, 32, 64];
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

/** One family's part of a table, ready to be taken apart by iptables' tables. */
interface FamilyPart {
  readonly family: TargetFamily;
  readonly engine: IptablesOptions['engine'];
  readonly chains: ReadonlyMap<string, Chain>;
  readonly collections: Collections;
  readonly flag: Flag;
  /** Base chains in the order in which they run. */
  readonly placed: readonly { readonly chain: Chain; readonly place: Place }[];
  readonly fronts: readonly Front[];
}

function tablesOf(table: Table, family: TargetFamily, { markBit, engine }: IptablesOptions): readonly Table[] {
  const chains = new Map(table.chains.map((chain) => [chain.name, chainOfFamily(chain, family)]));
  const collections = collectionsOf(table);
  const flag = flagOf(markBit);
  const placed = placesOf([...chains.values()], family);
  const fronts = family === 'bridge' ? [] : deferredRejects(chains, placed, flag, collections.maps);
  const part: FamilyPart = { family, engine, chains, collections, flag, placed, fronts };
  const names = new Set(ownPlaces(family).map((place) => place.table));
  return [...names].map((name) => shallowEnough((fanout) => buildTable(name, part, fanout)));
}

function placesOf(chains: readonly Chain[], family: TargetFamily): FamilyPart['placed'] {
  const placed = chains.flatMap((chain) => {
    if (chain.base === undefined) return [];
    const place = placeOf(chain.base, family);
    if (place === undefined) throw new Error(`no place in iptables for the chain ${chain.name}`);
    return [{ chain, place, priority: chain.base.priority }];
  });
  return placed.sort((left, right) => left.priority - right.priority);
}

function shallowEnough(build: (fanout: number) => Table): Table {
  for (const fanout of fanouts) {
    const built = build(fanout);
    if (depthOf(built) <= deepest) return built;
  }
  throw new Error('chains nest too deep for the kernel');
}

function buildTable(name: string, part: FamilyPart, fanout: number): Table {
  const { family, engine, flag, collections } = part;
  const hooked = part.placed.filter(({ place }) => place.table === name);
  const fronts = part.fronts.filter(({ place }) => place.table === name);
  const source = reachable(part.chains, collections, [
    ...hooked.map(({ chain }) => chain.name),
    ...fronts.flatMap(({ chains }) => chains),
  ]);
  const builder = new TableBuilder({ family, table: name, source, collections, flag, fanout });
  const here = ownPlaces(family).filter((place) => place.table === name);
  const tops = here.map((place) => ({ place, top: builder.add(place.chain, []) }));
  for (const { place, top } of tops) {
    const before = fronts.filter((one) => one.place.chain === place.chain).flatMap((one) => one.rules(builder));
    const own = hooked.filter((one) => one.place.chain === place.chain).map(({ chain }) => chain.name);
    fillTop(top, before, own, builder, part);
  }
  const builtIn = tops.map(({ place, top }): Chain => ({ name: place.chain, base: place.base, rules: [jumpTo(top)] }));
  const chains = [...builtIn, ...builder.chains].map((chain) => withImplied(chain, family));
  return { family, name, engine, chains, sets: [], maps: [] };
}

/** What a built-in chain jumps to: the ruleset's base chains there, behind what must come first. */
function fillTop(
  top: string,
  before: readonly Rule[],
  own: readonly string[],
  builder: TableBuilder,
  { family, flag }: FamilyPart,
): void {
  const [only, ...others] = own;
  if (only !== undefined && others.length === 0) builder.fill(top, only);
  else
    builder.prepend(
      top,
      own.map((chain) => jumpTo(builder.chain(chain, 'top'))),
    );
  const begins = builder.chains.find(({ name }) => name === top)?.rules[0]?.statements ?? [];
  const raised = raisesFlag(new Map(builder.chains.map((chain) => [chain.name, chain])), [top], flag);
  const testsFlag = sameStatement(begins[0], flag.isSet);
  const cleared = sameStatement(begins[testsFlag ? 1 : 0], flag.clear);
  if (raised && testsFlag && !cleared) throw new Error('the bit of the mark has two meanings at one hook');
  const clear: Rule = {
    statements: family === 'bridge' ? [flag.clear, goOn] : [flag.clear],
    origins: [],
    comment: 'our bit of the mark, whoever set it',
  };
  builder.prepend(top, [...before, ...(raised && !cleared ? [clear] : [])]);
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
