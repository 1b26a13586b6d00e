/** Growing sets of services, each part with the statement that put it there. */
import type { PortRange } from '../net/port.ts';
import type { Service } from './model.ts';

export interface ServiceSet<Owner> {
  readonly add: (services: readonly Service[], owner: Owner) => void;
  /** If the set holds every packet of the services: an owner of the part that holds the first of them. */
  readonly covers: (services: readonly Service[]) => Owner | undefined;
}

interface OwnedRange<Owner> {
  readonly first: number;
  readonly last: number;
  readonly owner: Owner;
}

export function serviceSet<Owner>(): ServiceSet<Owner> {
  const whole = new Map<string, Owner>();
  const ports = new Map<number, OwnedRange<Owner>[]>();

  function addOne(service: Service, owner: Owner): void {
    const key = wholeKey(service);
    if (key !== undefined) {
      if (!whole.has(key)) whole.set(key, owner);
    } else if (service.kind === 'ports') {
      const ranges = ports.get(service.protocol) ?? [];
      ports.set(service.protocol, ranges);
      insert(ranges, { ...service.ports, owner });
    }
  }

  function coverOne(service: Service): Owner | undefined {
    const any = whole.get('any') ?? whole.get(wholeKey(service) ?? '') ?? whole.get(protocolKey(service));
    if (any !== undefined || service.kind !== 'ports') return any;
    return holding(ports.get(service.protocol) ?? [], service.ports)?.owner;
  }

  return {
    add(services, owner) {
      for (const service of services) addOne(service, owner);
    },
    covers(services) {
      let first: Owner | undefined;
      for (const service of services) {
        const owner = coverOne(service);
        if (owner === undefined) return undefined;
        first ??= owner;
      }
      return first;
    },
  };
}

/** Services that are not a range of ports, as one key. */
function wholeKey(service: Service): string | undefined {
  switch (service.kind) {
    case 'any':
      return 'any';
    case 'protocol':
      return `protocol ${service.protocol}`;
    case 'icmp-type':
      return `${service.family} type ${service.type}`;
    case 'ports':
      return undefined;
  }
}

/** The protocol that holds all of a service. */
function protocolKey(service: Service): string {
  if (service.kind === 'icmp-type') return `protocol ${service.family === 'ipv4' ? 1 : 58}`;
  return service.kind === 'any' ? '' : `protocol ${service.protocol}`;
}

/** The place of the first range that ends at or behind `port`; ranges are sorted and disjoint. */
function place<Owner>(ranges: readonly OwnedRange<Owner>[], port: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.last ?? 0) < port) low = middle + 1;
    else high = middle;
  }
  return low;
}

function holding<Owner>(ranges: readonly OwnedRange<Owner>[], wanted: PortRange): OwnedRange<Owner> | undefined {
  const range = ranges[place(ranges, wanted.first)];
  return range !== undefined && range.first <= wanted.first && range.last >= wanted.last ? range : undefined;
}

/** Merges a range with those that it overlaps or touches; the merged range keeps the owner that came first. */
function insert<Owner>(ranges: OwnedRange<Owner>[], range: OwnedRange<Owner>): void {
  const start = place(ranges, range.first - 1);
  let end = start;
  while ((ranges[end]?.first ?? Number.POSITIVE_INFINITY) <= range.last + 1) end++;
  const merged = ranges.slice(start, end);
  ranges.splice(start, end - start, {
    first: Math.min(range.first, merged[0]?.first ?? range.first),
    last: Math.max(range.last, merged.at(-1)?.last ?? range.last),
    owner: merged[0]?.owner ?? range.owner,
  });
}
