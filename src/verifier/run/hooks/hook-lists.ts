/** The base chains of all tables in the order in which the kernel runs them, with its own work between them [1, 4, 6, 99]. */
import type { Family } from '../../../net/address.ts';
import type { Expression } from '../../../ruleset/expression.ts';
import type { Chain, Hook, Ruleset, Table, TableFamily } from '../../../ruleset/ruleset.ts';
import type { Statement } from '../../../ruleset/statement.ts';

export interface BaseChainPlace {
  readonly kind: 'chain';
  readonly table: Table;
  readonly chain: Chain;
  readonly priority: number;
  readonly registered: number;
}

export type HookStep =
  | BaseChainPlace
  | { readonly kind: 'track' | 'nat'; readonly priority: number; readonly registered: number }
  /** Several of one priority, and nobody knows which was registered first. */
  | {
      readonly kind: 'any-order';
      readonly priority: number;
      readonly registered: number;
      readonly members: readonly HookStep[];
    };

/** Of rules that are loaded in a known order it is known which base chain is registered first; no listing of a host tells it [4]. */
export type ChainOrder = 'known' | 'unknown';

const natPriority: Readonly<Partial<Record<Hook, number>>> = {
  prerouting: -100,
  output: -100,
  input: 100,
  postrouting: 100,
};
const trackingPriority = -200;

export class HookOrder {
  private readonly chains: readonly BaseChainPlace[];
  private readonly family: Family;
  /** When a rule that needs it, or the first nat chain, was registered; undefined: never [24, 25, 28]. */
  private readonly tracking: number | undefined;
  private readonly nat: number | undefined;
  private readonly chainOrder: ChainOrder;

  constructor(rulesets: readonly Ruleset[], family: Family, chainOrder: ChainOrder = 'known') {
    this.family = family;
    this.chainOrder = chainOrder;
    const chains: BaseChainPlace[] = [];
    let registered = 0;
    let tracking: number | undefined;
    let nat: number | undefined;
    for (const table of mergedTables(rulesets)) {
      for (const chain of table.chains) {
        if (chain.base === undefined) continue;
        registered++;
        chains.push({ kind: 'chain', table, chain, priority: chain.base.priority, registered });
        if (chain.base.type === 'nat' && concerns(table.family, family)) nat ??= registered;
      }
      registered++;
      if (
        table.chains.some(({ rules }) =>
          rules.some(({ statements }) => statements.some((one) => needsTracking(one, table.family, family))),
        )
      )
        tracking ??= registered;
    }
    this.chains = chains;
    this.tracking = tracking;
    this.nat = nat;
  }

  get tracks(): boolean {
    return this.tracking !== undefined;
  }

  /** Everything that runs at a hook, first to last. */
  steps(layer: 'ip' | 'bridge', hook: Hook): readonly HookStep[] {
    const steps: HookStep[] = this.chains.filter(
      ({ table, chain }) => chain.base?.hook === hook && chain.base.type !== 'nat' && this.belongs(table.family, layer),
    );
    if (layer === 'ip' && this.tracking !== undefined) {
      if (hook === 'prerouting' || hook === 'output')
        steps.push({ kind: 'track', priority: trackingPriority, registered: this.tracking });
      const priority = natPriority[hook];
      if (this.nat !== undefined && priority !== undefined) steps.push({ kind: 'nat', priority, registered: this.nat });
    }
    steps.sort((left, right) => left.priority - right.priority || right.registered - left.registered);
    if (this.chainOrder === 'known') return steps;
    return byPriority(steps).flatMap((members): readonly HookStep[] => {
      const [first] = members;
      if (first === undefined || members.length < 2 || members.every(({ kind }) => kind !== 'chain')) return members;
      return [{ kind: 'any-order', priority: first.priority, registered: first.registered, members }];
    });
  }

  /** The nat chains that are asked at a hook, first to last [8]; those whose order is not known together. */
  natChains(hook: Hook): readonly (readonly BaseChainPlace[])[] {
    const chains = this.chains
      .filter(
        ({ table, chain }) =>
          chain.base?.type === 'nat' && chain.base.hook === hook && this.belongs(table.family, 'ip'),
      )
      .sort((left, right) => left.priority - right.priority || right.registered - left.registered);
    return this.chainOrder === 'known' ? chains.map((chain) => [chain]) : byPriority(chains);
  }

  private belongs(table: TableFamily, layer: 'ip' | 'bridge'): boolean {
    return layer === 'bridge' ? table === 'bridge' : concerns(table, this.family);
  }
}

/** Neighbours of one priority together. */
function byPriority<T extends { readonly priority: number }>(sorted: readonly T[]): readonly (readonly T[])[] {
  return [...new Set(sorted.map(({ priority }) => priority))].map((priority) =>
    sorted.filter((step) => step.priority === priority),
  );
}

const concerns = (table: TableFamily, family: Family): boolean =>
  table === 'inet' || table === (family === 'ipv4' ? 'ip' : 'ip6');

function needsTracking(statement: Statement, table: TableFamily, family: Family): boolean {
  if (!concerns(table, family)) return false;
  switch (statement.kind) {
    case 'nat':
      return statement.family === undefined || (statement.family === 'ip') === (family === 'ipv4');
    case 'match':
      return readsConnection(statement.left);
    case 'vmap':
    case 'set-update':
      return readsConnection(statement.key);
    case 'assign':
      return readsConnection(statement.target) || readsConnection(statement.value);
    case 'unknown':
      return /\b(?:ct|conntrack|connmark|CONNMARK|state|connlimit)\b/.test(statement.text);
    default:
      return false;
  }
}

function readsConnection(expression: Expression): boolean {
  switch (expression.kind) {
    case 'ct':
      return true;
    case 'concat':
      return expression.parts.some(readsConnection);
    case 'bitwise':
      return readsConnection(expression.left) || readsConnection(expression.right);
    case 'map':
      return readsConnection(expression.key);
    default:
      return false;
  }
}

/** Tables that several rulesets declare are one: rules and elements of the later ones come after those of the earlier. */
export function mergedTables(rulesets: readonly Ruleset[]): readonly Table[] {
  const merged = new Map<string, Table>();
  for (const table of rulesets.flatMap(({ tables }) => tables)) {
    const key = `${table.engine} ${table.family} ${table.name}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? table : joinTables(before, table));
  }
  return [...merged.values()];
}

function joinTables(first: Table, second: Table): Table {
  return {
    ...first,
    chains: joinNamed(first.chains, second.chains, (one, other) => ({
      ...one,
      base: one.base ?? other.base,
      rules: [...one.rules, ...other.rules],
    })),
    sets: joinNamed(first.sets, second.sets, (one, other) => ({
      ...one,
      elements: [...one.elements, ...other.elements],
    })),
    maps: joinNamed(first.maps, second.maps, (one, other) => ({
      ...one,
      elements: [...one.elements, ...other.elements],
    })),
  };
}

function joinNamed<T extends { readonly name: string }>(
  first: readonly T[],
  second: readonly T[],
  join: (one: T, other: T) => T,
): readonly T[] {
  const named = new Map(first.map((item) => [item.name, item]));
  for (const item of second) {
    const before = named.get(item.name);
    named.set(item.name, before === undefined ? item : join(before, item));
  }
  return [...named.values()];
}
