/** `-m conntrack` and its older spelling `-m state`: what a packet's connection is. */
import { formatAddress } from '../../../net/address.ts';
import { type ConntrackExpression, ct } from '../../../ruleset/expression.ts';
import type { MatchStatement } from '../../../ruleset/statement.ts';
import { integer, type Value } from '../../../ruleset/value.ts';
import { parseMaskedAddress } from '../text/addresses.ts';
import {
  comparedValue,
  formatAddressOrPrefix,
  formatNumberRange,
  integerOf,
  isMatch,
  negatable,
  unmasked,
} from '../text/format.ts';
import {
  type MatchModule,
  type MatchText,
  matchText,
  type OptionUse,
  optionTable,
  type ReadContext,
  readEach,
} from '../text/module.ts';
import { parsePorts } from '../text/numbers.ts';
import { parseProtocol } from '../text/protocols.ts';
import { compare } from '../text/statements.ts';
import { formatBits, natStatusBits, stateBits, statesWithoutEntry, statusBits } from './conntrack-bits.ts';

type Read = readonly MatchStatement[] | undefined;

function bitsOf(text: string, names: ReadonlyMap<string, number>): number | undefined {
  let bits = 0;
  for (const name of text.split(',')) {
    const bit = names.get(name.toUpperCase());
    if (bit === undefined) return undefined;
    bits |= bit;
  }
  return bits;
}

function hasAny(key: 'state' | 'status', option: OptionUse, bits: number | undefined): Read {
  if (bits === undefined || bits === 0) return undefined;
  return [{ kind: 'match', left: ct(key), operator: option.negated ? '!=' : '==', right: { kind: 'bits', bits } }];
}

/**
 * States, or the pseudo states SNAT and DNAT, which are status bits. Both kinds in one list mean "or", which no single
 * statement says, and `! --ctstate DNAT` holds for packets without an entry, where a status has no value: unknown.
 */
function readState(option: OptionUse): Read {
  const text = option.values[0] ?? '';
  const states = bitsOf(text, stateBits);
  if (states !== undefined) return hasAny('state', option, states);
  return option.negated ? undefined : hasAny('status', option, bitsOf(text, natStatusBits));
}

function readAddress(
  key: 'saddr' | 'daddr',
  direction: 'original' | 'reply',
  option: OptionUse,
  context: ReadContext,
): Read {
  const left = ct(context.family === 'ip6' ? `ip6 ${key}` : `ip ${key}`, direction);
  const comparison = parseMaskedAddress(option.values[0] ?? '', context.family, left);
  return comparison === undefined ? undefined : compare(comparison.left, option, comparison.value);
}

function readPort(key: 'proto-src' | 'proto-dst', direction: 'original' | 'reply', option: OptionUse): Read {
  return compare(ct(key, direction), option, parsePorts(option.values[0] ?? ''));
}

function readProtocol(option: OptionUse): Read {
  const protocol = parseProtocol(option.values[0] ?? '');
  return protocol === undefined ? undefined : compare(ct('protocol', 'original'), option, integer(protocol));
}

const ctDirections: ReadonlyMap<string, number> = new Map([
  ['ORIGINAL', 0],
  ['REPLY', 1],
]);

function readDirection(option: OptionUse): Read {
  const direction = ctDirections.get((option.values[0] ?? '').toUpperCase());
  return direction === undefined ? undefined : compare(ct('direction'), option, integer(direction));
}

/** All options of the module by their canonical names. */
const readers: Readonly<Record<string, (option: OptionUse, context: ReadContext) => Read>> = {
  ctstate: readState,
  ctproto: readProtocol,
  ctstatus: (option) => hasAny('status', option, bitsOf(option.values[0] ?? '', statusBits)),
  ctdir: readDirection,
  ctorigsrc: (option, context) => readAddress('saddr', 'original', option, context),
  ctorigdst: (option, context) => readAddress('daddr', 'original', option, context),
  ctreplsrc: (option, context) => readAddress('saddr', 'reply', option, context),
  ctrepldst: (option, context) => readAddress('daddr', 'reply', option, context),
  ctorigsrcport: (option) => readPort('proto-src', 'original', option),
  ctorigdstport: (option) => readPort('proto-dst', 'original', option),
  ctreplsrcport: (option) => readPort('proto-src', 'reply', option),
  ctrepldstport: (option) => readPort('proto-dst', 'reply', option),
};

