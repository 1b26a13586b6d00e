/** `-m iprange`, `-m addrtype` and `-m mac`: address ranges, kinds of address, link-layer sources. */
import { parseMac } from '../../../net/mac.ts';
import { type FibExpression, payload } from '../../../ruleset/expression.ts';
import { integer } from '../../../ruleset/value.ts';
import { parseAddressRange } from '../text/addresses.ts';
import { type MatchModule, type OptionUse, optionTable, readEach } from '../text/module.ts';
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
};

export const mac: MatchModule = {
  names: ['mac'],
  options: optionTable({ 'mac-source': 1 }),
  read: (options) => {
    const option = options[0];
    const address = parseMac(option?.values[0] ?? '');
    if (option === undefined || options.length !== 1 || address === undefined) return undefined;
    return compare(payload('ether', 'saddr'), option, { kind: 'mac', mac: address });
  },
};
