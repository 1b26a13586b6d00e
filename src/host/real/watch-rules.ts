/**
 * Being told of every change of rules: `nft monitor` prints what the kernel multicasts when a transaction is committed, those of
 * iptables-nft included. Its socket is looked at in /proc: whether it listens yet, has lost anything, or holds what is not printed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuleWatch } from '../contract/host.ts';
import type { Runner } from '../gather/runner.ts';
import { activityOf, socketsOf } from '../proc-processes.ts';
import { readText } from '../proc-text.ts';

/** Milliseconds for it to begin: it reads all elements of all sets first. */
const patience = 20_000;

/** Looks in a row, 5 ms apart, at which it sleeps and its socket is not to be seen: then it waits for changes, and /proc does not show it. */
const mostAsleep = 400;

/** Milliseconds after which it ends by itself, and nothing is sure any more. */
const longest = 3_600_000;

/** With `setpriv` it ends when we do, however we do; without, at the first change that nobody listens to any more. */
const commands: readonly (readonly [string, ...string[]])[] = [
  ['setpriv', '--pdeathsig', 'KILL', 'nft', 'monitor'],
  ['nft', 'monitor'],
];

/** Undefined where there is no `nft`, no privilege, or no /proc that shows its socket. */
export async function watchRules(runner: Runner): Promise<RuleWatch | undefined> {
  for (const command of commands) {
    const watch = await watchWith(runner, command);
    if (watch !== undefined) return watch;
  }
  return undefined;
}

async function watchWith(
  runner: Runner,
  [command, ...args]: readonly [string, ...string[]],
): Promise<RuleWatch | undefined> {
  const stop = new AbortController();
  const seen = { pid: undefined as number | undefined, spoke: false, ended: false };
  const running = runner(command, args, {
    timeoutMs: longest,
    signal: stop.signal,
    onStart: (pid) => {
      seen.pid = pid;
    },
    onOutput: () => {
      seen.spoke = true;
    },
  }).then(() => {
    seen.ended = true;
  });
  const close = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  let asleep = 0;
  for (const end = Date.now() + patience; Date.now() < end && asleep < mostAsleep && !seen.ended; await sleep(5)) {
    if (seen.pid === undefined) continue;
    if (listeningSocket(seen.pid) !== undefined) return { isQuiet: () => isQuiet(seen), close };
    asleep = activityOf('/proc', seen.pid) === 'S' ? asleep + 1 : 0;
  }
  await close();
  return undefined;
}

/**
 * A commit is multicast before it returns, so what happened before this question is printed, or still on its way: in the socket,
 * or in a process that does not sleep. What is printed already reaches us in a turn of the event loop.
 */
async function isQuiet(seen: {
  readonly pid: number | undefined;
  readonly spoke: boolean;
  readonly ended: boolean;
}): Promise<boolean> {
  const socket = seen.pid === undefined ? undefined : listeningSocket(seen.pid);
  if (seen.pid === undefined || socket === undefined || socket.held > 0 || socket.lost > 0) return false;
  if (activityOf('/proc', seen.pid) !== 'S') return false;
  await sleep(1);
  await new Promise<void>((done) => setImmediate(done));
  return !seen.spoke && !seen.ended;
}

interface ListeningSocket {
  /** Octets of messages that were not read yet. */
  readonly held: number;
  /** Messages that there was no room for. */
  readonly lost: number;
}

const netfilterProtocol = '12';

/** Groups count from 1: that of changes of nftables is 7. */
const rulesGroup = 1 << 6;

/** Columns of /proc/net/netlink: sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode. */
function listeningSocket(pid: number): ListeningSocket | undefined {
  const own = socketsOf('/proc', pid);
  for (const line of readText(`/proc/${pid}/net/netlink`).split('\n')) {
    const [, protocol, , groups = '0', held, , , , lost, inode = ''] = line.trim().split(/\s+/);
    if (protocol !== netfilterProtocol || !own.includes(inode)) continue;
    if ((Number.parseInt(groups, 16) & rulesGroup) !== 0) return { held: Number(held), lost: Number(lost) };
  }
  return undefined;
}
