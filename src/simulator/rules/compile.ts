/** Compiles rule sets once, into chains by hook in the order in which the kernel runs them. */
import type { Expression } from '../../ruleset/expression.ts';
import type { Ruleset, Table, TableFamily } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { accumulateTables } from './accumulate.ts';
import type { CompiledChain } from './chains.ts';
import { rulesByFamily } from './family-rules.ts';
import { indexChain } from './index-chain.ts';
import { type Collections, compileMap } from './maps.ts';
import type { StateLayout } from './state.ts';
import { compileStatement } from './statements.ts';
import type { StatementScope } from './step.ts';
import { mayVary } from './varies.ts';

export interface CompiledBaseChain {
  readonly table: Table;
  readonly chain: CompiledChain;
  /** Registrations count up; among equal priorities the last runs first [4]. */
  readonly registered: number;
}

export interface CounterPlace {
  readonly family: TableFamily;
  readonly table: string;
  readonly name: string;
  readonly slot: number;
}

/** Numbers of {@link RuleState.numbers} that belong to one statement. */
export interface StateSlots {
  readonly first: number;
  readonly count: number;
}

export interface CompiledRuleset {
  readonly baseChains: readonly CompiledBaseChain[];
  /** How many numbers the rules keep. */
  readonly stateSize: number;
  readonly namedCounters: readonly CounterPlace[];
  /** Where statements keep what they remember (a named counter is kept by the first statement that names it). */
  readonly slots: ReadonlyMap<Statement, StateSlots>;
  /** When conntrack was switched on for a family [24, 26]; undefined when no rule needs it. */
  readonly trackingSince: { readonly ipv4: number | undefined; readonly ipv6: number | undefined };
  /** When the first nat chain of a family appeared [28]; undefined without any. */
  readonly natSince: { readonly ipv4: number | undefined; readonly ipv6: number | undefined };
  /** Some rule's result is not determined by the packet: outcomes have to be explored. */
  readonly mayChoose: boolean;
}

/** Compiles rule sets that were loaded one after the other. Without `indexed` every rule is walked past, with the same results. */
export function compileRulesets(
  rulesets: readonly Ruleset[],
  options: { readonly indexed?: boolean } = {},
): CompiledRuleset {
  const layout: StateLayout = { numbers: 0 };
  const baseChains: CompiledBaseChain[] = [];
  const namedCounters: CounterPlace[] = [];
  const slots = new Map<Statement, StateSlots>();
  const tracking: { ipv4: number | undefined; ipv6: number | undefined } = { ipv4: undefined, ipv6: undefined };
  const nat: { ipv4: number | undefined; ipv6: number | undefined } = { ipv4: undefined, ipv6: undefined };
  let registered = 0;
  let mayChoose = false;
  for (const table of accumulateTables(rulesets)) {
    const compiled = compileTable(table, layout, namedCounters, slots, options.indexed ?? true);
    for (const chain of compiled.values()) {
      if (chain.base === undefined) continue;
      registered++;
      baseChains.push({ table, chain, registered });
      if (chain.base.type === 'nat') since(nat, table.family, registered);
    }
    registered++;
    const rules = table.chains.flatMap((chain) => chain.rules);
    for (const statement of rules.flatMap((rule) => rule.statements)) {
      const family = trackedFamily(statement, table.family);
      if (family !== undefined) since(tracking, family, registered);
    }
    mayChoose ||= rules.some((rule) => rule.statements.some(mayVary));
  }
  return {
    baseChains,
    stateSize: layout.numbers,
    namedCounters,
    slots,
    trackingSince: tracking,
    natSince: nat,
    mayChoose,
  };
}

function since(times: { ipv4: number | undefined; ipv6: number | undefined }, family: TableFamily, when: number): void {
  if (family === 'ip' || family === 'inet') times.ipv4 ??= when;
  if (family === 'ip6' || family === 'inet') times.ipv6 ??= when;
}

/**
 * The family for which a statement switches conntrack on, wherever it stands: any ct expression and any NAT statement
 * [24, 25]; `snat ip` and `dnat ip6` do so for their own family only, also in an inet table.
 */
function trackedFamily(statement: Statement, family: TableFamily): TableFamily | undefined {
  if (statement.kind === 'nat') return family === 'inet' ? (statement.family ?? 'inet') : family;
  return needsTracking(statement) ? family : undefined;
}

function needsTracking(statement: Statement): boolean {
  switch (statement.kind) {
    case 'match':
      return usesConntrack(statement.left);
    case 'vmap':
      return usesConntrack(statement.key);
    case 'assign':
      return usesConntrack(statement.target) || usesConntrack(statement.value);
    case 'set-update':
      return usesConntrack(statement.key);
    case 'unknown':
      return /\b(?:ct|conntrack|connmark|CONNMARK|state|connlimit)\b/.test(statement.text);
    default:
      return false;
  }
}

function usesConntrack(expression: Expression): boolean {
  switch (expression.kind) {
    case 'ct':
      return true;
    case 'concat':
      return expression.parts.some(usesConntrack);
    case 'bitwise':
      return usesConntrack(expression.left) || usesConntrack(expression.right);
    case 'map':
      return usesConntrack(expression.key);
    case 'jhash':
    case 'symhash':
      return expression.expression !== undefined && usesConntrack(expression.expression);
    default:
      return false;
  }
}

function updatedSets({ chains }: Table): ReadonlySet<string> {
  const statements = chains.flatMap(({ rules }) => rules.flatMap((rule) => rule.statements));
  return new Set(statements.flatMap((statement) => (statement.kind === 'set-update' ? [statement.set] : [])));
}

function compileTable(
  table: Table,
  layout: StateLayout,
  namedCounters: CounterPlace[],
  slots: Map<Statement, StateSlots>,
  indexed: boolean,
): Map<string, CompiledChain> {
  const collections: Collections = {
    prefix: `${table.family} ${table.name}`,
    sets: new Map(table.sets.map((set) => [set.name, set])),
    maps: new Map(table.maps.map((map) => [map.name, map])),
    updated: updatedSets(table),
  };
  const named = new Map<string, number>();
  const takeSlot = (): number => {
    const slot = layout.numbers;
    layout.numbers += 2;
    return slot;
  };
  const counterSlot = (name: string | undefined): number => {
    if (name === undefined) return takeSlot();
    const slot = named.get(name) ?? takeSlot();
    if (!named.has(name)) namedCounters.push({ family: table.family, table: table.name, name, slot });
    named.set(name, slot);
    return slot;
  };
  const scope: StatementScope = {
    collections,
    counterSlot,
    expressions: { layout, map: (reference) => compileMap(reference, collections), byIndex: false },
  };
  const chains = new Map<string, CompiledChain>();
  for (const { name, base } of table.chains) {
    const place = { engine: table.engine, family: table.family, table: table.name, chain: name, index: undefined };
    chains.set(name, { name, base, rules: [], index: undefined, place, chains });
  }
  for (const { name, rules } of table.chains) {
    const chain = chains.get(name);
    const target = chain?.rules ?? [];
    for (const rule of rules) {
      const steps = rule.statements.map((statement) => {
        const first = layout.numbers;
        const step = compileStatement(statement, scope);
        if (layout.numbers > first) slots.set(statement, { first, count: layout.numbers - first });
        return step;
      });
      target.push({
        steps,
        place: { engine: table.engine, family: table.family, table: table.name, chain: name, index: target.length },
        origins: rule.origins,
        comment: rule.comment,
      });
    }
    if (chain !== undefined && indexed)
      chain.index = indexChain(rules, target) ?? rulesByFamily(rules, target, table.family);
  }
  return chains;
}
