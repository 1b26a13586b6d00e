/** The connection that this login came by: from SSH_CONNECTION, or from the sockets of the processes above, since sudo drops the variable. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Address, address, parseAddress } from '../net/address.ts';

export interface Login {
  readonly remote: Address;
  readonly remotePort: number;
  readonly local: Address;
  readonly localPort: number;
  /** When the process that holds the connection was started, milliseconds since 1970. */
  readonly since: number | undefined;
}

/** Undefined on a console, in a job, and wherever else nobody logged in over the network. */
export function findLogin(environment: NodeJS.ProcessEnv = process.env, self = process.pid): Login | undefined {
  const sockets = establishedSockets();
  const held = ancestors(self).flatMap((pid) => inboundOf(pid, sockets));
  const said = fromVariable(environment.SSH_CONNECTION);
  if (said === undefined) return held[0];
  const same = held.find((login) => sameEnds(login, said));
  return same ?? said;
}

/** Both ends in one word, by which a connection is known again. */
export function loginName({ remote, remotePort, local, localPort }: Login): string {
  return `${remote.value}:${remotePort} ${local.value}:${localPort}`;
}

function fromVariable(text: string | undefined): Login | undefined {
  const [from = '', fromPort = '', to = '', toPort = ''] = (text ?? '').split(' ');
  const [remote, local] = [parseAddress(from.replace(/%.*$/, '')), parseAddress(to.replace(/%.*$/, ''))];
  if (remote === undefined || local === undefined || !/^\d+$/.test(fromPort) || !/^\d+$/.test(toPort)) return undefined;
  return { remote, remotePort: Number(fromPort), local, localPort: Number(toPort), since: undefined };
}

function sameEnds(left: Login, right: Login): boolean {
  return loginName(left) === loginName(right);
}

interface Socket {
  readonly remote: Address;
  readonly remotePort: number;
  readonly local: Address;
  readonly localPort: number;
}

interface Sockets {
  readonly byInode: ReadonlyMap<string, Socket>;
  /** Ports that somebody listens on: a connection to one of them came in, all others went out. */
  readonly listening: ReadonlySet<number>;
}

function establishedSockets(): Sockets {
  const byInode = new Map<string, Socket>();
  const listening = new Set<number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readText(file).split('\n').slice(1)) {
      const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [from, to] = [endOf(local), endOf(remote)];
      if (from === undefined || to === undefined) continue;
      if (state === '0A') listening.add(from.port);
      if (state === '01')
        byInode.set(inode, { remote: to.address, remotePort: to.port, local: from.address, localPort: from.port });
    }
  }
  return { byInode, listening };
}

/** An address and port in hexadecimal, each 32-bit word of the address in the machine's order; IPv4 in IPv6 is IPv4. */
function endOf(text: string): { readonly address: Address; readonly port: number } | undefined {
  const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(text);
  if (match === null) return undefined;
  const words = (match[1] ?? '').match(/.{8}/g) ?? [];
  const value = BigInt(`0x${words.map((word) => (word.match(/../g) ?? []).reverse().join('')).join('')}`);
  const port = Number.parseInt(match[2] ?? '', 16);
  const isMapped = words.length === 4 && value >> 32n === 0xffffn;
  if (words.length === 1 || isMapped) return { address: address('ipv4', value & 0xffff_ffffn), port };
  return { address: address('ipv6', value), port };
}

function ancestors(self: number): readonly number[] {
  const found: number[] = [];
  for (let pid = parentOf(self); pid > 1 && found.length < 64; pid = parentOf(pid)) found.push(pid);
  return found;
}

/** The second field of stat is the command's name in brackets, which may hold anything (proc(5)). */
function statFields(pid: number): readonly string[] {
  const text = readText(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function parentOf(pid: number): number {
  return Number(statFields(pid)[1] ?? 0);
}

function inboundOf(pid: number, { byInode, listening }: Sockets): readonly Login[] {
  const found: Login[] = [];
  for (const inode of socketInodes(pid)) {
    const socket = byInode.get(inode);
    if (socket === undefined || !listening.has(socket.localPort) || isLoopback(socket.remote)) continue;
    found.push({ ...socket, since: startOf(pid) });
  }
  return found;
}

function socketInodes(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Field 22 is the start in hundredths of a second since the machine started. */
function startOf(pid: number): number | undefined {
  const ticks = Number(statFields(pid)[19] ?? Number.NaN);
  const booted = Number(/^btime (\d+)$/m.exec(readText('/proc/stat'))?.[1] ?? Number.NaN);
  return Number.isFinite(ticks) && Number.isFinite(booted) ? booted * 1000 + ticks * 10 : undefined;
}

function isLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
