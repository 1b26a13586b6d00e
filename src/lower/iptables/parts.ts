/** A rule taken apart: plain comparisons, lookups in sets and maps, and what it does. */
import type { Rule, Table } from '../../ruleset/ruleset.ts';
import type { MapElement, NamedMap, NamedSet, SetElement } from '../../ruleset/set.ts';
import type { LimitStatement, MatchStatement, NatStatement, Statement } from '../../ruleset/statement.ts';
import type { Value } from '../../ruleset/value.ts';
import { comparisonsOf, type Entry, keyFields, textOf, valueKey } from './element.ts';

export interface Lookup {
  readonly negated: boolean;
  readonly entries: readonly Entry[];
}

export interface RuleParts {
  readonly plain: readonly (MatchStatement | LimitStatement)[];
  readonly lookups: readonly Lookup[];
  /** What the rule does; undefined where each entry of the last lookup says it (verdict maps, maps to translate by). */
  readonly action: readonly Statement[] | undefined;
  readonly origins: Rule['origins'];
  readonly comment: string | undefined;
}

export interface Collections {
  readonly sets: ReadonlyMap<string, NamedSet>;
  readonly maps: ReadonlyMap<string, NamedMap>;
}

export function collectionsOf(table: Table): Collections {
  return {
    sets: new Map(table.sets.map((set) => [set.name, set])),
    maps: new Map(table.maps.map((map) => [map.name, map])),
  };
}

export function partsOf(rule: Rule, collections: Collections): RuleParts {
  const plain: (MatchStatement | LimitStatement)[] = [];
  const lookups: Lookup[] = [];
  const action: Statement[] = [];
  let perEntry = false;
  for (const statement of rule.statements) {
    if (statement.kind === 'counter') continue;
    if (action.length > 0 && (statement.kind === 'match' || statement.kind === 'limit'))
      throw new Error('a comparison behind an action');
    if (statement.kind === 'match') {
      const { left, right, operator } = statement;
      if (right.kind !== 'set') plain.push(statement);
      else {
        const entries = setEntries(left, elementsOf(right.set, collections));
        const single = isUsedOnce(left, rule) ? singleComparison(entries, operator === '!=') : undefined;
        if (single === undefined) lookups.push({ negated: operator === '!=', entries });
        else plain.push(single);
      }
    } else if (statement.kind === 'limit') plain.push(statement);
    else if (statement.kind === 'vmap') {
      lookups.push({ negated: false, entries: verdictEntries(statement.key, mapElements(statement.map, collections)) });
      perEntry = true;
    } else if (statement.kind === 'nat' && isMapped(statement)) {
      lookups.push({ negated: false, entries: translationEntries(statement, collections) });
      perEntry = true;
    } else action.push(statement);
  }
  if (perEntry && action.length > 0) throw new Error('an action behind a map');
  return {
    plain,
    lookups,
    action: perEntry ? undefined : action,
    origins: rule.origins,
    comment: rule.comment,
  };
}

/** iptables compares a field once in a rule. */
function isUsedOnce(key: MatchStatement['left'], rule: Rule): boolean {
  const own = keyFields(key).map(({ field }) => field.id);
  const all = rule.statements.flatMap((statement) => keysOf(statement).flatMap(keyFields));
  return own.every((id) => all.filter(({ field }) => field.id === id).length === 1);
}

function keysOf(statement: Statement): readonly MatchStatement['left'][] {
  if (statement.kind === 'match') return [statement.left];
  if (statement.kind === 'vmap') return [statement.key];
  if (statement.kind !== 'nat' || statement.address?.kind !== 'expression') return [];
  return statement.address.expression.kind === 'map' ? [statement.address.expression.key] : [];
}

/** "not in a set of one" is a plain comparison. */
function singleComparison(entries: readonly Entry[], negated: boolean): MatchStatement | undefined {
  const [comparison, ...others] = entries.length === 1 ? (entries[0]?.comparisons ?? []) : [];
  if (comparison === undefined || others.length > 0 || !negated) return undefined;
  return {
    kind: 'match',
    left: comparison.field.expression,
    operator: '!=',
    right: { kind: 'value', value: comparison.value },
  };
}

function elementsOf(
  set: Extract<MatchStatement['right'], { kind: 'set' }>['set'],
  { sets }: Collections,
): readonly SetElement[] {
  if (set.kind === 'anonymous') return set.elements;
  const named = sets.get(set.name);
  if (named === undefined || named.dynamic) throw new Error(`no set ${set.name} with elements of its own`);
  return named.elements;
}

function mapElements(map: Extract<Statement, { kind: 'vmap' }>['map'], { maps }: Collections): readonly MapElement[] {
  if (map.kind === 'anonymous') return map.elements;
  const named = maps.get(map.name);
  if (named === undefined || named.dynamic) throw new Error(`no map ${map.name} with elements of its own`);
  return named.elements;
}

function entryOf(
  fields: ReturnType<typeof keyFields>,
  value: Value,
  element: Pick<SetElement, 'origins' | 'comment'>,
  action: readonly Statement[],
): Entry {
  const { origins, comment } = element;
  return { comparisons: comparisonsOf(fields, value), action, origins, ...(comment === undefined ? {} : { comment }) };
}

function setEntries(key: MatchStatement['left'], elements: readonly SetElement[]): readonly Entry[] {
  const fields = keyFields(key);
  return elements.map((element) => entryOf(fields, element.value, element, []));
}

function verdictEntries(key: MatchStatement['left'], elements: readonly MapElement[]): readonly Entry[] {
  const fields = keyFields(key);
  return elements.map((element) => {
    if (element.data.kind !== 'verdict') throw new Error('a verdict map without verdicts');
    return entryOf(fields, element.key, element, [{ kind: 'verdict', verdict: element.data.verdict }]);
  });
}

const isMapped = ({ address, port }: NatStatement): boolean =>
  [address, port].some((operand) => operand?.kind === 'expression' && operand.expression.kind === 'map');

/** One map for the address and one for the port, with the same keys: an entry of both. */
function translationEntries(nat: NatStatement, collections: Collections): readonly Entry[] {
  const [addresses, ports] = [nat.address, nat.port].map((operand) => {
    if (operand?.kind !== 'expression' || operand.expression.kind !== 'map')
      throw new Error('a translation with only one map');
    return { key: operand.expression.key, elements: mapElements(operand.expression.map, collections) };
  });
  if (addresses === undefined || ports === undefined || textOf(addresses.key) !== textOf(ports.key))
    throw new Error('the maps of a translation have different keys');
  const portOf = new Map(ports.elements.map((element) => [valueKey(element.key), element.data]));
  const fields = keyFields(addresses.key);
  return addresses.elements.flatMap((element) => {
    const port = portOf.get(valueKey(element.key));
    if (element.data.kind !== 'value' || port?.kind !== 'value') return [];
    const action: NatStatement = {
      ...nat,
      address: { kind: 'value', value: element.data.value },
      port: { kind: 'value', value: port.value },
    };
    return [entryOf(fields, element.key, element, [action])];
  });
}
