/** The connection that this login came by: from SSH_CONNECTION, or from the sockets of the processes above, since sudo drops the variable. */
import { type Address, parseAddress, sameAddress } from '../net/address.ts';
import { ancestorsOf, processes, socketsOf, startOf } from './proc-processes.ts';
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
 * a variable whose connection has ended (a terminal multiplexer keeps it), one from this machine to itself, which a tunnel
 * makes, and several that a process above holds.
 */
export function findLogin(search: LoginSearch = {}): Login | undefined {
  const { environment = process.env, self = process.pid, proc = '/proc' } = search;
  const sockets = establishedSockets(proc);
  const above = ancestorsOf(proc, self);
  const said = fromVariable(environment.SSH_CONNECTION);
  const inode = said === undefined ? undefined : inodeOf(sockets, said);
  if (said === undefined || inode === undefined) return heldAbove(proc, above, sockets);
  if (isLoopback(said.remote)) return undefined;
  return { ...said, since: heldSince(proc, above, inode) ?? heldSince(proc, processes(proc), inode) };
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

function sameEnds(left: Ends, right: Ends): boolean {
  const samePorts = left.remotePort === right.remotePort && left.localPort === right.localPort;
  return samePorts && sameAddress(left.remote, right.remote) && sameAddress(left.local, right.local);
}

/** What came in to the nearest process above that holds such a connection; several of them tell nothing. */
function heldAbove(proc: string, above: readonly number[], { byInode, listening }: Sockets): Login | undefined {
  for (const pid of above) {
    const found = socketsOf(proc, pid).flatMap((inode): Login[] => {
      const ends = byInode.get(inode);
      if (ends === undefined || !listening.has(ends.localPort) || isLoopback(ends.remote)) return [];
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

function isLoopback({ family, value }: Address): boolean {
  return family === 'ipv4' ? value >> 24n === 127n : value === 1n;
}
