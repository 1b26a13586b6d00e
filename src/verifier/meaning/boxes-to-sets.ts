/** The boxes of a policy's meaning as sets of packets. Equal sources and services are built once. */
import type { AddressSet } from '../../net/address-set.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { FlowBox, Side, SourceSet } from '../../policy/sets/flow-box.ts';
import { type Box, boxesSet, type Segment, segmentsSet } from '../sets/boxes.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { ClassRange } from '../sets/partition.ts';
import type { AddressField, PortField, Space } from '../space/space.ts';

type Services = FlowBox['services'];

interface ServiceIntervals {
  readonly protocol: ClassRange;
  readonly type: ClassRange;
  readonly port: ClassRange;
}

/** The intervals of classes that a box is made of. */
interface BoxSides {
  readonly sources: readonly { readonly origins: readonly ClassRange[]; readonly addresses: readonly ClassRange[] }[];
  readonly destinations: readonly ClassRange[];
  readonly services: readonly ServiceIntervals[];
}

const whole: ClassRange = { first: 0, last: Number.MAX_SAFE_INTEGER };

/** Boxes of more rows than these are cheaper as products of their sides. */
const mostRows = 8;

function rowCount({ sources, destinations, services }: BoxSides): number {
  const senders = sources.reduce((sum, { origins, addresses }) => sum + origins.length * addresses.length, 0);
  return senders * destinations.length * services.length;
}

function addRows(rows: Box[], { sources, destinations, services }: BoxSides): void {
  for (const { origins, addresses } of sources)
    for (const { protocol, type, port } of services)
      for (const origin of origins)
        for (const source of addresses)
          for (const destination of destinations) rows.push([protocol, type, origin, source, destination, port]);
}

export class BoxSets {
  private readonly space: Space;
  /** The bridges of networks that the policy manages: everything else is outside. */
  private readonly managed: ReadonlySet<string>;
  private readonly known = new Map<string, WeakMap<object, SetId>>();
  private readonly sides = new Map<string, readonly Segment[]>();
  private readonly sidesOfBoxes = new WeakMap<FlowBox, BoxSides>();

  constructor(space: Space, managed: ReadonlySet<string>) {
    this.space = space;
    this.managed = managed;
  }

  /** Boxes that are a few intervals in every field are built at once, field by field. */
  boxes(boxes: readonly FlowBox[], address: AddressField, port: PortField): SetId {
    return this.once(`boxes ${address} ${port}`, boxes, () => this.makeBoxes(boxes, address, port));
  }

  private makeBoxes(boxes: readonly FlowBox[], address: AddressField, port: PortField): SetId {
    const { diagrams, places } = this.space;
    const rows: Box[] = [];
    const large: FlowBox[] = [];
    for (const box of boxes) {
      const sides = this.sidesOf(box);
      if (rowCount(sides) > mostRows) large.push(box);
      else addRows(rows, sides);
    }
    const inOrder = [places.protocol, places.icmpType, places.origin, places.source, places[address], places[port]];
    return diagrams.unite(boxesSet(diagrams, inOrder, rows), this.largeBoxes(large, address, port));
  }

  /** The same box is asked for by its destination as sent and by the real one. */
  private sidesOf(box: FlowBox): BoxSides {
    let sides = this.sidesOfBoxes.get(box);
    if (sides === undefined) {
      sides = this.makeSides(box);
      this.sidesOfBoxes.set(box, sides);
    }
    return sides;
  }

  private makeSides({ sources, destinations, services }: FlowBox): BoxSides {
    const { space } = this;
    return {
      sources: sources.map(({ side, addresses }) => ({
        origins: this.originSegments(side),
        addresses: space.segmentsOf(addresses),
      })),
      destinations: space.segmentsOf(destinations),
      services: services.flatMap((service) => this.serviceIntervals(service)),
    };
  }