/** Whether a `ct state` match can hold for a packet without a conntrack entry. */
export function admitsPacketsWithoutEntry(statement: MatchStatement): boolean {
  if (statement.left.kind !== 'ct' || statement.left.key !== 'state' || statement.right.kind !== 'bits') return false;
  const covered = statement.right.bits & statesWithoutEntry;
  return statement.operator === '==' ? covered !== 0 : covered !== statesWithoutEntry;
}

/**
 * For a packet without an entry the module looks at nothing but `--ctstate` (`--ctstate INVALID --ctorigdstport 80` holds
 * for every invalid packet), so further options only read as statements when the state excludes such packets.
 */
function read(options: readonly OptionUse[], context: ReadContext): Read {
  const statements = readEach(options, readers, context);
  if (statements === undefined || statements.length === 0) return undefined;
  if (statements.length > 1 && statements.some(admitsPacketsWithoutEntry)) return undefined;
  return statements;
}

/** The order in which the module lists its options. */
const listed: readonly string[] = [
  'ctstate',
  'ctproto',
  'ctorigsrc',
  'ctorigdst',
  'ctreplsrc',
  'ctrepldst',
  'ctorigsrcport',
  'ctorigdstport',
  'ctreplsrcport',
  'ctrepldstport',
  'ctstatus',
  'ctdir',
];

/** The options of addresses and ports by key and direction. */
const tupleOptions: ReadonlyMap<string, string> = new Map([
  ['saddr', 'src'],
  ['daddr', 'dst'],
  ['proto-src', 'srcport'],
  ['proto-dst', 'dstport'],
]);

const optionText = (statement: MatchStatement, option: string, value: string): MatchText =>
  matchText('conntrack', option, negatable(statement, `--${option} ${value}`), listed.indexOf(option));

function write(statement: MatchStatement): MatchText | undefined {
  const { base, mask } = unmasked(statement.left);
  if (base.kind !== 'ct') return undefined;
  if (statement.right.kind === 'bits' && mask === undefined) return writeBits(statement, base, statement.right.bits);
  const value = comparedValue(statement);
  const number = integerOf(value);
  if (base.key === 'protocol' && base.direction === 'original' && number !== undefined && mask === undefined)
    return optionText(statement, 'ctproto', `${number}`);
  if (base.key === 'direction' && number !== undefined && number <= 1 && mask === undefined)
    return optionText(statement, 'ctdir', number === 0 ? 'ORIGINAL' : 'REPLY');
  return writeTuple(statement, base, value, mask);
}

function writeBits(statement: MatchStatement, base: ConntrackExpression, bits: number): MatchText | undefined {
  if (base.key === 'state') {
    const names = formatBits(bits, stateBits);
    if (names === undefined) return undefined;
    return { ...optionText(statement, 'ctstate', names), alone: admitsPacketsWithoutEntry(statement) };
  }
  if (base.key !== 'status') return undefined;
  const nat = statement.operator === '==' ? formatBits(bits, natStatusBits) : undefined;
  if (nat !== undefined) return optionText(statement, 'ctstate', nat);
  const names = formatBits(bits, statusBits);
  return names === undefined ? undefined : optionText(statement, 'ctstatus', names);
}

function writeTuple(
  statement: MatchStatement,
  base: ConntrackExpression,
  value: Value | undefined,
  mask: Value | undefined,
): MatchText | undefined {
  const suffix = tupleOptions.get(base.key.replace(/^ip6? /, ''));
  const isPort = base.key.startsWith('proto-');
  const text = isPort ? formatNumberRange(value, ':') : formatAddressOrPrefix(value);
  if (suffix === undefined || text === undefined || base.direction === undefined) return undefined;
  if (mask !== undefined && (isPort || mask.kind !== 'address' || value?.kind !== 'address')) return undefined;
  const masked = mask?.kind === 'address' ? `${text}/${formatAddress(mask.address)}` : text;
  return optionText(statement, `ct${base.direction === 'original' ? 'orig' : 'repl'}${suffix}`, masked);
}

export const conntrack: MatchModule = {
  names: ['conntrack', 'state'],
  options: optionTable(
    {
      ctstate: 1,
      ctproto: 1,
      ctorigsrc: 1,
      ctorigdst: 1,
      ctreplsrc: 1,
      ctrepldst: 1,
      ctorigsrcport: 1,
      ctorigdstport: 1,
      ctreplsrcport: 1,
      ctrepldstport: 1,
      ctstatus: 1,
      ctexpire: 1,
      ctdir: 1,
    },
    { state: 'ctstate' },
  ),
  read,
  write: (statement) => (isMatch(statement) ? write(statement) : undefined),
};
