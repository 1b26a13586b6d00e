/** A set of first packets told to people: who sends what to whom, in as few lines as it takes. */
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import type { ExamplePacket } from '../proof/example.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import { addressValue, type Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import { Axes, type Axis, type Box, type FlowSpace } from './axes.ts';
import { BoxPoints, type Example } from './box-points.ts';
import { type Bundle, setOfBundles } from './bundles.ts';
import { Coarse, CoarseStore } from './coarse.ts';
import { boxAlong, boxSet, type Covering, coverOf } from './cover.ts';
import { EndNames, type Ends } from './ends.ts';
import type { NamedPlace } from './places.ts';
import { SeenParts } from './seen.ts';
import { servicesOf } from './services.ts';

/** Flows that are told in one line. */
export interface FlowGroup {
  readonly from: Ends;
  readonly to: Ends;
  readonly services: readonly string[];
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
  private readonly points: BoxPoints;
  /** Many lines are about the same services. */
  private readonly services = new Map<string, readonly string[]>();
  private readonly store = new CoarseStore();

  /** `asked`: the packets that are spoken of at all. Choices must have been made: behaviours come first. `preferred`: values of examples. */
  constructor(
    space: Space,
    places: readonly NamedPlace[],
    asked: SetId,
    preferred: readonly (readonly [Field, Value])[] = [],
  ) {
    this.space = space;
    this.axes = new Axes(space);
    this.names = new EndNames(this.axes, places);
    this.asked = asked;
    this.parts = new SeenParts(this.axes, asked);
    this.points = new BoxPoints(space, [...preferred, ...wishes(space.family)]);
  }

  groups(set: SetId): readonly FlowGroup[] {
    const wanted = this.space.diagrams.intersect(set, this.asked);
    return wanted === empty ? [] : this.told(this.flowsOf(wanted));
  }

  /** The same, of flows that have been split. */
  groupsOf(bundles: readonly Bundle[]): readonly FlowGroup[] {
    const [only, another] = bundles;
    const { axes, space, parts } = this;
    if (only === undefined || another !== undefined || !axes.tellAll(only.rest) || !parts.has(only.ends, only.rest))
      return this.groups(setOfBundles(space.diagrams, bundles));
    const { ends, rest } = only;
    const { from, to } = boxAlong(axes, ends);
    const box = { from, to, service: rest };
    const wanted = (): SetId => setOfBundles(space.diagrams, bundles);
    if (space.diagrams.intersect(from, to) === ends)
      return [this.group({ space: axes, parts }, { tight: box, wide: box, exact: true }, this.points.inBox(box))];
    return this.told(this.coarseFlows(only, wanted) ?? this.plainFlows(wanted()));
  }

  private told(flows: Flows): readonly FlowGroup[] {
    const { space, wanted, parts } = flows;
    const coverings = coverOf(space, wanted, parts);
    return coverings.flatMap((covering) => {
      const { tight, exact } = covering;
      if (exact && flows.tellsAll) return [this.group(flows, covering, this.points.inBox(fineBox(space, tight)))];
      // One alone covers all.
      const inside = coverings.length === 1 ? wanted : space.diagrams.intersect(boxSet(space, tight), wanted);
      return inside === empty ? [] : [this.group(flows, covering, this.exampleIn(flows, inside, tight))];
    });
  }

  /** In the few numbers that it takes, where that is possible and worth it. */
  private flowsOf(wanted: SetId): Flows {
    const { axes } = this;
    if (boxSet(axes, boxAlong(axes, wanted)) === wanted) return this.plainFlows(wanted);
    return this.coarseFlows({ ends: wanted, rest: everything }, () => wanted) ?? this.plainFlows(wanted);
  }

  private plainFlows(wanted: SetId): Flows {
    return {
      space: this.axes,
      wanted,
      fineWanted: () => wanted,
      parts: this.parts,
      tellsAll: this.axes.tellAll(wanted),
    };
  }

  private coarseFlows(product: Bundle, fineWanted: () => SetId): Flows | undefined {
    const space = Coarse.of(this.store, this.axes, product, this.asked);
    return (
      space && { space, wanted: space.wanted, fineWanted, parts: new SeenParts(space, space.asked), tellsAll: true }
    );
  }

  /** Between the narrowest and the widest that is true, whatever is told more shortly. */
  private group({ space, parts }: TellingSpace, { tight, wide }: Covering, example: Example): FlowGroup {
    const shorter = <Told>(axis: Axis, tell: (values: SetId, asked: SetId) => Told): Told => {
      // What is asked about on an axis, where the other two are those of the box.
      const [narrow, broad] = [parts.all.along(tight, axis), parts.all.along(wide, axis)];
      const told = tell(space.fine(axis, tight[axis]), space.fine(axis, narrow));
      if (tight[axis] === wide[axis] && narrow === broad) return told;
      const toldBroadly = tell(space.fine(axis, wide[axis]), space.fine(axis, broad));
      return JSON.stringify(toldBroadly).length < JSON.stringify(told).length ? toldBroadly : told;
    };
    return {
      from: shorter('from', (values, asked) => this.names.of('from', values, asked)),
      to: shorter('to', (values, asked) => this.names.of('to', values, asked)),
      services: shorter('service', (values, asked) => this.servicesOf(values, asked)),
      example: ordinary(this.space, example.packet),
      restsOn: example.restsOn,
    };
  }

  private servicesOf(values: SetId, asked: SetId): readonly string[] {
    const key = `${values} ${asked}`;
    let services = this.services.get(key);
    if (services === undefined) {
      services = servicesOf(this.space, values, asked);
      this.services.set(key, services);
    }
    return services;
  }

  /** An example of what a box has of the flows. Where that is a box again, each axis has its own part of it. */
  private exampleIn({ space, wanted, fineWanted, tellsAll }: Flows, inside: SetId, tight: Box): Example {
    const along = boxAlong(space, inside);
    if (tellsAll && boxSet(space, along) === inside) return this.points.inBox(fineBox(space, along));
    const { diagrams } = this.space;
    const all = fineWanted();
    const set = inside === wanted ? all : diagrams.intersect(boxSet(this.axes, fineBox(space, tight)), all);
    return this.points.inSet(set);
  }
}

/** Where flows are told. */
interface TellingSpace {
  readonly space: FlowSpace;
  /** The packets asked about. */
  readonly parts: SeenParts;
}

interface Flows extends TellingSpace {
  readonly wanted: SetId;
  /** The same in the fields of packets. */
  readonly fineWanted: () => SetId;
  /** Whether the axes tell everything about it. */
  readonly tellsAll: boolean;
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

function fineBox(space: FlowSpace, { from, to, service }: Box): Box {
  return { from: space.fine('from', from), to: space.fine('to', to), service: space.fine('service', service) };
}
