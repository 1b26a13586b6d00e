/**
 * Entries as a tree of chains: a packet meets a few comparisons a level, each cutting what is left to a fraction, and at
 * most a handful of entries at the end. The entries must not overlap; without a hit the last chain ends and its caller goes on.
 */
import { payload } from '../../ruleset/expression.ts';
import type { Rule } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import { integer } from '../../ruleset/value.ts';
import { type Comparison, type Entry, type Field, fieldOf, matchOf, valueKey } from './element.ts';
import { type Group, isPort, partition } from './partition.ts';

/** What is known of every packet that comes here: exact values by field. */
export type Known = ReadonlyMap<string, string>;

/** What the tree needs from the table that it becomes part of. */
export interface TreeHost {
  /** Writes a chain and gives its name. */
  readonly chain: (rules: readonly Rule[]) => string;
  /** Rules that go to a chain and, when it ends, return from this one. */
  readonly gotoRules: (matches: readonly MatchStatement[], chain: string) => readonly Rule[];
  /** An entry as rules. */
  readonly entryRules: (matches: readonly MatchStatement[], entry: Entry) => readonly Rule[];
  readonly fanout: number;
}

/** Entries that one chain compares one by one. */
export const leafSize = 16;

/** The rules that look the packet up, for a chain that does nothing else. */
export function dispatch(entries: readonly Entry[], known: Known, host: TreeHost): readonly Rule[] {
  const split =
    entries.length <= leafSize ? undefined : bestSplit(entries, known, childrenOf(entries.length, host.fanout));
  if (split === undefined)
    return entries.flatMap((entry) => host.entryRules(remaining(entry.comparisons, known), entry));
  return split.groups.flatMap((group) => {
    const [only, ...others] = group.members.flatMap((index) => entries[index] ?? []);
    if (only !== undefined && others.length === 0) return host.entryRules(remaining(only.comparisons, known), only);
    const comparison = { field: split.field, value: group.value };
    const tests = [...protocolFor(split.field, entries, known), comparison];
    const inside = new Map(known);
    for (const { field, value } of tests)
      if (value.kind !== 'range' && value.kind !== 'prefix' && !isWildcard(value))
        inside.set(field.id, valueKey(value));
    const members = group.members.flatMap((index) => entries[index] ?? []);
    return host.gotoRules(remaining(tests, known), host.chain(dispatch(members, inside, host)));
  });
}

/** As many children as it takes for as few levels as possible with the last chains full: chains cost time to load. */
function childrenOf(size: number, fanout: number): number {
  const leaves = size / leafSize;
  const levels = Math.max(1, Math.ceil(Math.log(leaves) / Math.log(fanout) - 1e-9));
  return Math.min(fanout, Math.max(2, Math.ceil(leaves ** (1 / levels))));
}

const isWildcard = (value: Comparison['value']): boolean => value.kind === 'name' && value.name.endsWith('*');

interface Split {
  readonly field: Field;
  readonly groups: readonly Group[];
}

/** The field that cuts best: its largest group is the smallest. */
function bestSplit(entries: readonly Entry[], known: Known, fanout: number): Split | undefined {
  let best: (Split & { readonly largest: number }) | undefined;
  const fields = entries[0]?.comparisons.map(({ field }) => field) ?? [];
  for (const [place, field] of fields.entries()) {
    if (known.has(field.id) || (isTransportPort(field) && protocolOf(entries) === undefined && !knowsProtocol(known)))
      continue;
    const values = entries.flatMap((entry) => entry.comparisons[place]?.value ?? []);
    const groups = partition(field, values, fanout, leafSize);
    const largest = Math.max(...groups.map(({ members }) => members.length));
    if (groups.length < 2 || largest === entries.length) continue;
    // Where every value is a group of its own there may be very many: a cut into few is better.
    const cost = largest + (groups.length > fanout ? groups.length : 0);
    if (best === undefined || cost < best.largest) best = { field, groups, largest: cost };
  }
  return best;
}

export const protocolField: Field = fieldOf({ kind: 'meta', key: 'l4proto' });

const isTransportPort = (field: Field): boolean => isPort(field) && field.expression.kind === 'payload';

const knowsProtocol = (known: Known): boolean => known.has(protocolField.id);

/** The protocol of all entries, where they have the same. */
function protocolOf(entries: readonly Entry[]): Comparison | undefined {
  const own = (entry: Entry | undefined) => entry?.comparisons.find(({ field }) => field.id === protocolField.id);
  const first = own(entries[0]);
  if (first === undefined) return undefined;
  const key = valueKey(first.value);
  return entries.every((entry) => valueKey(own(entry)?.value ?? first.value) === key) ? first : undefined;
}

/** A port is compared with `-p`. */
function protocolFor(field: Field, entries: readonly Entry[], known: Known): readonly Comparison[] {
  if (!isTransportPort(field)) return [];
  const protocol = protocolOf(entries);
  return protocol === undefined || knowsProtocol(known) ? [] : [protocol];
}

const portHeaders: ReadonlyMap<string, 'tcp' | 'udp' | 'sctp' | 'dccp' | 'udplite'> = new Map([
  [valueKey(integer(6)), 'tcp'],
  [valueKey(integer(17)), 'udp'],
  [valueKey(integer(132)), 'sctp'],
  [valueKey(integer(33)), 'dccp'],
  [valueKey(integer(136)), 'udplite'],
]);

/** The comparisons that are not known to hold, with the ports of a known protocol as that protocol's. */
function remaining(comparisons: readonly Comparison[], known: Known): readonly MatchStatement[] {
  const ported = comparisons.some(({ field }) => isTransportPort(field));
  const own = comparisons.find(({ field }) => field.id === protocolField.id);
  const protocol = own === undefined ? known.get(protocolField.id) : valueKey(own.value);
  const kept = comparisons.filter(
    ({ field, value }) => known.get(field.id) !== valueKey(value) || (ported && field.id === protocolField.id),
  );
  const matches = kept.map(matchOf);
  if (!ported || own !== undefined || protocol === undefined)
    return matches.map((match) => withHeader(match, protocol));
  const said: MatchStatement = {
    kind: 'match',
    left: protocolField.expression,
    operator: '==',
    right: { kind: 'value', value: integer(Number(protocol)) },
  };
  return [said, ...matches.map((match) => withHeader(match, protocol))];
}

/** `th dport` of a known protocol is `tcp dport`. */
export function withHeader(match: MatchStatement, protocol: string | undefined): MatchStatement {
  const { left } = match;
  const header = protocol === undefined ? undefined : portHeaders.get(protocol);
  if (header === undefined || left.kind !== 'payload' || left.protocol !== 'th') return match;
  return { ...match, left: payload(header, left.field) };
}

/** What plain comparisons in front of a lookup make known. */
export function knownOf(matches: readonly Statement[]): Known {
  const known = new Map<string, string>();
  for (const statement of matches)
    if (statement.kind === 'match' && statement.operator === '==' && statement.right.kind === 'value')
      known.set(fieldOf(statement.left).id, valueKey(statement.right.value));
  return known;
}
