/** Properties of the packet itself: `-m pkttype`, `length`, `ttl`, `hl`, `dscp`, `tos`, `ecn`, `owner`. */
import { masked, meta, payload, type RawPayloadExpression } from '../../../ruleset/expression.ts';
import type { MatchOperator, Statement } from '../../../ruleset/statement.ts';
import { integer } from '../../../ruleset/value.ts';
import { type MatchModule, type OptionUse, optionTable, readEach } from '../text/module.ts';
import { parseMasked, parseNumber, parseNumberRange } from '../text/numbers.ts';
import { compare } from '../text/statements.ts';

export const packetTypes: ReadonlyMap<string, number> = new Map([
  ['unicast', 0],
  ['host', 0],
  ['broadcast', 1],
  ['bcast', 1],
  ['multicast', 2],
  ['mcast', 2],
]);

export const pkttype: MatchModule = {
  names: ['pkttype'],
  options: optionTable({ 'pkt-type': 1 }),
  read: (options) => {
    const option = options[0];
    const type = packetTypes.get((option?.values[0] ?? '').toLowerCase());
    if (option === undefined || options.length !== 1 || type === undefined) return undefined;
    return compare(meta('pkttype'), option, integer(type));
  },
};

export const length: MatchModule = {
  names: ['length'],
  options: optionTable({ length: 1 }),
  read: (options) => {
    const option = options[0];
    if (option === undefined || options.length !== 1) return undefined;
    return compare(meta('length'), option, parseNumberRange(option.values[0] ?? '', ':', 65535));
  },
};

/** `-m ttl` and `-m hl`: equal, less than, greater than. */
function hopsModule(name: 'ttl' | 'hl', family: 'ip' | 'ip6', field: string): MatchModule {
  const left = payload(family, field);
  const readWith = (operator: MatchOperator, option: OptionUse): readonly Statement[] | undefined => {
    const value = parseNumber(option.values[0] ?? '', 255);
    if (value === undefined || option.negated) return undefined;
    return [{ kind: 'match', left, operator, right: { kind: 'value', value: integer(value) } }];
  };
  return {
    names: [name],
    options: optionTable({ [`${name}-eq`]: 1, [`${name}-lt`]: 1, [`${name}-gt`]: 1 }, { [name]: `${name}-eq` }),
    read: (options, context) => {
      if (options.length !== 1 || context.family !== family) return undefined;
      return readEach(
        options,
        {
          [`${name}-eq`]: (option) => readWith(option.negated ? '!=' : '==', { ...option, negated: false }),
          [`${name}-lt`]: (option) => readWith('<', option),
          [`${name}-gt`]: (option) => readWith('>', option),
        },
        context,
      );
    },
  };
}

export const ttl = hopsModule('ttl', 'ip', 'ttl');
export const hl = hopsModule('hl', 'ip6', 'hoplimit');

export const dscp: MatchModule = {
  names: ['dscp'],
  options: optionTable({ dscp: 1, 'dscp-class': 1 }),
  read: (options, context) => {
    const option = options[0];
    if (option === undefined || options.length !== 1 || option.name !== 'dscp' || context.family === 'bridge')
      return undefined;
    const value = parseNumber(option.values[0] ?? '', 63);
    return value === undefined ? undefined : compare(payload(context.family, 'dscp'), option, integer(value));
  },
};

/** The byte that holds DSCP and ECN: the second of IPv4's header, bits 4 to 11 of IPv6's. */
export function trafficClass(family: 'ip' | 'ip6'): RawPayloadExpression {
  return { kind: 'raw-payload', base: 'nh', offset: family === 'ip' ? 8 : 4, length: 8 };
}

export const tos: MatchModule = {
  names: ['tos'],
  options: optionTable({ tos: 1 }),
  read: (options, context) => {
    const option = options[0];
    const parsed = parseMasked(option?.values[0] ?? '', 255);
    if (option === undefined || options.length !== 1 || parsed === undefined || context.family === 'bridge')
      return undefined;
    const byte = trafficClass(context.family);
    return compare(parsed.mask === 255 ? byte : masked(byte, integer(parsed.mask)), option, integer(parsed.value));
  },
};

export const ecn: MatchModule = {
  names: ['ecn'],
  options: optionTable({ 'ecn-ip-ect': 1, 'ecn-tcp-cwr': 0, 'ecn-tcp-ece': 0 }),
  read: (options, context) => {
    const option = options[0];
    if (option === undefined || options.length !== 1 || option.name !== 'ecn-ip-ect' || context.family === 'bridge')
      return undefined;
    const value = parseNumber(option.values[0] ?? '', 3);
    return value === undefined ? undefined : compare(payload(context.family, 'ecn'), option, integer(value));
  },
};

/** Only without negation: a packet without a socket fulfils `! --uid-owner`, where the socket's user has no value. */
export const owner: MatchModule = {
  names: ['owner'],
  options: optionTable({ 'uid-owner': 1, 'gid-owner': 1, 'socket-exists': 0, 'suppl-groups': 0 }),
  read: (options, context) => {
    if (options.length === 0 || options.some((option) => option.negated)) return undefined;
    const parse = (text: string) => parseNumberRange(text, '-', 0xffff_fffe);
    return readEach(
      options,
      {
        'uid-owner': (option) => compare(meta('skuid'), option, parse(option.values[0] ?? '')),
        'gid-owner': (option) => compare(meta('skgid'), option, parse(option.values[0] ?? '')),
      },
      context,
    );
  },
};
