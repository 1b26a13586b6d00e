/**
 * "If several denies cover a flow, reject wins." What is sent to the host is judged before translation, so a deny that drops it
 * there would come before one that rejects the real destination. For published ports the latter is therefore said there too.
 */
import type { Access, Service, Subject } from '../model/model.ts';
import { portRangeContains } from '../net/port.ts';
import { type Prefix, prefixContains } from '../net/prefix.ts';
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
  const targets = targetsOf(ports);
  return (deny) => {
    if (!deny.reject) return [];
    const covered = targets(deny.to).filter((port) => deny.services.some((service) => coversService(service, port)));
    const sources = covered.length === 0 ? [] : deny.from.flatMap(senders.source);
    return covered.flatMap((port) =>
      senders.served(port).flatMap((served) => sources.flatMap((source) => entryOf(deny, port, served, source) ?? [])),
    );
  };
}

/** The ports whose container is one of the subjects, in their order: found without a look at every other one. */
function targetsOf(ports: readonly PublishedPort[]): (subjects: readonly Subject[]) => readonly PublishedPort[] {
  const places = [...ports.keys()];
  const byNetwork = groups(places, (place) => ports[place]?.publication.target.network);
  const byContainer = groups(places, (place) => ports[place]?.publication.container);
  const sorted = groups(
    [...places].sort((left, right) => compareTargets(ports[left], ports[right])),
    (place) => ports[place]?.target.family,
  );
  const covered = (subject: Subject): readonly number[] => {
    switch (subject.kind) {
      case 'any':
        return places;
      case 'network':
        return byNetwork.get(subject) ?? [];
      case 'container':
        return byContainer.get(subject.name) ?? [];
      case 'prefix': {
        const all = sorted.get(subject.prefix.address.family) ?? [];
        const start = firstFrom(all, (place) => (ports[place]?.target.value ?? 0n) >= subject.prefix.address.value);
        const end = firstFrom(all, (place) => !isUpTo(subject.prefix, ports[place]), start);
        return all.slice(start, end);
      }
      default:
        return [];
    }
  };
  return (subjects) =>
    [...new Set(subjects.flatMap(covered))].sort((left, right) => left - right).flatMap((place) => ports[place] ?? []);
}

function isUpTo(prefix: Prefix, port: PublishedPort | undefined): boolean {
  return port !== undefined && prefixContains(prefix, port.target);
}

function compareTargets(left: PublishedPort | undefined, right: PublishedPort | undefined): number {
  const [one = 0n, other = 0n] = [left?.target.value, right?.target.value];
  return one < other ? -1 : one > other ? 1 : 0;
}

function groups<K>(places: readonly number[], keyOf: (place: number) => K): ReadonlyMap<K, readonly number[]> {
  const found = new Map<K, number[]>();
  for (const place of places) {
    const group = found.get(keyOf(place));
    if (group === undefined) found.set(keyOf(place), [place]);
    else group.push(place);
  }
  return found;
}

/** The first place at which something holds that holds for all behind it too. */
function firstFrom(all: readonly number[], holds: (place: number) => boolean, from = 0): number {
  let [low, high] = [from, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const place = all[middle];
    if (place !== undefined && holds(place)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function coversService(service: Service, { protocol, containerPort }: PublishedPort): boolean {
  if (service.kind === 'any') return true;
  if (service.kind === 'protocol') return service.protocol === protocol;
  return service.kind === 'ports' && service.protocol === protocol && portRangeContains(service.ports, containerPort);
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