  /** The others with the same services are united before these are added, in the order of their sources: neighbours share the most. */
  private largeBoxes(boxes: readonly FlowBox[], address: AddressField, port: PortField): SetId {
    const { diagrams } = this.space;
    const groups = new Map<SetId, FlowBox[]>();
    for (const box of boxes) {
      const services = this.services(box.services, port);
      if (services === empty || this.destinations(box.destinations, address) === empty) continue;
      const group = groups.get(services);
      if (group === undefined) groups.set(services, [box]);
      else group.push(box);
    }
    return diagrams.uniteAll(
      [...groups].map(([services, group]) => {
        const flows = [...group]
          .sort(bySource)
          .map((box) => diagrams.intersect(this.sources(box.sources), this.destinations(box.destinations, address)));
        return diagrams.intersect(services, diagrams.uniteAll(flows));
      }),
    );
  }

  /** Packets that come in on the side of one of the sources with its address; in replies that stands in another field. */
  sources(sources: readonly SourceSet[], field: AddressField = 'source'): SetId {
    return this.once(`sources ${field}`, sources, () =>
      this.space.diagrams.uniteAll(sources.map((source) => this.source(source, field))),
    );
  }

  private source({ side, addresses }: SourceSet, field: AddressField): SetId {
    const set = this.once(field, addresses, () => this.space.addresses(field, addresses));
    return this.space.diagrams.intersect(this.side(side), set);
  }

  side(side: Side): SetId {
    return segmentsSet(this.space.diagrams, this.space.places.origin, this.originSegments(side));
  }

  private originSegments(side: Side): readonly Segment[] {
    const name = side.kind === 'interface' ? `on ${side.name}` : side.kind;
    let segments = this.sides.get(name);
    if (segments === undefined) {
      segments = this.space.originSegments(({ input }) => {
        if (side.kind === 'host') return input === undefined;
        if (side.kind === 'interface') return input === side.name;
        return input !== undefined && !this.managed.has(input);
      });
      this.sides.set(name, segments);
    }
    return segments;
  }

  destinations(set: AddressSet, field: AddressField): SetId {
    return this.once(field, set, () => this.space.addresses(field, set));
  }

  services(services: Services, port: PortField): SetId {
    return this.once(`services ${port}`, services, () =>
      this.space.diagrams.uniteAll(services.map((service) => this.service(service, port))),
    );
  }

  private service(service: Services[number], port: PortField): SetId {
    const { diagrams, places } = this.space;
    const inOrder = [places.protocol, places.icmpType, places[port]];
    return boxesSet(
      diagrams,
      inOrder,
      this.serviceIntervals(service).map(({ protocol, type, port: range }) => [protocol, type, range]),
    );
  }

  /** None where the service is of the other family. */
  private serviceIntervals(service: Services[number]): readonly ServiceIntervals[] {
    const { family } = this.space;
    switch (service.kind) {
      case 'any':
        return [{ protocol: whole, type: whole, port: whole }];
      case 'protocol':
        return [{ protocol: this.interval('protocol', service.protocol), type: whole, port: whole }];
      case 'ports': {
        const { first, last } = service.ports;
        const protocol = this.interval('protocol', service.protocol);
        return [{ protocol, type: whole, port: this.interval('port', first, last) }];
      }
      case 'icmp-type': {
        if (service.family !== family) return [];
        const number = family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6;
        const type = this.interval('icmpType', service.type);
        return [{ protocol: this.interval('protocol', number), type, port: whole }];
      }
    }
  }

  private interval(kind: 'protocol' | 'port' | 'icmpType', first: number, last = first): ClassRange {
    const range = this.space.partitions[kind].classesOf(first, last);
    if (range === undefined) throw new RangeError(`${kind}: nothing cuts at ${first} and ${last}`);
    return range;
  }

  private once(kind: string, key: object, make: () => SetId): SetId {
    let map = this.known.get(kind);
    if (map === undefined) {
      map = new WeakMap();
      this.known.set(kind, map);
    }
    let set = map.get(key);
    if (set === undefined) {
      set = make();
      map.set(key, set);
    }
    return set;
  }
}

/** By where the first source begins. */
function bySource(left: FlowBox, right: FlowBox): number {
  const [one, other] = [firstSource(left), firstSource(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}

const firstSource = ({ sources }: FlowBox): bigint => sources[0]?.addresses[0]?.first ?? -1n;
