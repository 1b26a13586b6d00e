/** The connection that this login came by: from SSH_CONNECTION, or from the sockets of the processes above, since sudo drops the variable. */
import { type Address, parseAddress, sameAddress } from '../net/address.ts';
import { ancestorsOf, hidesSockets, processes, socketsOf, startOf } from './proc-processes.ts';
import { type Ends, establishedSockets, plainAddress, type Sockets } from './proc-sockets.ts';

export interface Login extends Ends {
  /** When the first process that holds the connection was started, in milliseconds from the start of the machine: about when it was opened. */
  readonly since: number | undefined;
}

export interface LoginSearch {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly self?: number;
  /** Where the kernel tells of processes and sockets. */
  readonly proc?: string;
}

/**
 * Undefined on a console, in a job, and wherever else nobody can tell by which connection somebody logged in over the network:
 * a variable whose connection has ended (a terminal multiplexer keeps it), or that no process above holds while others are
 * logged in (the multiplexer may have been started by any of them), a connection from this machine to itself, which a tunnel
 * makes, and several that a process above holds.
 */
export function findLogin(search: LoginSearch = {}): Login | undefined {
  const { environment = process.env, self = process.pid, proc = '/proc' } = search;
  const sockets = establishedSockets(proc);
  const above = ancestorsOf(proc, self);
  const said = fromVariable(environment.SSH_CONNECTION);
  const inode = said === undefined ? undefined : inodeOf(sockets, said);
  if (said === undefined || inode === undefined) return heldAbove(proc, above, sockets);
  if (isToItself(said)) return undefined;
  const since = heldSince(proc, above, inode);
  if (since !== undefined) return { ...said, since };
  const isUnclear = !above.some((pid) => hidesSockets(proc, pid)) && othersAreLoggedIn(sockets, said);
  return isUnclear ? undefined : { ...said, since: heldSince(proc, processes(proc), inode) };
}

/** From where else people are logged in to a port: each pair of addresses once. */
export function loginsTo(port: number, proc = '/proc'): readonly Ends[] {
  const { byInode, listening } = establishedSockets(proc);
  const found = new Map<string, Ends>();
  for (const ends of listening.has(port) ? byInode.values() : [])
    if (ends.localPort === port && !isToItself(ends)) found.set(`${ends.remote.value} ${ends.local.value}`, ends);
  return [...found.values()];
}

/** Both ends in one word, by which a connection is known again. */
export function loginName({ remote, remotePort, local, localPort }: Ends): string {
  return `${remote.value}:${remotePort} ${local.value}:${localPort}`;
}

function fromVariable(text: string | undefined): Ends | undefined {
  const [from = '', fromPort = '', to = '', toPort = '', ...more] = (text ?? '').split(' ');
  const [remote, local] = [withoutZone(from), withoutZone(to)];
  const [remotePort, localPort] = [portOf(fromPort), portOf(toPort)];
  if (more.length > 0 || remotePort === undefined || localPort === undefined) return undefined;
  return remote === undefined || local === undefined ? undefined : { remote, remotePort, local, localPort };
}

/** As a login tells it: the zone of a link-local address is of this machine alone, and IPv4 may be written as IPv6. */
export function withoutZone(text: string): Address | undefined {
  const address = parseAddress(text.replace(/%.*$/, ''));
  return address === undefined ? undefined : plainAddress(address);
}

function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
}

function inodeOf({ byInode }: Sockets, wanted: Ends): string | undefined {
  for (const [inode, ends] of byInode) if (sameEnds(ends, wanted)) return inode;
  return undefined;
}

/** Somebody else than whom the variable is about may sit before the same multiplexer. */
function othersAreLoggedIn({ byInode }: Sockets, said: Ends): boolean {
  return [...byInode.values()].some(
    (ends) => ends.localPort === said.localPort && !sameAddress(ends.remote, said.remote) && !isToItself(ends),
  );
}

function sameEnds(left: Ends, right: Ends): boolean {
  const samePorts = left.remotePort === right.remotePort && left.localPort === right.localPort;
  return samePorts && sameAddress(left.remote, right.remote) && sameAddress(left.local, right.local);
}

/** What came in to the nearest process above that holds such a connection; several of them tell nothing. */
function heldAbove(proc: string, above: readonly number[], { byInode, listening }: Sockets): Login | undefined {
  for (const pid of above) {
    const found = socketsOf(proc, pid).flatMap((inode): Login[] => {
      const ends = byInode.get(inode);
      if (ends === undefined || !listening.has(ends.localPort) || isToItself(ends)) return [];
      return [{ ...ends, since: heldSince(proc, above, inode) }];
    });
    const [first] = found;
    if (first !== undefined) return found.every((one) => sameEnds(one, first)) ? first : undefined;
  }
  return undefined;
}

/** The first of them: a server's own process has the connection from its start, the user's one after the password. */
function heldSince(proc: string, pids: readonly number[], inode: string): number | undefined {
  const starts = pids.filter((pid) => socketsOf(proc, pid).includes(inode)).flatMap((pid) => startOf(proc, pid) ?? []);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** Over the loopback address, or from one's own address to the same: nobody knows from where the tunnel was entered. */
function isToItself({ remote, local }: Ends): boolean {
  return isLoopback(remote) || sameAddress(remote, local);
}

function isLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}
