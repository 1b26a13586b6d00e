/** One packet of a set, as ordinary as the set allows. */
import type { Address } from '../../net/address.ts';
import type { MacAddress } from '../../net/mac.ts';
import { rangeSet } from '../sets/boxes.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import { addressOfValue, type Field } from '../space/fields.ts';
import type { Origin } from '../space/origins.ts';
import type { Space } from '../space/space.ts';
import { frameAddress } from './link-layer.ts';

/** A first packet, and what it stands for. */
export interface ExamplePacket {
  readonly origin: Origin;
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly tcpFlags: number;
  readonly hopLimit: number;
  readonly mark: number;
  /** From a bridge port: the bridge's own address to reach somebody beyond it, that of the gateway of a LAN, or that of a neighbour. */
  readonly destinationMac: MacAddress | undefined;
  /** Where the set says who sends an ICMP error about the connection. */
  readonly errorSource: Address | undefined;
}

/** A point of a space: one class of every field, and one value of every bit. */
export interface Point {
  readonly space: Space;
  readonly bits: ReadonlyMap<number, boolean>;
}

/** What to prefer, in this order, where the set leaves a choice. */
const preferred: readonly (readonly [Field, Value])[] = [
  ['protocol', 6],
  ['protocol', 17],
  ['destinationPort', 12345],
  ['sourcePort', 40000],
  ['hopLimit', 64],
  ['icmpCode', 0],
  ['tcpFlags', 2],
];

/** What a set is about, where that is not everything. */
export interface Scope {
  readonly fields: readonly Field[];
  readonly marks: boolean;
}

/** A point of a set that is not empty. `scope`: nothing is preferred of what the set is not about. */
export function pointOf(
  space: Space,
  set: SetId,
  wishes: readonly (readonly [Field, Value])[] = [],
  scope?: Scope,
): Point {
  if (set === empty) throw new RangeError('there is no packet in an empty set');
  const { diagrams } = space;
  let narrowed = set;
  if (scope?.marks !== false)
    for (const { arrival } of space.markLevels.values())
      narrowed = narrower(space, narrowed, diagrams.complement(space.bit(arrival)));
  for (const [field, value] of [...wishes, ...preferred]) {
    if (scope !== undefined && !scope.fields.includes(field)) continue;
    const index = space.partitionOf(field).classOf(value);
    narrowed = narrower(space, narrowed, rangeSet(space.diagrams, space.places[field], index, index));
  }
  const bits = new Map<number, boolean>();
  for (let node = narrowed; node > 1; ) {
    const low = diagrams.lowOf(node);
    bits.set(diagrams.levelOf(node), low === empty);
    node = low === empty ? diagrams.highOf(node) : low;
  }
  return { space, bits };
}

function narrower(space: Space, set: SetId, wanted: SetId): SetId {
  const both = space.diagrams.intersect(set, wanted);
  return both === empty ? set : both;
}

/** The set that holds one point alone; without `marks`, whatever mark it has. */
export function pointSet({ space, bits }: Point, of: readonly Field[], marks = true): SetId {
  const { diagrams } = space;
  const levels = [
    ...of.flatMap((field) => space.levelsOf(field)),
    ...(marks ? [...space.markLevels.values()].map(({ arrival }) => arrival) : []),
  ];
  return diagrams.intersectAll(
    ...levels.map((level) => (bits.get(level) === true ? space.bit(level) : diagrams.complement(space.bit(level)))),
  );
}

/** The value that stands for a point in a field. */
export function valueAt({ space, bits }: Point, field: Field): Value {
  let index = 0;
  for (const level of space.levelsOf(field)) index = index * 2 + (bits.get(level) === true ? 1 : 0);
  const partition = space.partitionOf(field);
  const first = partition.firstOf(index);
  const last = partition.lastOf(index);
  const wish = preferred.find(([name, value]) => name === field && value >= first && value <= last)?.[1];
  if (wish !== undefined) return wish;
  return first === 0 && last > 0 && (field === 'sourcePort' || field === 'destinationPort') ? 1 : first;
}

export function packetAt(point: Point): ExamplePacket {
  const { space, bits } = point;
  const number = (field: Field): number => Number(valueAt(point, field));
  const address = (field: Field): Address => addressOfValue(space.family, valueAt(point, field));
  let mark = 0;
  for (const [bit, { arrival }] of space.markLevels) if (bits.get(arrival) === true) mark = (mark | (1 << bit)) >>> 0;
  const protocol = number('protocol');
  const isIcmp = protocol === (space.family === 'ipv4' ? 1 : 58);
  const origin = space.origins[number('origin')] ?? { device: undefined, bridge: undefined, input: undefined };
  const destination = address('destination');
  return {
    origin,
    source: address('source'),
    destination,
    destinationMac: frameAddress(space, origin, destination),
    protocol,
    sourcePort: number('sourcePort'),
    destinationPort: number('destinationPort'),
    icmpType: isIcmp ? number('icmpType') : 0,
    icmpCode: isIcmp ? number('icmpCode') : 0,
    tcpFlags: protocol === 6 ? number('tcpFlags') : 0,
    hopLimit: number('hopLimit'),
    mark,
    errorSource: space.levelsOf('errorSource').some((level) => bits.has(level)) ? address('errorSource') : undefined,
  };
}

/** The choices that a point makes about what is not known: what an answer rests on. */
export function restsOn({ space, bits }: Point): readonly string[] {
  return [...space.choiceTexts].filter(([level]) => bits.has(level)).map(([, text]) => text);
}
