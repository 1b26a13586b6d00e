/** The boxes of a policy's meaning as sets of packets. Equal sources and services are built once. */
import type { AddressSet } from '../../net/address-set.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { FlowBox, Side, SourceSet } from '../../policy/sets.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { AddressField, PortField, Space } from '../space/space.ts';

type Services = FlowBox['services'];

export class BoxSets {
  private readonly space: Space;
  /** The bridges of networks that the policy manages: everything else is outside. */
  private readonly managed: ReadonlySet<string>;
  private readonly known = new Map<string, WeakMap<object, SetId>>();
  private readonly sides = new Map<string, SetId>();

  constructor(space: Space, managed: ReadonlySet<string>) {
    this.space = space;
    this.managed = managed;
  }

  /** Boxes with the same services are united before these are added, in the order of their sources: neighbours share the most. */
  boxes(boxes: readonly FlowBox[], address: AddressField, port: PortField): SetId {
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
    const name = side.kind === 'interface' ? `on ${side.name}` : side.kind;
    let set = this.sides.get(name);
    if (set === undefined) {
      set = this.space.originsWhere(({ input }) => {
        if (side.kind === 'host') return input === undefined;
        if (side.kind === 'interface') return input === side.name;
        return input !== undefined && !this.managed.has(input);
      });
      this.sides.set(name, set);
    }
    return set;
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
    const { space } = this;
    switch (service.kind) {
      case 'any':
        return everything;
      case 'protocol':
        return space.equal('protocol', service.protocol);
      case 'ports':
        return space.diagrams.intersect(
          space.equal('protocol', service.protocol),
          space.between(port, service.ports.first, service.ports.last),
        );
      case 'icmp-type':
        if (service.family !== space.family) return empty;
        return space.diagrams.intersect(
          space.equal('protocol', service.family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6),
          space.equal('icmpType', service.type),
        );
    }
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
