/** `-m iprange`, `-m addrtype` and `-m mac`: address ranges, kinds of address, link-layer sources. */
import { parseMac } from '../../../net/mac.ts';
import { type FibExpression, payload } from '../../../ruleset/expression.ts';
import type { MatchStatement } from '../../../ruleset/statement.ts';
import { integer } from '../../../ruleset/value.ts';
import { parseAddressRange } from '../text/addresses.ts';
import { comparedValue, formatAddressRange, integerOf, isMatch, negatable } from '../text/format.ts';
import {
  type MatchModule,
  type MatchText,
  matchText,
  type OptionUse,
  optionTable,
  type ReadContext,
  readEach,
} from '../text/module.ts';
import { compareRedacted, isRedactedMac, redactedText } from '../text/redacted.ts';
import { compare, compareSet, mapAll } from '../text/statements.ts';

export const iprange: MatchModule = {
  names: ['iprange'],
  options: optionTable({ 'src-range': 1, 'dst-range': 1 }),
  read: (options, context) => {
    if (options.length === 0 || context.family === 'bridge') return undefined;
    const { family } = context;
    return readEach(
      options,
      {
        'src-range': (option) =>
          compare(payload(family, 'saddr'), option, parseAddressRange(option.values[0] ?? '', family)),
        'dst-range': (option) =>
          compare(payload(family, 'daddr'), option, parseAddressRange(option.values[0] ?? '', family)),
      },
      context,
    );
  },
  write: (statement, _next, context) => {
    if (!isMatch(statement) || statement.left.kind !== 'payload' || statement.left.protocol !== context.family)
      return undefined;
    const { field } = statement.left;
    const option = field === 'saddr' ? 'src-range' : field === 'daddr' ? 'dst-range' : undefined;
    const range = formatAddressRange(comparedValue(statement));
    if (option === undefined || range === undefined) return undefined;
    return matchText('iprange', option, negatable(statement, `--${option} ${range}`), option === 'src-range' ? 0 : 1);
  },
};

/** Kinds of address as routing tables have them (RTN_*). */
export const addressTypes: ReadonlyMap<string, number> = new Map([
  ['UNSPEC', 0],
  ['UNICAST', 1],
  ['LOCAL', 2],
  ['BROADCAST', 3],
  ['ANYCAST', 4],
  ['MULTICAST', 5],
  ['BLACKHOLE', 6],
  ['UNREACHABLE', 7],
  ['PROHIBIT', 8],
  ['THROW', 9],
  ['NAT', 10],
  ['XRESOLVE', 11],
]);

function readAddressType(field: 'saddr' | 'daddr', limit: readonly ('iif' | 'oif')[], option: OptionUse) {
  const left: FibExpression = { kind: 'fib', flags: [field, ...limit], result: 'type' };
  const types = mapAll((option.values[0] ?? '').split(','), (name) => {
    const type = addressTypes.get(name.toUpperCase());
    return type === undefined ? undefined : integer(type);
  });
  if (types === undefined || types.length !== 1) return compareSet(left, option, types);
  return compare(left, option, types[0]);
}

/** `--limit-iface-in` and `--limit-iface-out` look only at addresses of that interface [139]. */
export const addrtype: MatchModule = {
  names: ['addrtype'],
  options: optionTable({ 'src-type': 1, 'dst-type': 1, 'limit-iface-in': 0, 'limit-iface-out': 0 }),
  read: (options, context) => {
    const limits = options.filter((option) => option.name.startsWith('limit-'));
    const types = options.filter((option) => !option.name.startsWith('limit-'));
    if (types.length === 0 || limits.length > 1 || limits.some((option) => option.negated)) return undefined;
    const limit = limits.map((option) => (option.name === 'limit-iface-in' ? 'iif' : 'oif'));
    return readEach(
      types,
      {
        'src-type': (option) => readAddressType('saddr', limit, option),
        'dst-type': (option) => readAddressType('daddr', limit, option),
      },
      context,
    );
  },
  write: (statement, _next, context) => (isMatch(statement) ? writeAddressType(statement, context) : undefined),
};

export const mac: MatchModule = {
  names: ['mac'],
  options: optionTable({ 'mac-source': 1 }),
  read: (options) => {
    const option = options[0];
    const address = parseMac(option?.values[0] ?? '');
    if (option === undefined || options.length !== 1) return undefined;
    const [text = ''] = option.values;
    if (isRedactedMac(text)) return [compareRedacted(payload('ether', 'saddr'), option, text)];
    if (address === undefined) return undefined;
    return compare(payload('ether', 'saddr'), option, { kind: 'mac', mac: address });
  },
  write: (statement) => {
    if (!isMatch(statement) || statement.left.kind !== 'payload' || statement.left.protocol !== 'ether')
      return undefined;
    const value = comparedValue(statement);
    const text = redactedText(statement) ?? (value?.kind === 'mac' ? value.mac : undefined);
    if (statement.left.field !== 'saddr' || text === undefined) return undefined;
    return matchText('mac', 'mac-source', negatable(statement, `--mac-source ${text}`));
  },
};

const typeNames = new Map([...addressTypes].map(([name, type]) => [type, name]));

/** The kernel compares no IPv6 address with BROADCAST, BLACKHOLE, PROHIBIT and what comes behind it. */
const notForIpv6: ReadonlySet<number> = new Set([3, 6, 8, 9, 10, 11]);

/** A limit concerns every type of its module, so such an option stands alone. */
function writeAddressType(statement: MatchStatement, context: ReadContext): MatchText | undefined {
  const { left, right } = statement;
  if (left.kind !== 'fib' || left.result !== 'type') return undefined;
  const [field, limit, ...others] = left.flags;
  const option = field === 'saddr' ? 'src-type' : field === 'daddr' ? 'dst-type' : undefined;
  if (option === undefined || others.length > 0 || (limit !== undefined && limit !== 'iif' && limit !== 'oif'))
    return undefined;
  const single = comparedValue(statement);
  const values =
    right.kind === 'set' && right.set.kind === 'anonymous'
      ? right.set.elements.map((element) => element.value)
      : single === undefined
        ? []
        : [single];
  const names = mapAll(values, (value) => {
    const type = integerOf(value) ?? -1;
    return context.family === 'ip6' && notForIpv6.has(type) ? undefined : typeNames.get(type);
  });
  if (names === undefined || names.length === 0) return undefined;
  const limitText = limit === undefined ? '' : limit === 'iif' ? ' --limit-iface-in' : ' --limit-iface-out';
  const text = `${negatable(statement, `--${option} ${names.join(',')}`)}${limitText}`;
  return { ...matchText('addrtype', option, text, option === 'src-type' ? 0 : 1), alone: limit !== undefined };
}
