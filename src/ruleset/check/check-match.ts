/** Checks comparisons, lookups and verdict maps. */
import type { Expression, FibExpression } from '../expression.ts';
import { expressionsOf } from '../map-expressions.ts';
import type { Hook } from '../ruleset.ts';
import type { MapReference, SetReference } from '../set.ts';
import type { MatchStatement, Statement, VerdictMapStatement } from '../statement.ts';
import { typeOf } from '../type-of.ts';
import type { DataType } from '../value.ts';
import { checkData } from './check-collection.ts';
import { checkDistinct } from './check-elements.ts';
import type { RuleContext } from './check-rule.ts';
import { checkValue } from './check-value.ts';
import { hooksOf } from './table-view.ts';

export function checkMatch(statement: MatchStatement, context: RuleContext): void {
  checkExpressions(statement, context);
  const { left, right, operator } = statement;
  const { problems, view } = context;
  const types = typeOf(left, view.maps);
  const ordered = operator !== '==' && operator !== '!=';
  if (right.kind === 'bits') {
    if (ordered) problems.add(`bits compared by ${operator}`);
    if (!Number.isInteger(right.bits) || right.bits < 1 || right.bits > 0xffff_ffff)
      problems.add(`no bits of a number: ${right.bits}`);
  } else if (right.kind === 'set') {
    if (ordered) problems.add(`a set compared by ${operator}`);
    checkSetReference(right.set, types, context);
    if (right.set.kind === 'anonymous') checkListable(left, context);
  } else if (right.kind === 'redacted') problems.add(`a blacked-out value: ${right.text}`);
  else {
    checkValue(right.value, types, ordered || types.length > 1 ? 'single' : 'interval', problems);
    if (ordered && right.value.kind !== 'integer' && right.value.kind !== 'address')
      problems.add(`a value of kind ${right.value.kind} compared by ${operator}`);
    if (right.value.kind === 'integer' && right.value.value === 0 && (operator === '<' || operator === '>='))
      problems.add(`a comparison ${operator} 0, which is always the same`);
  }
}

function checkSetReference(set: SetReference, types: readonly DataType[], context: RuleContext): void {
  const { problems, view } = context;
  if (set.kind === 'named') {
    const named = view.sets.get(set.name);
    if (named === undefined) problems.add(`there is no set ${set.name}`);
    else checkKey(named.name, named.keyTypes, types, context);
    return;
  }
  if (set.elements.length === 0) problems.add('an empty set in place');
  for (const { value } of set.elements) checkValue(value, types, 'interval', problems);
  checkDistinct(
    set.elements.map(({ value }) => value),
    false,
    problems,
  );
}

export function checkKey(
  name: string,
  declared: readonly DataType[],
  read: readonly DataType[],
  context: RuleContext,
): void {
  if (declared.join(' . ') !== read.join(' . '))
    context.problems.add(`${name} is keyed by ${declared.join(' . ')} and looked up with ${read.join(' . ')}`);
}

/** nft 1.0.6 lists such sets without the values from the port on; named sets know their types. */
function checkListable(key: Expression, { problems }: RuleContext): void {
  if (key.kind !== 'concat') return;
  if (key.parts.some((part) => part.kind === 'ct' && part.key.startsWith('proto-')))
    problems.add('a set in place keyed by a concatenation with a port of ct, which nft cannot list: use a named set');
}

export function checkVerdictMap(statement: VerdictMapStatement, context: RuleContext): void {
  checkExpressions(statement, context);
  checkMapReference(statement.map, statement.key, 'verdict', context);
}

/** A map of verdicts, or of values of the types that are wanted (undefined: of any). */
export function checkMapReference(
  map: MapReference,
  key: Expression,
  data: 'verdict' | readonly DataType[] | undefined,
  context: RuleContext,
): void {
  const { problems, view } = context;
  const types = typeOf(key, view.maps);
  if (map.kind === 'named') {
    const named = view.maps.get(map.name);
    if (named === undefined) {
      problems.add(`there is no map ${map.name}`);
      return;
    }
    checkKey(named.name, named.keyTypes, types, context);
    const wanted = data === undefined && named.dataTypes !== 'verdict' ? named.dataTypes : data;
    if (`${named.dataTypes}` !== `${wanted}`)
      problems.add(`${named.name} holds ${named.dataTypes} where ${wanted ?? 'values'} are needed`);
    return;
  }
  if (map.elements.length === 0) problems.add('an empty map in place');
  checkListable(key, context);
  for (const element of map.elements) {
    checkValue(element.key, types, 'interval', problems);
    const parts = element.data.kind === 'value' && element.data.value.kind === 'concatenation';
    checkData(element.data, parts ? undefined : data, view, problems);
  }
  checkDistinct(
    map.elements.map((element) => element.key),
    false,
    problems,
  );
}

/** What a statement reads must be there at the hooks of its chain. */
export function checkExpressions(statement: Statement, context: RuleContext): void {
  const { problems, view } = context;
  for (const expression of expressionsOf(statement)) {
    if (expression.kind === 'physdev') problems.add('nftables has no match for bridge ports of iptables');
    if (expression.kind === 'concat' && expression.parts.length < 2) problems.add('a concatenation of one part');
    if (expression.kind === 'fib')
      for (const hook of hooksOf(view, context.chain.name))
        if (!fibHooks(expression).includes(hook)) problems.add(`a look into the routing tables at the hook ${hook}`);
    if (expression.kind === 'ct' && needsDirection.has(expression.key) && expression.direction === undefined)
      problems.add(`ct ${expression.key} without a direction`);
  }
}

const needsDirection: ReadonlySet<string> = new Set([
  'ip saddr',
  'ip daddr',
  'ip6 saddr',
  'ip6 daddr',
  'proto-src',
  'proto-dst',
]);

const incoming: readonly Hook[] = ['ingress', 'prerouting', 'input', 'forward'];
const outgoing: readonly Hook[] = ['forward', 'output', 'postrouting'];

/** Routes are looked up for incoming packets only; types of addresses anywhere, unless for one interface. */
function fibHooks(expression: FibExpression): readonly Hook[] {
  if (expression.result !== 'type' || expression.flags.includes('iif')) return incoming;
  return expression.flags.includes('oif') ? outgoing : [...incoming, ...outgoing];
}
