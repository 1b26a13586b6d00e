/** A set of first packets told to people: who sends what to whom, in as few lines as it takes. */
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import { type ExamplePacket, packetAt, pointOf, restsOn } from '../proof/example.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import { addressValue, type Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import { Axes, type Axis, type Box } from './axes.ts';
import { boxSet, type Covering, coverOf } from './cover.ts';
import { EndNames, type Ends } from './ends.ts';
import type { NamedPlace } from './places.ts';
import { type Seen, SeenParts } from './seen.ts';
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
  private readonly parts: SeenParts;
  private readonly askedAlong: Seen;
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
    this.parts = new SeenParts(this.axes, asked);
    this.askedAlong = this.parts.all;
  }

  groups(set: SetId): readonly FlowGroup[] {
    const { diagrams } = this.space;
    const wanted = diagrams.intersect(set, this.asked);
    const coverings = coverOf(this.axes, wanted, this.parts);
    return coverings.flatMap((covering) => {
      // One alone covers all.
      const inside = coverings.length === 1 ? wanted : diagrams.intersect(boxSet(this.axes, covering.tight), wanted);
      return inside === empty ? [] : [this.group(covering, inside)];
    });
  }

  /** Between the narrowest and the widest that is true, whatever is told more shortly. */
  private group({ tight, wide }: Covering, set: SetId): FlowGroup {
    const point = pointOf(this.space, set, [...this.preferred, ...wishes(this.space.family)]);
    const shorter = <Told>(axis: Axis, tell: (values: SetId, asked: SetId) => Told): Told => {
      const [narrow, broad] = [this.side(tight, axis), this.side(wide, axis)];
      const told = tell(narrow.values, narrow.asked);
      if (narrow.values === broad.values && narrow.asked === broad.asked) return told;
      const toldBroadly = tell(broad.values, broad.asked);
      return JSON.stringify(toldBroadly).length < JSON.stringify(told).length ? toldBroadly : told;
    };
    return {
      from: shorter('from', (values, asked) => this.names.of('from', values, asked)),
      to: shorter('to', (values, asked) => this.names.of('to', values, asked)),
      services: shorter('service', (values, asked) => servicesOf(this.space, values, asked)),
      set,
      example: ordinary(this.space, packetAt(point)),
      restsOn: restsOn(point),
    };
  }

  /** What a box has on an axis, and what is asked about there, where the other two are those of the box. */
  private side(box: Box, axis: Axis): { readonly values: SetId; readonly asked: SetId } {
    return { values: box[axis], asked: this.askedAlong.along(box, axis) };
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
