/**
 * One line of a lock file: words separated by single spaces, so that entries sort and merge line by line.
 *
 *     subnet NETWORK FAMILY PREFIX
 *     address NETWORK CONTAINER ADDRESS
 *     port CONTAINER ADDRESS-OR-* PROTOCOL CONTAINER-PORT HOST-PORT
 */
import { type Address, formatAddress, parseAddress } from '../net/address.ts';
import { parsePort } from '../net/port.ts';
import { formatPrefix, hasHostBits, parseInterfaceAddress } from '../net/prefix.ts';
import { isPortProtocol } from '../net/protocol.ts';
import type { LockedAddress, LockedPort, LockedSubnet } from './lock.ts';

/** An entry, with what it is about (`key`, once in a file) and what it gives out (`value`, held by one thing only). */
export type LockEntry = {
  readonly key: string;
  readonly value: string;
} & (
  | { readonly kind: 'subnet'; readonly entry: LockedSubnet }
  | { readonly kind: 'address'; readonly entry: LockedAddress }
  | { readonly kind: 'port'; readonly entry: LockedPort }
);

export function formatSubnet({ network, family, prefix }: LockedSubnet): string {
  return `subnet ${formatName(network)} ${family} ${formatPrefix(prefix)}`;
}

export function formatLockedAddress({ network, container, address }: LockedAddress): string {
  return `address ${formatName(network)} ${formatName(container)} ${formatAddress(address)}`;
}

export function formatPort({ container, listen, protocol, containerPort, hostPort }: LockedPort): string {
  const on = listen === undefined ? '*' : formatAddress(listen);
  return `port ${formatName(container)} ${on} ${protocol} ${containerPort} ${hostPort}`;
}

/** The entry of a line; undefined when it is of none of the three forms. */
export function parseLine(line: string): LockEntry | undefined {
  const [kind, ...words] = line.split(' ');
  switch (kind) {
    case 'subnet':
      return parseSubnet(words);
    case 'address':
      return parseLockedAddress(words);
    case 'port':
      return parseLockedPort(words);
    default:
      return undefined;
  }
}

function parseSubnet(words: readonly string[]): LockEntry | undefined {
  const [name, family, text, ...rest] = words;
  const network = parseName(name);
  const prefix = parseInterfaceAddress(text ?? '');
  if (network === undefined || prefix === undefined || hasHostBits(prefix) || rest.length > 0) return undefined;
  if (family !== prefix.address.family) return undefined;
  const entry = { network, family: prefix.address.family, prefix };
  return { kind: 'subnet', key: `subnet ${network} ${family}`, value: `subnet ${formatPrefix(prefix)}`, entry };
}

function parseLockedAddress(words: readonly string[]): LockEntry | undefined {
  const [networkWord, containerWord, text, ...rest] = words;
  const network = parseName(networkWord);
  const container = parseName(containerWord);
  const address = parseAddress(text ?? '');
  if (network === undefined || container === undefined || address === undefined || rest.length > 0) return undefined;
  const entry = { network, container, address };
  const key = `address ${formatName(network)} ${formatName(container)} ${address.family}`;
  return { kind: 'address', key, value: `address ${formatName(network)} ${formatAddress(address)}`, entry };
}

function parseLockedPort(words: readonly string[]): LockEntry | undefined {
  const [containerWord, on, protocol, containerText, hostText, ...rest] = words;
  const container = parseName(containerWord);
  const listen: Address | undefined = on === '*' ? undefined : parseAddress(on ?? '');
  const containerPort = parsePort(containerText ?? '');
  const hostPort = parsePort(hostText ?? '');
  if (container === undefined || containerPort === undefined || hostPort === undefined || rest.length > 0)
    return undefined;
  if ((on !== '*' && listen === undefined) || protocol === undefined || !isPortProtocol(protocol)) return undefined;
  const entry = { container, listen, protocol, containerPort, hostPort };
  const key = `port ${formatName(container)} ${on === '*' ? on : formatAddress(listen as Address)} ${protocol} ${containerPort}`;
  return { kind: 'port', key, value: `port ${protocol} ${hostPort}`, entry };
}

const needsEncoding = /[\s%]/;

/** Names are written as they are; white space and `%`, which no name of the language holds, would be percent-encoded. */
function formatName(name: string): string {
  return needsEncoding.test(name) ? name.replace(/[\s%]/g, encodeURIComponent) : name;
}

function parseName(word: string | undefined): string | undefined {
  if (word === undefined || word === '') return undefined;
  if (!needsEncoding.test(word)) return word;
  if (/\s/.test(word)) return undefined;
  try {
    return decodeURIComponent(word);
  } catch {
    return undefined;
  }
}
