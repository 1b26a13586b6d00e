/** Traffic over a `connect` link does not meet the host's rules, so a deny across it would not hold. */
import { denyAcrossConnection } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { Address } from '../../net/address.ts';
import { prefixContains } from '../../net/prefix.ts';
import type { Connection, Model, Subject } from '../model.ts';
import type { CheckContext } from './rule.ts';

type End = Connection['left'];

export function* checkConnections({ model }: CheckContext): Generator<Diagnostic> {
  if (model.connections.length === 0) return;
  const connections = model.connections.map((connection) => betweenNamespaces(connection, model));
  const ends = new Map<Subject, Connection[]>();
  for (const connection of connections)
    for (const { subject } of [connection.left, connection.right]) {
      const list = ends.get(subject);
      if (list === undefined) ends.set(subject, [connection]);
      else list.push(connection);
    }
  for (const access of model.access) {
    if (access.action !== 'deny') continue;
    const crossed = crossedBy(access.from, access.to, connections, ends);
    if (crossed === undefined) continue;
    yield report(
      denyAcrossConnection,
      access.span,
      `this deny also covers what \`${crossed.left.subject.name}\` and \`${crossed.right.subject.name}\` send over their own link, where no rule of the host can hold it`,
      {
        related: [{ span: crossed.span, message: 'they are connected here' }],
        help: 'remove the `connect`, or name subjects that are not joined by it',
      },
    );
  }
}

/** Ends are in namespaces: of the container whose one is shared, or of the host. */
function betweenNamespaces(connection: Connection, { containers, hosts }: Model): Connection {
  const owner = (end: End): End => {
    const { subject } = end;
    if (subject.kind === 'host') return end;
    const { mode } = subject;
    const own = mode.kind === 'shared' ? containers.find(({ name }) => name === mode.container) : subject;
    const [host] = hosts;
    return { ...end, subject: own?.mode.kind === 'host' && host !== undefined ? host : (own ?? subject) };
  };
  return { ...connection, left: owner(connection.left), right: owner(connection.right) };
}

/** A connection whose one end is covered by `from` and the other by `to`. */
function crossedBy(
  from: readonly Subject[],
  to: readonly Subject[],
  connections: readonly Connection[],
  ends: ReadonlyMap<Subject, readonly Connection[]>,
): Connection | undefined {
  const left = sideOf(from);
  const right = sideOf(to);
  const isCrossed = (connection: Connection): boolean => {
    // from a host's own end the rules see what is for a network
    const past = connection.left.subject.kind === 'container' && connection.right.subject.kind === 'container';
    return (
      (left.covers(connection.left, past) && right.covers(connection.right, past)) ||
      (left.covers(connection.right, past) && right.covers(connection.left, past))
    );
  };
  if (left.isWide && right.isWide) return connections.find(isCrossed);
  for (const subject of left.isWide ? to : from) {
    const found = ends.get(subject)?.find(isCrossed);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is sent over the link may be for any address of the container at its end. */
function furtherAddresses(subject: End['subject']): readonly Address[] {
  return subject.kind === 'container' ? subject.endpoints.flatMap(({ addresses }) => Object.values(addresses)) : [];
}

interface Side {
  /** Whether it holds subjects that cover an end by its addresses. */
  readonly isWide: boolean;
  /** `past`: nothing on the way to any address of the end meets the rules. */
  readonly covers: (end: End, past: boolean) => boolean;
}

function sideOf(subjects: readonly Subject[]): Side {
  const named = new Set(subjects);
  const prefixes = subjects.flatMap((subject) => (subject.kind === 'prefix' ? [subject.prefix] : []));
  const hasAny = subjects.some((subject) => subject.kind === 'any');
  return {
    isWide: hasAny || prefixes.length > 0,
    covers: ({ subject, address }, past) =>
      hasAny ||
      named.has(subject) ||
      [address, ...(past ? furtherAddresses(subject) : [])].some((one) =>
        prefixes.some((prefix) => prefixContains(prefix, one)),
      ),
  };
}
