/** The TCP connections of this network namespace, as /proc tells them: by the number that a process's descriptor has as well. */
import { endianness } from 'node:os';
import { join } from 'node:path';
import { type Address, address } from '../net/address.ts';
import { readText } from './proc-text.ts';

/** A connection as this machine sees it. */
export interface Ends {
  readonly remote: Address;
  readonly remotePort: number;
  readonly local: Address;
  readonly localPort: number;
}

export interface Sockets {
  readonly byInode: ReadonlyMap<string, Ends>;
  /** Ports that somebody listens on: a connection to one of them came in, all others went out. */
  readonly listening: ReadonlySet<number>;
}

/** States of proc_net_tcp(5), in hexadecimal. */
const established = '01';
const listens = '0A';

export function establishedSockets(proc: string): Sockets {
  const byInode = new Map<string, Ends>();
  const listening = new Set<number>();
  for (const file of ['tcp', 'tcp6']) {
    for (const line of readText(join(proc, 'net', file))
      .split('\n')
      .slice(1)) {
      const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [to, from] = [endOf(local), endOf(remote)];
      if (from === undefined || to === undefined) continue;
      if (state === listens) listening.add(to.port);
      if (state === established)
        byInode.set(inode, { remote: from.address, remotePort: from.port, local: to.address, localPort: to.port });
    }
  }
  return { byInode, listening };
}

/** IPv4 in IPv6 is IPv4: a server that listens for both sees both so. */
export function plainAddress(given: Address): Address {
  const isMapped = given.family === 'ipv6' && given.value >> 32n === 0xffffn;
  return isMapped ? address('ipv4', given.value & 0xffff_ffffn) : given;
}

/** An address and port in hexadecimal, each 32-bit word of the address in the machine's order. */
function endOf(text: string): { readonly address: Address; readonly port: number } | undefined {
  const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(text);
  if (match === null) return undefined;
  const words = (match[1] ?? '').match(/.{8}/g) ?? [];
  const value = BigInt(`0x${words.map(inNetworkOrder).join('')}`);
  const port = Number.parseInt(match[2] ?? '', 16);
  return { address: plainAddress(address(words.length === 1 ? 'ipv4' : 'ipv6', value)), port };
}

function inNetworkOrder(word: string): string {
  return endianness() === 'BE' ? word : (word.match(/../g) ?? []).reverse().join('');
}
