/** `-j DNAT`, `SNAT`, `MASQUERADE` and `REDIRECT`. */
import type { NatOperand, NatStatement } from '../../../ruleset/statement.ts';
import { addressValue, rangeValue, type Value } from '../../../ruleset/value.ts';
import { parseFamilyAddress } from '../text/addresses.ts';
import { type IptablesFamily, type OptionUse, optionTable, type TargetModule } from '../text/module.ts';
import { parseNumber, parseNumberRange } from '../text/numbers.ts';

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
  if (port === undefined || (slash !== -1 && shiftBase === undefined)) return undefined;
  return { address, port, shiftBase };
}

function splitPorts(text: string, family: IptablesFamily): { address: string; ports: string | undefined } | undefined {
  if (family !== 'ip6') {
    const colon = text.indexOf(':');
    return colon === -1
      ? { address: text, ports: undefined }
      : { address: text.slice(0, colon), ports: text.slice(colon + 1) };
  }
  const bracketed = /^\[([^\]]*)\](?:-\[([^\]]*)\])?(?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, first = '', last, ports] = bracketed;
    return { address: last === undefined ? first : `${first}-${last}`, ports };
  }
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
  };
}

export const dnat = addressTarget('DNAT', 'dnat', 'to-destination');
export const snat = addressTarget('SNAT', 'snat', 'to-source');
export const masquerade = portTarget('MASQUERADE', 'masquerade');
export const redirect = portTarget('REDIRECT', 'redirect');
