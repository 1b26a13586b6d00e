/** Host ports for publications that name none: the lowest free one of the host's `auto-ports`, kept by the lock file. */
import { noFreePort } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { Lock, LockedPort } from '../lock/lock.ts';
import { addressKey } from '../net/address.ts';
import { formatPortRange, type Port, type PortRange, port, portRangeContains, singlePort } from '../net/port.ts';
import type { Host, Publication } from './model.ts';
import type { PublicationDraft } from './publication.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

export interface GivenPorts {
  /** In the order of the drafts; those for which no port is left are missing. */
  readonly publications: readonly Publication[];
  readonly locked: readonly LockedPort[];
}

/**
 * Gives every publication its host port: the written one, else the one in the lock, else the lowest free one in file
 * order. A port is free when no publication of the same host and protocol has it on any address, so that a port number
 * given out means one thing on a host.
 */
export function givePorts(
  drafts: readonly PublicationDraft[],
  hosts: readonly Host[],
  lock: Lock,
  onDiagnostic: OnDiagnostic,
): GivenPorts {
  const pools = portPools(drafts, hosts);
  const inLock = lockedPorts(lock);
  const given = new Map<PublicationDraft, Map<Port, Port>>();
  for (const draft of drafts) {
    if (draft.hostPorts !== undefined) continue;
    const ports = new Map<Port, Port>();
    given.set(draft, ports);
    for (const [containerPort, hostPort] of inLock.get(lockKey(draft)) ?? [])
      if (portRangeContains(draft.containerPorts, containerPort) && pools.of(draft).takeLocked(hostPort))
        ports.set(containerPort, hostPort);
  }
  const exhausted = new Map<PortPool, PublicationDraft[]>();
  for (const [draft, ports] of given) {
    const pool = pools.of(draft);
    for (let value: number = draft.containerPorts.first; value <= draft.containerPorts.last; value++) {
      if (ports.has(port(value))) continue;
      const lowest = pool.takeLowest();
      if (lowest === undefined) {
        exhausted.set(pool, [...(exhausted.get(pool) ?? []), draft].slice(0, 4));
        break;
      }
      ports.set(port(value), lowest);
    }
  }
  for (const [pool, without] of exhausted) reportExhausted(pool.range, without, onDiagnostic);
  return collect(drafts, given);
}

function collect(
  drafts: readonly PublicationDraft[],
  given: ReadonlyMap<PublicationDraft, ReadonlyMap<Port, Port>>,
): GivenPorts {
  const publications: Publication[] = [];
  const locked: LockedPort[] = [];
  for (const draft of drafts) {
    const { container, written, protocol, hostPorts } = draft;
    if (hostPorts !== undefined) {
      publications.push(publicationOf(draft, draft.containerPorts, hostPorts));
      continue;
    }
    const ports = [...(given.get(draft) ?? [])].sort(([left], [right]) => left - right);
    for (const [containerPort, hostPort] of ports) {
      publications.push(publicationOf(draft, singlePort(containerPort), singlePort(hostPort)));
      locked.push({ container, listen: written, protocol, containerPort, hostPort });
    }
  }
  return { publications, locked };
}

function publicationOf(draft: PublicationDraft, containerPorts: PortRange, hostPorts: PortRange): Publication {
  const { container, target, listener, protocol, from, span } = draft;
  return { container, target, listener, protocol, hostPorts, containerPorts, from, span };
}

interface PortPool {
  readonly range: PortRange;
  readonly takeLocked: (port: Port) => boolean;
  readonly takeLowest: () => Port | undefined;
}

function portPools(
  drafts: readonly PublicationDraft[],
  hosts: readonly Host[],
): { of: (draft: PublicationDraft) => PortPool } {
  const written = new Map<string, PortRange[]>();
  for (const { host, protocol, hostPorts } of drafts) {
    if (hostPorts === undefined) continue;
    const ranges = written.get(`${protocol} ${host}`);
    if (ranges === undefined) written.set(`${protocol} ${host}`, [hostPorts]);
    else ranges.push(hostPorts);
  }
  const ranges = new Map(hosts.map((host) => [host.name, host.autoPorts]));
  const pools = new Map<string, PortPool>();
  return {
    of({ host, protocol }) {
      const key = `${protocol} ${host}`;
      const known = pools.get(key);
      if (known !== undefined) return known;
      const pool = portPool(ranges.get(host) ?? singlePort(port(0)), written.get(key) ?? []);
      pools.set(key, pool);
      return pool;
    },
  };
}

function portPool(range: PortRange, written: readonly PortRange[]): PortPool {
  const taken = new Uint8Array(65536);
  let marked = 0;
  for (const { first, last } of [...written].sort((left, right) => left.first - right.first)) {
    const start = Math.max(first, marked);
    if (last < start) continue;
    taken.fill(1, start, last + 1);
    marked = last + 1;
  }
  let next: number = range.first;
  return {
    range,
    takeLocked(value) {
      if (!portRangeContains(range, value) || taken[value] === 1) return false;
      taken[value] = 1;
      return true;
    },
    takeLowest() {
      while (next <= range.last && taken[next] === 1) next++;
      return next > range.last ? undefined : port(next++);
    },
  };
}

/** The ports in the lock by container, address and protocol; the first of several for one container port counts. */
function lockedPorts(lock: Lock): ReadonlyMap<string, ReadonlyMap<Port, Port>> {
  const result = new Map<string, Map<Port, Port>>();
  for (const { container, listen, protocol, containerPort, hostPort } of lock.ports) {
    const key = lockKey({ container, written: listen, protocol });
    const ports = result.get(key) ?? new Map<Port, Port>();
    result.set(key, ports);
    if (!ports.has(containerPort)) ports.set(containerPort, hostPort);
  }
  return result;
}

function lockKey({
  container,
  written,
  protocol,
}: Pick<PublicationDraft, 'container' | 'written' | 'protocol'>): string {
  return `${protocol} ${written === undefined ? '*' : addressKey(written)} ${container}`;
}

function reportExhausted(range: PortRange, without: readonly PublicationDraft[], onDiagnostic: OnDiagnostic): void {
  const [first, ...others] = without;
  if (first === undefined) return;
  onDiagnostic(
    report(
      noFreePort,
      first.span,
      `no host port of ${formatPortRange(range)} is left for ${formatPortRange(first.containerPorts)}/${first.protocol} of \`${first.container}\``,
      {
        related: others
          .filter((draft) => draft.span !== first.span)
          .map((draft) => ({ span: draft.span, message: 'nor for this one' })),
        help: 'make the `auto-ports` range of the host larger, or name the host port',
      },
    ),
  );
}
