/** `-j DNAT`, `SNAT`, `MASQUERADE` and `REDIRECT`. */
import { formatAddress } from '../../../net/address.ts';
import type { NatOperand, NatStatement } from '../../../ruleset/statement.ts';
import { addressValue, rangeValue, type Value } from '../../../ruleset/value.ts';
import { parseFamilyAddress } from '../text/addresses.ts';
import { formatAddressRange, formatNumberRange } from '../text/format.ts';
import {
  type IptablesFamily,
  type OptionUse,
  optionTable,
  type ReadContext,
  type TargetModule,
} from '../text/module.ts';
import { parseNumber, parseNumberRange } from '../text/numbers.ts';
import { portHeader } from '../text/protocols.ts';

interface Destination {
  readonly address: Value | undefined;
  readonly port: Value | undefined;
  readonly shiftBase: number | undefined;
}

/** `A`, `A-B`, with `:PORT`, `:FIRST-LAST` or `:FIRST-LAST/BASE` behind (IPv6 addresses before a port in brackets), or the ports alone. */
export function parseDestination(text: string, family: IptablesFamily): Destination | undefined {
  const split = splitPorts(text, family);
  if (split === undefined) return undefined;
  const address = split.address === '' ? undefined : parseAddresses(split.address, family);
  if (split.address !== '' && address === undefined) return undefined;
  if (split.ports === undefined)
    return address === undefined ? undefined : { address, port: undefined, shiftBase: undefined };
  const slash = split.ports.indexOf('/');
  const port = parsePorts(slash === -1 ? split.ports : split.ports.slice(0, slash));
  const shiftBase = slash === -1 ? undefined : parseNumber(split.ports.slice(slash + 1), 65535);
  if (port === undefined || (slash !== -1 && (shiftBase === undefined || port.kind !== 'range'))) return undefined;
  return { address, port, shiftBase };
}

function splitPorts(text: string, family: IptablesFamily): { address: string; ports: string | undefined } | undefined {
  if (family !== 'ip6') {
    const colon = text.indexOf(':');
    return colon === -1
      ? { address: text, ports: undefined }
      : { address: text.slice(0, colon), ports: text.slice(colon + 1) };
  }
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) return { address: bracketed[1] ?? '', ports: bracketed[2] };
  const portsOnly = /^:(\d[\d/-]*)$/.exec(text);
  if (portsOnly !== null) return { address: '', ports: portsOnly[1] };
  return { address: text, ports: undefined };
}

function parseAddresses(text: string, family: IptablesFamily): Value | undefined {
  const split = text.indexOf('-');
  const first = parseFamilyAddress(split === -1 ? text : text.slice(0, split), family);
  const last = split === -1 ? first : parseFamilyAddress(text.slice(split + 1), family);
  if (first === undefined || last === undefined || first.value > last.value) return undefined;
  return first.value === last.value ? addressValue(first) : rangeValue(addressValue(first), addressValue(last));
}

/** `PORT` or `FIRST-LAST`; both ends have to be written. */
function parsePorts(text: string): Value | undefined {
  return text.startsWith('-') || text.endsWith('-') ? undefined : parseNumberRange(text, '-', 65535);
}

const operand = (value: Value | undefined): NatOperand | undefined =>
  value === undefined ? undefined : { kind: 'value', value };

const flagOptions: readonly (readonly [option: string, flag: NatStatement['flags'][number]])[] = [
  ['random', 'random'],
  ['random-fully', 'fully-random'],
  ['persistent', 'persistent'],
];

function natStatement(
  type: NatStatement['type'],
  to: Destination,
  options: readonly OptionUse[],
): readonly NatStatement[] {
  const used = new Set(options.map((option) => option.name));
  return [
    {
      kind: 'nat',
      type,
      family: undefined,
      address: operand(to.address),
      port: operand(to.port),
      shiftBase: to.shiftBase,
      flags: flagOptions.filter(([option]) => used.has(option)).map(([, flag]) => flag),
    },
  ];
}

const flagTable = { random: 0, 'random-fully': 0, persistent: 0 };
const nothing: Destination = { address: undefined, port: undefined, shiftBase: undefined };

