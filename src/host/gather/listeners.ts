/** Sockets that take packets of strangers, from /proc/net/{tcp,tcp6,udp,udp6} of the runner's namespace. */
import { type Address, address } from '../../net/address.ts';
import type { Listener, Missing } from './gathered.ts';
import type { Gathered } from './part.ts';
import { failureOf, type Runner } from './runner.ts';

const files = [
  { protocol: 'tcp', path: '/proc/net/tcp' },
  { protocol: 'tcp', path: '/proc/net/tcp6' },
  { protocol: 'udp', path: '/proc/net/udp' },
  { protocol: 'udp', path: '/proc/net/udp6' },
] as const;

export async function gatherListeners(runner: Runner): Promise<Gathered<readonly Listener[]>> {
  const listeners: Listener[] = [];
  const missing: Missing[] = [];
  const results = await Promise.all(files.map(({ path }) => runner('cat', [path], { maximumOutput: 256 << 20 })));
  for (const [index, result] of results.entries()) {
    const { protocol, path } = files[index] ?? files[0];
    if (result.kind === 'exited' && result.status === 0) listeners.push(...parseSockets(result.stdout, protocol));
    else if (!isNoIpv6(path, result)) missing.push(failureOf('listeners', `cat ${path}`, result));
  }
  return { value: missing.length === files.length ? undefined : listeners, missing };
}

function isNoIpv6(path: string, result: { readonly kind: string; readonly stderr?: string }): boolean {
  return path.endsWith('6') && result.kind === 'exited' && /no such file/i.test(result.stderr ?? '');
}

/** TCP_LISTEN, and for UDP a socket that is connected to nobody. */
const openState = { tcp: '0A', udp: '07' } as const;

/** One socket a line: number, local address and port in hexadecimal, remote ones, state, queues, timers, retransmits, user. */
export function parseSockets(text: string, protocol: Listener['protocol']): readonly Listener[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , user = ''] = line.trim().split(/\s+/);
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(local);
    if (match === null || state !== openState[protocol]) return [];
    const port = Number.parseInt(match[2] ?? '', 16);
    return port === 0 ? [] : [{ protocol, address: socketAddress(match[1] ?? ''), port, user: Number(user) }];
  });
}

/** The kernel prints each 32-bit word of an address as a number of the machine's, little endian on what Node.js runs on. */
function socketAddress(text: string): Address {
  const words = text.match(/.{8}/g) ?? [];
  const swapped = words.map((word) => (word.match(/../g) ?? []).reverse().join('')).join('');
  return address(text.length === 8 ? 'ipv4' : 'ipv6', BigInt(`0x${swapped}`));
}
