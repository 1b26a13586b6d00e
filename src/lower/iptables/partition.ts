/** Cuts the values of one field into a few groups, each recognised by one comparison: a block of ports, a prefix, the beginning of a name. */
import { type Address, address, addressBits } from '../../net/address.ts';
import { firstAddress, lastAddress, type Prefix, prefixesOverlap, prefixOf } from '../../net/prefix.ts';
import { addressValue, type Interval, integer, interfaceName, prefixValue, rangeValue } from '../../ruleset/value.ts';
import { type Field, valueKey } from './element.ts';

/** The members (indexes) whose values meet `value`. A value that lies across a border is a member on both sides. */
export interface Group {
  readonly value: Interval;
  readonly members: readonly number[];
}

/** About `fanout` groups; one group where nothing tells the values apart. Members of no group do not exist. */
export function partition(field: Field, values: readonly Interval[], fanout: number, enough: number): readonly Group[] {
  const exact = exactGroups(values);
  if (exact.length === 1) return exact;
  const [first] = values;
  switch (first?.kind === 'range' ? first.first.kind : first?.kind) {
    case 'address':
    case 'prefix':
      return byPrefix(values, fanout, enough);
    case 'name':
      return exact.length <= fanout ? exact : byBeginning(values, fanout, enough);
    case 'integer':
      return isPort(field) ? byBlock(values, fanout) : exact;
    default:
      return exact;
  }
}

function exactGroups(values: readonly Interval[]): readonly Group[] {
  const groups = new Map<string, { value: Interval; members: number[] }>();
  for (const [index, value] of values.entries()) {
    const key = valueKey(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { value, members: [index] });
    else group.members.push(index);
  }
  return [...groups.values()];
}

/** Fields that can be compared with a range. */
export function isPort({ expression }: Field): boolean {
  if (expression.kind === 'ct') return expression.key === 'proto-dst' || expression.key === 'proto-src';
  return expression.kind === 'payload' && (expression.field === 'dport' || expression.field === 'sport');
}

function bounds(value: Interval): readonly [first: number, last: number] {
  if (value.kind === 'integer') return [value.value, value.value];
  if (value.kind === 'range' && value.first.kind === 'integer' && value.last.kind === 'integer')
    return [value.first.value, value.last.value];
  throw new Error('not a number');
}

/** Blocks of numbers with about as many values each. */
function byBlock(values: readonly Interval[], fanout: number): readonly Group[] {
  const ranges = values.map(bounds);
  const starts = [...new Set(ranges.map(([first]) => first))].sort((left, right) => left - right);
  const count = Math.min(fanout, starts.length);
  const borders = Array.from({ length: count }, (_, group) => starts[Math.floor((group * starts.length) / count)] ?? 0);
  return borders.flatMap((border, group) => {
    const end = (borders[group + 1] ?? 65536) - 1;
    const members = [...ranges.keys()].filter((index) => {
      const [first, last] = ranges[index] ?? [0, 0];
      return first <= end && last >= border;
    });
    if (members.length === 0) return [];
    const lowest = Math.max(border, Math.min(...members.map((index) => ranges[index]?.[0] ?? 0)));
    const highest = Math.min(end, Math.max(...members.map((index) => ranges[index]?.[1] ?? 0)));
    const value = lowest === highest ? integer(lowest) : rangeValue(integer(lowest), integer(highest));
    return [{ value, members }];
  });
}

interface PrefixGroup {
  readonly prefix: Prefix;
  readonly members: readonly number[];
}

const asPrefix = (value: Interval): Prefix => {
  if (value.kind === 'prefix') return value.prefix;
  if (value.kind === 'address') return prefixOf(value.address, addressBits(value.address.family));
  throw new Error('not a prefix');
};

