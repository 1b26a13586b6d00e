/** A set of first packets told to people: who sends what to whom, in as few lines as it takes. */
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import { type ExamplePacket, packetAt, pointOf, restsOn } from '../proof/example.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import { addressValue, type Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import { Axes, type Axis } from './axes.ts';
import { type Box, boxSet, coverOf } from './cover.ts';
import { EndNames, type Ends } from './ends.ts';
import type { NamedPlace } from './places.ts';
import { servicesOf } from './services.ts';

/** Flows that are told in one line. */
export interface FlowGroup {
  readonly from: Ends;
  readonly to: Ends;
  readonly services: readonly string[];
  readonly set: SetId;
  readonly example: ExamplePacket;
  /** What is not modelled and decides about the example. */
  readonly restsOn: readonly string[];
}

export class FlowDescriber {
  readonly space: Space;
  private readonly axes: Axes;
  private readonly names: EndNames;
  private readonly asked: SetId;
  private readonly preferred: readonly (readonly [Field, Value])[];

  /** `asked`: the packets that are spoken of at all. Choices must have been made: behaviours come first. `preferred`: values of examples. */
  constructor(
    space: Space,
    places: readonly NamedPlace[],
    asked: SetId,
    preferred: readonly (readonly [Field, Value])[] = [],
  ) {
    this.preferred = preferred;
    this.space = space;
    this.axes = new Axes(space);
    this.names = new EndNames(this.axes, places);
    this.asked = asked;
  }

  groups(set: SetId): readonly FlowGroup[] {
    const { diagrams } = this.space;
    const wanted = diagrams.intersect(set, this.asked);
    return coverOf(this.axes, wanted, this.asked).flatMap((box) => {
      const inside = diagrams.intersect(boxSet(this.axes, box), wanted);
      return inside === empty ? [] : [this.group(box, inside)];
    });
  }

  private group(box: Box, set: SetId): FlowGroup {
    const point = pointOf(this.space, set, [...this.preferred, ...wishes(this.space.family)]);
    return {
      from: this.names.of('from', box.from, this.relevant(box, 'from')),
      to: this.names.of('to', box.to, this.relevant(box, 'to')),
      services: servicesOf(this.space, box.service, this.relevant(box, 'service')),
      set,
      example: ordinary(this.space, packetAt(point)),
      restsOn: restsOn(point),
    };
  }

  /** What is asked about on an axis, where the other two are those of the box. */
  private relevant(box: Box, axis: Axis): SetId {
    const others = (['from', 'to', 'service'] as const).filter((other) => other !== axis).map((other) => box[other]);
    return this.axes.along(this.space.diagrams.intersectAll(this.asked, ...others), axis);
  }
}

/** Addresses that documentation uses, where nothing tells them from the one that stands for their class. */
function ordinary({ family, partitions: { address } }: Space, packet: ExamplePacket): ExamplePacket {
  const better = (old: Address, wish: Address | undefined): Address =>
    wish !== undefined && address.classOf(addressValue(wish)) === address.classOf(addressValue(old)) ? wish : old;
  const [sender, receiver] = documentationAddresses[family];
  return { ...packet, source: better(packet.source, sender), destination: better(packet.destination, receiver) };
}

const documentationAddresses: Readonly<Record<Family, readonly (Address | undefined)[]>> = {
  ipv4: ['198.51.100.7', '198.51.100.8'].map(parseAddress),
  ipv6: ['2001:db8:99::7', '2001:db8:99::8'].map(parseAddress),
};

function wishes(family: Family): readonly (readonly [Field, Value])[] {
  const [sender, receiver] = documentationAddresses[family];
  return [
    ...(sender === undefined ? [] : [['source', addressValue(sender)] as const]),
    ...(receiver === undefined ? [] : [['destination', addressValue(receiver)] as const]),
  ];
}