/** DNAT and SNAT: exactly one destination (several were a feature of kernels before 2.6.11). */
function addressTarget(name: 'DNAT' | 'SNAT', type: 'dnat' | 'snat', option: string): TargetModule {
  return {
    names: [name],
    options: optionTable({ [option]: 1, ...flagTable }),
    read: (options, context) => {
      const given = options.filter((use) => use.name === option);
      if (given.length !== 1 || options.some((use) => use.negated)) return undefined;
      const to = parseDestination(given[0]?.values[0] ?? '', context.family);
      if (to === undefined || (type === 'snat' && to.shiftBase !== undefined)) return undefined;
      return natStatement(type, to, options);
    },
    write: (statement, context) => {
      if (statement.kind !== 'nat' || statement.type !== type) return undefined;
      const to = formatDestination(statement, context);
      if (to === undefined || (type === 'snat' && statement.shiftBase !== undefined)) return undefined;
      return joinFlags(`${name} --${option} ${to}`, statement);
    },
  };
}

/** MASQUERADE and REDIRECT: the address is the host's, only ports are given. */
function portTarget(name: 'MASQUERADE' | 'REDIRECT', type: 'masquerade' | 'redirect'): TargetModule {
  return {
    names: [name],
    options: optionTable({ 'to-ports': 1, ...flagTable }),
    read: (options) => {
      const given = options.filter((use) => use.name === 'to-ports');
      if (given.length > 1 || options.some((use) => use.negated)) return undefined;
      if (given.length === 0) return natStatement(type, nothing, options);
      const port = parsePorts(given[0]?.values[0] ?? '');
      return port === undefined ? undefined : natStatement(type, { ...nothing, port }, options);
    },
    write: (statement, context) => {
      if (statement.kind !== 'nat' || statement.type !== type || statement.address !== undefined) return undefined;
      if (statement.port === undefined)
        return statement.shiftBase === undefined ? joinFlags(name, statement) : undefined;
      const ports = formatPorts(statement, context);
      if (ports === undefined || statement.shiftBase !== undefined) return undefined;
      return joinFlags(`${name} --to-ports ${ports}`, statement);
    },
  };
}

export const dnat = addressTarget('DNAT', 'dnat', 'to-destination');
export const snat = addressTarget('SNAT', 'snat', 'to-source');
export const masquerade = portTarget('MASQUERADE', 'masquerade');
export const redirect = portTarget('REDIRECT', 'redirect');

/** The port of a translation; only protocols with ports can have one. */
function formatPorts(statement: NatStatement, context: ReadContext): string | undefined {
  if (statement.port?.kind !== 'value' || portHeader(context.protocol) === undefined) return undefined;
  return formatNumberRange(statement.port.value, '-');
}

/** The inverse of {@link parseDestination}. */
function formatDestination(statement: NatStatement, context: ReadContext): string | undefined {
  const { address, port, shiftBase } = statement;
  const ports = port === undefined ? undefined : formatPorts(statement, context);
  if (port !== undefined && ports === undefined) return undefined;
  const portText = ports === undefined ? '' : `:${ports}${shiftBase === undefined ? '' : `/${shiftBase}`}`;
  if (address === undefined) return portText === '' ? undefined : portText;
  if (address.kind !== 'value') return undefined;
  const single = address.value.kind === 'address' ? formatAddress(address.value.address) : undefined;
  const [first = '', last] = (single ?? formatAddressRange(address.value) ?? '').split('-');
  if (first === '' || (shiftBase !== undefined && ports?.includes('-') !== true)) return undefined;
  const text = last === undefined ? first : `${first}-${last}`;
  return context.family === 'ip6' && portText !== '' ? `[${text}]${portText}` : `${text}${portText}`;
}

const flagsOf: Readonly<Record<NatStatement['type'], readonly NatStatement['flags'][number][]>> = {
  dnat: ['random', 'persistent'],
  snat: ['random', 'fully-random', 'persistent'],
  masquerade: ['random', 'fully-random'],
  redirect: ['random'],
};

/** The target with its flags; undefined when it does not take one of them. */
function joinFlags(text: string, statement: NatStatement): string | undefined {
  if (statement.flags.some((flag) => !flagsOf[statement.type].includes(flag))) return undefined;
  const options = flagOptions.filter(([, flag]) => statement.flags.includes(flag)).map(([option]) => `--${option}`);
  return [text, ...options].join(' ');
}