/** Halves the largest group at the first bit in which its members differ, again and again. */
function byPrefix(values: readonly Interval[], fanout: number, enough: number): readonly Group[] {
  const prefixes = values.map(asPrefix);
  const all = [...prefixes.keys()];
  const groups: PrefixGroup[] = [{ prefix: common(prefixes, all, undefined), members: all }];
  const done: PrefixGroup[] = [];
  while (groups.length > 0 && groups.length + done.length < fanout) {
    groups.sort((left, right) => right.members.length - left.members.length);
    const largest = groups.shift();
    if (largest === undefined) break;
    const halves = largest.members.length <= enough ? undefined : halve(prefixes, largest);
    if (halves === undefined) done.push(largest);
    else groups.push(...halves);
  }
  return [...done, ...groups]
    .sort((left, right) => (left.prefix.address.value < right.prefix.address.value ? -1 : 1))
    .map(({ prefix, members }) => ({
      value: prefix.length === addressBits(prefix.address.family) ? addressValue(prefix.address) : prefixValue(prefix),
      members,
    }));
}

/** The two halves of a group; undefined when they would not tell any members apart. */
function halve(prefixes: readonly Prefix[], { prefix, members }: PrefixGroup): readonly PrefixGroup[] | undefined {
  const { family, value } = prefix.address;
  const bits = addressBits(family);
  if (prefix.length === bits) return undefined;
  const length = prefix.length + 1;
  const halves = [value, value | (1n << BigInt(bits - length))].map((start) => {
    const half = prefixOf(address(family, start), length);
    return { half, members: members.filter((index) => prefixesOverlap(half, prefixes[index] ?? half)) };
  });
  if (halves.every((half) => half.members.length === members.length)) return undefined;
  return halves
    .filter((half) => half.members.length > 0)
    .map((half) => ({ prefix: common(prefixes, half.members, half.half), members: half.members }));
}

/** The longest prefix that covers all members, as far as they lie in `within`. */
function common(prefixes: readonly Prefix[], members: readonly number[], within: Prefix | undefined): Prefix {
  let first: Address | undefined;
  let last: Address | undefined;
  for (const index of members) {
    const own = prefixes[index];
    if (own === undefined) continue;
    const clipped = within !== undefined && own.length < within.length ? within : own;
    const [low, high] = [firstAddress(clipped), lastAddress(clipped)];
    if (first === undefined || low.value < first.value) first = low;
    if (last === undefined || high.value > last.value) last = high;
  }
  if (first === undefined || last === undefined) throw new Error('no members');
  let length = addressBits(first.family);
  for (let differing = first.value ^ last.value; differing > 0n; differing >>= 1n) length--;
  return prefixOf(first, length);
}

interface NameGroup {
  readonly beginning: string;
  readonly members: readonly number[];
}

/** Splits the largest group by the next character of the names; iptables compares a beginning as `br-4+`. */
function byBeginning(values: readonly Interval[], fanout: number, enough: number): readonly Group[] {
  const names = values.map((value) => (value.kind === 'name' ? value.name : ''));
  let groups: NameGroup[] = [{ beginning: '', members: [...names.keys()] }];
  while (groups.length < fanout) {
    groups.sort((left, right) => right.members.length - left.members.length);
    const [largest, ...others] = groups;
    if (largest === undefined || largest.members.length <= enough) break;
    const parts = splitName(names, largest);
    if (parts === undefined) break;
    groups = [...others, ...parts];
  }
  return groups
    .sort((left, right) => (left.beginning < right.beginning ? -1 : 1))
    .map(({ beginning, members }) => ({ value: interfaceName(wildcard(names, beginning, members)), members }));
}

function splitName(names: readonly string[], { beginning, members }: NameGroup): readonly NameGroup[] | undefined {
  let length = beginning.length;
  for (;;) {
    length++;
    const parts = new Map<string, number[]>();
    for (const index of members) {
      const name = names[index] ?? '';
      // A name that ends here is told from longer ones by its end.
      const key = name.length < length ? `${name}\n` : name.slice(0, length);
      const part = parts.get(key);
      if (part === undefined) parts.set(key, [index]);
      else part.push(index);
    }
    if (parts.size > 1) return [...parts].map(([key, indexes]) => ({ beginning: key, members: indexes }));
    if (length > 16) return undefined;
  }
}

/** The exact name where a group has only one. */
function wildcard(names: readonly string[], beginning: string, members: readonly number[]): string {
  const own = new Set(members.map((index) => names[index] ?? ''));
  const [only = ''] = own;
  return own.size === 1 ? only : `${beginning}*`;
}
