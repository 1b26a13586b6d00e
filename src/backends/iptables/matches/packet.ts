/** Properties of the packet itself: `-m pkttype`, `length`, `ttl`, `hl`, `dscp`, `tos`, `ecn`, `owner`. */
import { type MetaKey, masked, meta, payload, type RawPayloadExpression } from '../../../ruleset/expression.ts';
import type { MatchOperator, MatchStatement, Statement } from '../../../ruleset/statement.ts';
import { integer, type Value } from '../../../ruleset/value.ts';
import { comparedValue, formatNumberRange, integerOf, isMatch, negatable, unmasked } from '../text/format.ts';
import {
  type MatchModule,
  matchText,
  type OptionUse,
  optionTable,
  type ReadContext,
  readEach,
} from '../text/module.ts';
import { formatHex, parseMasked, parseNumber, parseNumberRange } from '../text/numbers.ts';
import { compare } from '../text/statements.ts';

/** A comparison of a packet's property with one value or range. */
function comparedMeta(statement: Statement, key: MetaKey): { statement: MatchStatement; value: Value } | undefined {
  if (!isMatch(statement) || statement.left.kind !== 'meta' || statement.left.key !== key) return undefined;
  const value = comparedValue(statement);
  return value === undefined ? undefined : { statement, value };
}

/** A comparison of a field of the IP header with a number. */
function comparedField(
  statement: Statement,
  context: ReadContext,
  field: string,
): { statement: MatchStatement; value: number } | undefined {
  if (!isMatch(statement) || statement.left.kind !== 'payload' || statement.left.protocol !== context.family)
    return undefined;
  const value = integerOf(comparedValue(statement));
  return statement.left.field !== field || value === undefined ? undefined : { statement, value };
}

export const packetTypes: ReadonlyMap<string, number> = new Map([
  ['unicast', 0],
  ['host', 0],
  ['broadcast', 1],
  ['bcast', 1],
  ['multicast', 2],
  ['mcast', 2],
]);

const packetTypeNames = ['unicast', 'broadcast', 'multicast'];

export const pkttype: MatchModule = {
  names: ['pkttype'],
  options: optionTable({ 'pkt-type': 1 }),
  read: (options) => {
    const option = options[0];
    const type = packetTypes.get((option?.values[0] ?? '').toLowerCase());
    if (option === undefined || options.length !== 1 || type === undefined) return undefined;
    return compare(meta('pkttype'), option, integer(type));
  },
  write: (statement) => {
    const type = comparedMeta(statement, 'pkttype');
    const name = packetTypeNames[integerOf(type?.value) ?? -1];
    if (type === undefined || name === undefined) return undefined;
    return { ...matchText('pkttype', 'pkt-type', negatable(type.statement, `--pkt-type ${name}`)), alone: true };
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
  write: (statement) => {
    const compared = comparedMeta(statement, 'length');
    const range = formatNumberRange(compared?.value, ':');
    if (compared === undefined || range === undefined) return undefined;
    return { ...matchText('length', 'length', negatable(compared.statement, `--length ${range}`)), alone: true };
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
    write: (statement, _next, context) => {
      if (!isMatch(statement) || statement.left.kind !== 'payload' || context.family !== family) return undefined;
      if (statement.left.protocol !== family || statement.left.field !== field) return undefined;
      const option = hopsOptions[statement.operator];
      const value = statement.right.kind === 'value' ? integerOf(statement.right.value) : undefined;
      if (option === undefined || value === undefined) return undefined;
      return { ...matchText(name, 'hops', negatable(statement, `--${name}-${option} ${value}`)), alone: true };
    },
  };
}

const hopsOptions: Readonly<Record<MatchOperator, string | undefined>> = {
  '==': 'eq',
  '!=': 'eq',
  '<': 'lt',
  '>': 'gt',
  '<=': undefined,
  '>=': undefined,
};

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
  write: (statement, _next, context) => {
    const compared = comparedField(statement, context, 'dscp');
    if (compared === undefined) return undefined;
    const text = negatable(compared.statement, `--dscp ${formatHex(compared.value)}`);
    return { ...matchText('dscp', 'dscp', text), alone: true };
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
  write: (statement, _next, context) => {
    if (!isMatch(statement) || context.family === 'bridge') return undefined;
    const { base, mask } = unmasked(statement.left);
    const byte = trafficClass(context.family);
    if (base.kind !== 'raw-payload' || base.base !== 'nh' || base.offset !== byte.offset || base.length !== byte.length)
      return undefined;
    const value = integerOf(comparedValue(statement));
    if (value === undefined || (mask !== undefined && mask.kind !== 'integer')) return undefined;
    const text = `--tos ${formatHex(value)}/${formatHex(mask?.value ?? 255)}`;
    return { ...matchText('tos', 'tos', negatable(statement, text)), alone: true };
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
  write: (statement, _next, context) => {
    const compared = comparedField(statement, context, 'ecn');
    if (compared === undefined) return undefined;
    const text = negatable(compared.statement, `--ecn-ip-ect ${compared.value}`);
    return { ...matchText('ecn', 'ecn-ip-ect', text), alone: true };
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
  write: (statement) => {
    const user = comparedMeta(statement, 'skuid');
    const compared = user ?? comparedMeta(statement, 'skgid');
    const range = formatNumberRange(compared?.value, '-');
    if (compared === undefined || range === undefined || compared.statement.operator !== '==') return undefined;
    const option = user === undefined ? 'gid-owner' : 'uid-owner';
    return matchText('owner', option, `--${option} ${range}`, user === undefined ? 1 : 0);
  },
};
