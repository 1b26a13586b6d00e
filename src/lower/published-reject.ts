/**
 * "If several denies cover a flow, reject wins." What is sent to the host is judged before translation, so a deny that drops it
 * there would come before one that rejects the real destination. For published ports the latter is therefore said there too.
 */
import type { Access, Service, Subject } from '../model/model.ts';
import { portRangeContains } from '../net/port.ts';
import { prefixContains } from '../net/prefix.ts';
import { type LowerContext, originsOf } from './context.ts';
import { portPart, protocolPart } from './field.ts';
import type { KeyedEntry, KeyPart } from './key-table.ts';
import type { PublishedPort } from './publication.ts';
import { addressSelector, combine, everything, type Selector } from './selector.ts';

/** Who is on the left side, and whom a publication serves, as packets show it where the rule stands. */
export interface Senders {
  readonly source: (subject: Subject) => readonly Selector[];
  readonly served: (port: PublishedPort) => readonly Selector[];
}

/** What a deny adds to the judgement of what is sent to the host; nothing where no other deny drops. */
export function publishedRejects(
  context: LowerContext,
  ports: readonly PublishedPort[],
  senders: Senders,
): (deny: Access) => readonly KeyedEntry[] {
  if (context.denies.every(({ reject }) => reject)) return () => [];
  return (deny) => {
    if (!deny.reject) return [];
    const covered = ports.filter((port) => coversTarget(deny, port));
    const sources = covered.length === 0 ? [] : deny.from.flatMap(senders.source);
    return covered.flatMap((port) =>
      senders.served(port).flatMap((served) => sources.flatMap((source) => entryOf(deny, port, served, source) ?? [])),
    );
  };
}

function coversTarget(
  { to, services }: Access,
  { publication, target, protocol, containerPort }: PublishedPort,
): boolean {
  const { network } = publication.target;
  const isTarget = (subject: Subject): boolean => {
    if (subject.kind === 'any' || subject === network) return true;
    if (subject.kind === 'prefix') return prefixContains(subject.prefix, target);
    return subject.kind === 'container' && subject.name === publication.container;
  };
  const isService = (service: Service): boolean => {
    if (service.kind === 'any') return true;
    if (service.kind === 'protocol') return service.protocol === protocol;
    return service.kind === 'ports' && service.protocol === protocol && portRangeContains(service.ports, containerPort);
  };
  return to.some(isTarget) && services.some(isService);
}

function entryOf(deny: Access, port: PublishedPort, served: Selector, source: Selector): KeyedEntry | undefined {
  const parts = commonParts(source.parts, served.parts);
  if (parts === undefined) return undefined;
  const listen: Selector =
    port.listen === undefined ? { ...everything, family: port.target.family } : addressSelector('daddr', port.listen);
  const service: Selector = { ...everything, parts: [protocolPart(port.protocol), portPart(port.hostPort)] };
  const tests = [...source.tests, ...served.tests.filter(({ id }) => source.tests.every((test) => test.id !== id))];
  const sender: Selector = { family: source.family ?? served.family, parts, tests };
  return combine([sender, { ...everything, family: served.family }, listen, service], originsOf(deny));
}

/** Both at once: one part a field; undefined where a field would need two values. */
function commonParts(left: readonly KeyPart[], right: readonly KeyPart[]): readonly KeyPart[] | undefined {
  const parts = [...left];
  for (const part of right) {
    const same = parts.find(({ field }) => field.id === part.field.id);
    if (same === undefined) parts.push(part);
    else if (textOf(same) !== textOf(part)) return undefined;
  }
  return parts;
}

function textOf({ value }: KeyPart): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner));
}
