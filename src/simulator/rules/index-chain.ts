/**
 * An index over the rules of a chain: where nearly all rules ask for one value of one field (a port, an address, an interface), the
 * few that may match a packet are found by that value instead of walking past all others. Law: the same as the walk. A rule is
 * passed over only when the field differs, and when nothing that stands before that match has an effect or can be unknown.
 */
import type { Expression } from '../../ruleset/expression.ts';
import type { Rule } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import type { Value } from '../../ruleset/value.ts';
import type { Datum } from '../packet/datum.ts';
import { hasPorts } from '../packet/packet.ts';
import type { ChainIndex, CompiledRule } from './chains.ts';
import type { EvaluationContext } from './context.ts';
import { compileInterval } from './interval.ts';

/** Chains shorter than this are walked. */
const leastRules = 12;
/** At most so many rules may have to be looked at whatever the packet. */
const mostOthers = 64;

type Field = 'source' | 'destination' | 'source port' | 'destination port' | 'input' | 'output';

const fields: readonly Field[] = ['destination port', 'destination', 'source', 'source port', 'input', 'output'];

/** The value that a packet has; undefined: none, so that no match on the field holds. */
const readers: Readonly<Record<Field, (context: EvaluationContext) => Datum | undefined>> = {
  source: ({ packet }) => (packet.family === 'arp' ? undefined : packet.source),
  destination: ({ packet }) => (packet.family === 'arp' ? undefined : packet.destination),
  'source port': ({ packet }) => (readsPorts(packet) ? packet.sourcePort : undefined),
  'destination port': ({ packet }) => (readsPorts(packet) ? packet.destinationPort : undefined),
  input: ({ input }) => input?.name ?? '',
  output: ({ output }) => output?.name ?? '',
};

function readsPorts(packet: EvaluationContext['packet']): boolean {
  return packet.family !== 'arp' && hasPorts(packet.protocol) && packet.hasTransport();
}

/** An index, where one helps. `rules` and `compiled` are of the same chain. */
export function indexChain(rules: readonly Rule[], compiled: readonly CompiledRule[]): ChainIndex | undefined {
  if (rules.length < leastRules) return undefined;
  let best: { readonly field: Field; readonly values: readonly (readonly Datum[] | undefined)[] } | undefined;
  let fewest = Math.min(mostOthers, rules.length / 2);
  for (const field of fields) {
    const values = rules.map(({ statements }) => valuesOf(statements, field));
    const others = values.filter((value) => value === undefined).length;
    const distinct = new Set(values.flatMap((value) => value ?? [])).size;
    if (others + rules.length / Math.max(1, distinct) >= fewest) continue;
    fewest = others + rules.length / Math.max(1, distinct);
    best = { field, values };
  }
  return best === undefined ? undefined : build(best.field, best.values, compiled);
}

function build(
  field: Field,
  values: readonly (readonly Datum[] | undefined)[],
  rules: readonly CompiledRule[],
): ChainIndex {
  const others = rules.filter((_, place) => values[place] === undefined);
  const places = new Map<Datum, number[]>();
  for (const [place, asked] of values.entries()) {
    for (const value of new Set(asked)) {
      const list = places.get(value);
      if (list === undefined) places.set(value, [place]);
      else list.push(place);
    }
  }
  const otherPlaces = [...values.keys()].filter((place) => values[place] === undefined);
  const selected = new Map(
    [...places].map(([value, own]) => [value, merged(own, otherPlaces).flatMap((place) => rules[place] ?? [])]),
  );
  const read = readers[field];
  return (context) => {
    const value = read(context);
    return value === undefined ? others : (selected.get(value) ?? others);
  };
}

function merged(left: readonly number[], right: readonly number[]): number[] {
  return [...left, ...right].sort((a, b) => a - b);
}

/** The values of a field for which a rule may match; undefined when it has to be looked at for any. */
function valuesOf(statements: readonly Statement[], field: Field): readonly Datum[] | undefined {
  for (const statement of statements) {
    if (statement.kind !== 'match' || !isSafe(statement.left)) return undefined;
    if (fieldOf(statement.left) === field) {
      const values = exactValues(statement);
      if (values !== undefined) return values;
    }
  }
  return undefined;
}

function fieldOf(left: Expression): Field | undefined {
  if (left.kind === 'meta') return left.key === 'iifname' ? 'input' : left.key === 'oifname' ? 'output' : undefined;
  if (left.kind !== 'payload') return undefined;
  switch (left.protocol) {
    case 'ip':
    case 'ip6':
      return left.field === 'saddr' ? 'source' : left.field === 'daddr' ? 'destination' : undefined;
    case 'tcp':
    case 'udp':
    case 'udplite':
    case 'sctp':
    case 'dccp':
      return left.field === 'sport' ? 'source port' : left.field === 'dport' ? 'destination port' : undefined;
    default:
      return undefined;
  }
}

/** Single values, not intervals. */
function exactValues({ operator, right }: MatchStatement): readonly Datum[] | undefined {
  if (operator !== '==') return undefined;
  if (right.kind === 'value') return exact([right.value]);
  if (right.kind === 'set' && right.set.kind === 'anonymous')
    return exact(right.set.elements.map(({ value }) => value));
  return undefined;
}

function exact(values: readonly Value[]): readonly Datum[] | undefined {
  const data: Datum[] = [];
  for (const value of values) {
    if (value.kind === 'concatenation') return undefined;
    const interval = compileInterval(value);
    if (interval.kind !== 'exact') return undefined;
    data.push(interval.value);
  }
  return data;
}

const safeMeta: ReadonlySet<string> = new Set([
  'iifname',
  'oifname',
  'l4proto',
  'nfproto',
  'protocol',
  'pkttype',
  'mark',
]);

/** Whether reading a field has no effect and always gives what is known. */
export function isSafe(left: Expression): boolean {
  switch (left.kind) {
    case 'payload':
      return fieldOf(left) !== undefined || (left.protocol === 'ip' && left.field === 'protocol');
    case 'meta':
      return safeMeta.has(left.key);
    case 'ct':
      return left.key === 'state' || left.key === 'status' || left.key === 'direction' || left.key === 'mark';
    case 'fib':
    case 'physdev':
      return true;
    case 'concat':
      return left.parts.every(isSafe);
    default:
      return false;
  }
}
