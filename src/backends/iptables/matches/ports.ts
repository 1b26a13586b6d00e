/** `-m tcp`, `-m udp`, `-m sctp`, `-m dccp`, `-m udplite` and `-m multiport`: ports and TCP flags. */
import { masked, type PayloadProtocol, payload } from '../../../ruleset/expression.ts';
import type { MatchStatement, Statement } from '../../../ruleset/statement.ts';
import { integer, rangeValue } from '../../../ruleset/value.ts';
import { comparedValue, formatNumberRange, integerOf, isMatch, negatable, unmasked } from '../text/format.ts';
import { type MatchModule, type MatchText, matchText, type OptionUse, optionTable, readEach } from '../text/module.ts';
import { parseNumber, parsePorts } from '../text/numbers.ts';
import { portHeader } from '../text/protocols.ts';
import { compare, compareSet, mapAll } from '../text/statements.ts';
import { formatTcpFlags, parseTcpFlags, synFlags } from './tcp-flags.ts';
import { tcpOptionKind, tcpOptionName } from './tcp-options.ts';

const portAliases = {
  sport: 'source-port',
  'source-ports': 'source-port',
  dport: 'destination-port',
  'destination-ports': 'destination-port',
};

/**
 * A port module without options still wants its header: it fails on later fragments, as any port does [143].
 * Said as the whole range of destination ports, which is also how `--dport 0:65535` reads (the kernel lists both alike).
 */
function headerPresent(header: PayloadProtocol): readonly Statement[] {
  const whole = rangeValue(integer(0), integer(65535));
  return [{ kind: 'match', left: payload(header, 'dport'), operator: '==', right: { kind: 'value', value: whole } }];
}

type Readers = Readonly<Record<string, (option: OptionUse) => readonly Statement[] | undefined>>;

const tcpReaders: Readers = {
  'tcp-flags': (option) => readFlags(option, option.values[0] ?? '', option.values[1] ?? ''),
  syn: (option) => readFlags(option, synFlags.mask, synFlags.set),
  'tcp-option': (option) => {
    const kind = parseNumber(option.values[0] ?? '', 255);
    if (kind === undefined) return undefined;
    return compare({ kind: 'tcp-option', name: tcpOptionName(kind), field: undefined }, option, integer(1));
  },
};

const portReaders = (header: PayloadProtocol): Readers => ({
  'source-port': (option) => compare(payload(header, 'sport'), option, parsePorts(option.values[0] ?? '')),
  'destination-port': (option) => compare(payload(header, 'dport'), option, parsePorts(option.values[0] ?? '')),
});

function readFlags(option: OptionUse, maskText: string, setText: string): readonly Statement[] | undefined {
  const mask = parseTcpFlags(maskText);
  const set = parseTcpFlags(setText);
  if (mask === undefined || set === undefined) return undefined;
  return compare(masked(payload('tcp', 'flags'), integer(mask)), option, integer(set));
}

const portOptions = { 'source-port': 1, 'destination-port': 1 };

const portOptionNames: ReadonlyMap<string, string> = new Map([
  ['sport', 'sport'],
  ['dport', 'dport'],
]);

function writePort(header: PayloadProtocol, statement: MatchStatement): MatchText | undefined {
  const { left } = statement;
  const option = left.kind === 'payload' && left.protocol === header ? portOptionNames.get(left.field) : undefined;
  const ports = formatNumberRange(comparedValue(statement), ':');
  if (option === undefined || ports === undefined) return undefined;
  return matchText(header, option, negatable(statement, `--${option} ${ports}`), option === 'sport' ? 0 : 1);
}

function writeTcp(statement: MatchStatement): MatchText | undefined {
  const value = integerOf(comparedValue(statement));
  if (value === undefined) return undefined;
  const { left } = statement;
  if (left.kind === 'tcp-option') {
    const kind = left.field === undefined ? tcpOptionKind(left.name) : undefined;
    if (kind === undefined || value > 1) return undefined;
    const negated = (statement.operator === '!=') !== (value === 0);
    return matchText('tcp', 'tcp-option', `${negated ? '! ' : ''}--tcp-option ${kind}`, 2);
  }
  const { base, mask } = unmasked(left);
  if (base.kind !== 'payload' || base.protocol !== 'tcp' || base.field !== 'flags' || mask?.kind !== 'integer')
    return undefined;
  const maskText = formatTcpFlags(mask.value);
  const setText = formatTcpFlags(value);
  if (maskText === undefined || setText === undefined) return undefined;
  return matchText('tcp', 'tcp-flags', negatable(statement, `--tcp-flags ${maskText} ${setText}`), 3);
}

function portModule(
  name: PayloadProtocol,
  protocol: number,
  others: Readonly<Record<string, number>> = {},
  otherReaders: Readers = {},
): MatchModule {
  const readers = { ...portReaders(name), ...otherReaders };
  return {
    names: [name],
    options: optionTable({ ...portOptions, ...others }, portAliases),
    read: (options, context) => {
      if (context.protocol !== protocol) return undefined;
      return options.length === 0 ? headerPresent(name) : readEach(options, readers, context);
    },
    write: (statement, _next, context) => {
      if (!isMatch(statement) || context.protocol !== protocol) return undefined;
      return writePort(name, statement) ?? (name === 'tcp' ? writeTcp(statement) : undefined);
    },
  };
}

export const tcp = portModule('tcp', 6, { 'tcp-flags': 2, syn: 0, 'tcp-option': 1 }, tcpReaders);
export const udp = portModule('udp', 17);
export const sctp = portModule('sctp', 132, { 'chunk-types': 2 });
export const dccp = portModule('dccp', 33, { 'dccp-types': 1, 'dccp-option': 1 });
export const udplite = portModule('udplite', 136);

/** `--ports` (source or destination) has no single statement and stays unknown. */
export const multiport: MatchModule = {
  names: ['multiport'],
  options: optionTable(
    { 'source-ports': 1, 'destination-ports': 1, ports: 1 },
    { sports: 'source-ports', dports: 'destination-ports' },
  ),
  read: (options, context) => {
    const header = portHeader(context.protocol);
    const option = options[0];
    if (header === undefined || option === undefined || options.length !== 1 || option.name === 'ports')
      return undefined;
    const field = option.name === 'source-ports' ? 'sport' : 'dport';
    return compareSet(payload(header, field), option, mapAll((option.values[0] ?? '').split(','), parsePorts));
  },
  write: (statement, _next, context) => {
    const header = portHeader(context.protocol);
    if (!isMatch(statement) || header === undefined || statement.right.kind !== 'set') return undefined;
    const { left, right } = statement;
    if (left.kind !== 'payload' || left.protocol !== header || right.set.kind !== 'anonymous') return undefined;
    const option = left.field === 'sport' ? 'sports' : left.field === 'dport' ? 'dports' : undefined;
    const ports = mapAll(right.set.elements, (element) => formatNumberRange(element.value, ':'));
    if (option === undefined || ports === undefined || ports.length === 0 || !fitsMultiport(ports)) return undefined;
    const text = negatable(statement, `--${option} ${ports.join(',')}`);
    return { ...matchText('multiport', option, text), alone: true };
  },
};

/** multiport has 15 places; a range takes two. */
const multiportPlaces = 15;

function fitsMultiport(ports: readonly string[]): boolean {
  return ports.reduce((places, text) => places + (text.includes(':') ? 2 : 1), 0) <= multiportPlaces;
}
