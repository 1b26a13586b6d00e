/**
 * The space of packets of one address family that a question is about: classes of values, the diagrams over them, and what
 * the host makes of each class. Sets of packets of one space can be compared; those of different spaces cannot.
 */
import { isDeepStrictEqual } from 'node:util';
import type { HostView } from '../../host-view/host-view.ts';
import type { Address, Family } from '../../net/address.ts';
import { type AddressSet, rangeOfPrefix } from '../../net/address-set.ts';
import type { Prefix } from '../../net/prefix.ts';
import { type FieldPlace, rangeSet, type Segment, segmentsSet } from '../sets/boxes.ts';
import { Diagrams, empty, everything, type SetId } from '../sets/diagrams.ts';
import { KeptSets } from '../sets/kept-sets.ts';
import { Once } from '../sets/once.ts';
import { Partition, type Value } from '../sets/partition.ts';
import { Splitter } from '../sets/split.ts';
import type { SpaceCuts } from './cuts.ts';
import { addressValue, type Field, fieldKinds, fields, type Kind } from './fields.ts';
import { type MasqueradeRelation, masqueradeRelation } from './masquerade.ts';
import { type Origin, originsOf } from './origins.ts';
import { type RouteDecision, type Routes, routesOver } from './routes.ts';

/** The fields that hold addresses. */
export type AddressField = { [F in Field]: (typeof fieldKinds)[F] extends 'address' ? F : never }[Field];
export type PortField = { [F in Field]: (typeof fieldKinds)[F] extends 'port' ? F : never }[Field];

export interface BoundPort {
  readonly port: string;
  readonly addresses: AddressSet;
}

/** A bridge that is the LAN itself: behind its NIC are machines that no policy declares, behind its other ports containers. */
export interface LanBridge {
  readonly nic: string;
  /** Addresses given to its containers. */
  readonly given: AddressSet;
  /** Whether its containers have a gateway on the LAN that is not the host: to it goes all that is not for the host's own networks. */
  readonly gatewayBeyond: Readonly<Record<Family, boolean>>;
  /** The subnets of the host's own networks. */
  readonly ours: readonly Prefix[];
}

/** What a policy knows about what is behind a bridge. */
export interface Wiring {
  readonly links?: ReadonlyMap<string, readonly Prefix[]>;
  readonly ports?: readonly BoundPort[];
  readonly lans?: ReadonlyMap<string, LanBridge>;
}

export interface SpaceOptions {
  /** See `Space.bounds`. */
  readonly bounds?: boolean;
  /** A space that nobody asks any more: the new one takes its room. */
  readonly instead?: Space | undefined;
  /** A space that nobody asks any more: if it has room for what is told apart now, the new one knows all of its sets. */
  readonly after?: Space | undefined;
  /** Whether another one will come after this: its classes are numbered with room between them. */
  readonly room?: boolean;
}

export class Space {
  readonly family: Family;
  readonly view: HostView;
  readonly diagrams: Diagrams;
  readonly origins: readonly Origin[];
  readonly partitions: Readonly<Record<Kind, Partition>>;
  readonly places: Readonly<Record<Field, FieldPlace>>;
  readonly routes: Routes;
  /** Levels of each bit of the mark that something looks at: as the packet arrived, and as it is now. */
  readonly markLevels: ReadonlyMap<number, { readonly arrival: number; readonly current: number }>;
  /** The level that says whether `notrack` has met the packet. */
  readonly untrackedLevel: number;
  /** Where another space may follow, or this one follows: what they share. */
  readonly keptSets: KeptSets | undefined;
  private readonly firstChoice: number;
  private readonly choices = new Map<string, number>();
  private readonly made = new Once();
  private readonly masks = new Map<string, number>();
  private readonly levels = new Map<Field, readonly number[]>();
  private readonly splitters = new Map<Field, Splitter>();
  private readonly segments = new WeakMap<AddressSet, readonly Segment[]>();
  private readonly masquerades = new Map<AddressField, MasqueradeRelation>();
  /** What is on the link of a bridge, for those behind it; where a policy does not say, routes do. */
  readonly links: ReadonlyMap<string, readonly Prefix[]>;
  /** Which addresses are behind which bridge port; undefined where nobody says. */
  readonly ports: readonly BoundPort[] | undefined;
  /** By the bridge's name. */
  readonly lans: ReadonlyMap<string, LanBridge>;

  /**
   * Whether a choice is forgotten as soon as it is made: packets then go both ways at once, and a run gives what may happen
   * to each of them (what surely happens is what nothing else may). Rules with a thousand unmodelled matches need it.
   */
  readonly bounds: boolean;
  private settling: number | undefined;

  constructor(view: HostView, cuts: SpaceCuts, wiring: Wiring = {}, options: SpaceOptions = {}) {
    const { links = new Map(), ports, lans = new Map() } = wiring;
    const { bounds = false, instead, after, room = false } = options;
    this.bounds = bounds;
    this.links = links;
    this.ports = ports;
    this.lans = lans;
    this.family = cuts.family;
    this.view = view;
    this.origins = originsOf(view, cuts.names);
    const origin = new Partition(
      this.origins.map((_, index) => index),
      Math.max(0, this.origins.length - 1),
    );
    const own = { ...cuts.partitions, origin };
    const markBits = [...cuts.markBits].sort((left, right) => left - right);
    const followed = after === undefined ? undefined : this.following(after, own, markBits);
    const known = followed === undefined ? undefined : after;
    this.partitions = followed ?? (room ? withRoom(own) : own);
    this.diagrams = known?.diagrams ?? new Diagrams(instead?.diagrams);
    this.keptSets = known?.keptSets ?? (room ? new KeptSets() : undefined);
    // Bits that rules write stand above everything: writing one leaves what is below as it is.
    this.untrackedLevel = 0;
    let level = 1;
    const places: Partial<Record<Field, FieldPlace>> = {};
    const markLevels = new Map<number, { arrival: number; current: number }>();
    for (const bit of markBits) {
      markLevels.set(bit, { arrival: level, current: level + 1 });
      level += 2;
    }
    for (const field of fields) {
      const bits = bitsFor(this.partitions[fieldKinds[field]].size);
      places[field] = { level, bits };
      level += bits;
    }
    this.places = places as Record<Field, FieldPlace>;
    this.markLevels = markLevels;
    this.firstChoice = level;
    this.routes = routesOver(view, this.family, this.partitions.address);
  }

  /**
   * Classes with numbers that mean what they mean in another space, where they can have such; so do levels then, but for those of
   * choices, which come behind all others.
   */
  private following(
    other: Space,
    own: Space['partitions'],
    markBits: readonly number[],
  ): Space['partitions'] | undefined {
    const same =
      this.family === other.family &&
      isDeepStrictEqual(markBits, [...other.markLevels.keys()]) &&
      isDeepStrictEqual(this.origins, other.origins);
    if (!same) return undefined;
    const partitions: Partial<Record<Kind, Partition>> = {};
    for (const [name, partition] of Object.entries(own)) {
      const kind = name as Kind;
      const before = other.partitions[kind];
      const next = partition.equals(before)
        ? before
        : withRoomKinds.has(kind)
          ? partition.following(before)
          : undefined;
      if (next === undefined) return undefined;
      partitions[kind] = next;
    }
    return partitions as Space['partitions'];
  }

  partitionOf(field: Field): Partition {
    return this.partitions[fieldKinds[field]];
  }

  /** Packets whose field lies between two values, ends included. */
  between(field: Field, first: Value, last: Value): SetId {
    const range = this.partitionOf(field).classesOf(first, last);
    if (range === undefined) throw new RangeError(`${field}: nothing cuts at ${first} and ${last}`);
    return rangeSet(this.diagrams, this.places[field], range.first, range.last);
  }

  equal(field: Field, value: Value): SetId {
    return this.between(field, value, value);
  }

  anyOf(field: Field, values: readonly Value[]): SetId {
    return this.diagrams.uniteAll(values.map((value) => this.equal(field, value)));
  }

  /** Packets whose field lies in one of the classes for which `holds`. */
  classes(field: Field, holds: (index: number) => boolean): SetId {
    return segmentsSet(this.diagrams, this.places[field], runs(this.partitionOf(field).size, holds));
  }

  addresses(field: AddressField, set: AddressSet): SetId {
    return segmentsSet(this.diagrams, this.places[field], this.segmentsOf(set));
  }

  /** The classes of a set's addresses. The same sets are asked for as sources, destinations and real destinations. */
  segmentsOf(set: AddressSet): readonly Segment[] {
    let segments = this.segments.get(set);
    if (segments === undefined) {
      segments = set
        .filter(({ family }) => family === this.family)
        .map(({ family, first, last }) => {
          const [low, high] = [addressValue({ family, value: first }), addressValue({ family, value: last })];
          const range = this.partitions.address.classesOf(low, high);
          if (range === undefined) throw new RangeError('nothing cuts at an address range');
          return { ...range, set: everything };
        });
      this.segments.set(set, segments);
    }
    return segments;
  }

  address(field: AddressField, address: Address): SetId {
    return address.family === this.family ? this.equal(field, addressValue(address)) : empty;
  }

  prefix(field: AddressField, prefix: Prefix): SetId {
    return this.addresses(field, [rangeOfPrefix(prefix)]);
  }

  originsWhere(holds: (origin: Origin) => boolean): SetId {
    return segmentsSet(this.diagrams, this.places.origin, this.originSegments(holds));
  }

  /** The classes of origins for which `holds`. */
  originSegments(holds: (origin: Origin) => boolean): readonly Segment[] {
    return runs(this.origins.length, (index) => {
      const origin = this.origins[index];
      return origin !== undefined && holds(origin);
    });
  }

  /** A set that depends on nothing but this space and what its name says. */
  once(name: string, make: () => SetId): SetId {
    return this.made.of(name, make);
  }

  /** Packets whose address in a field is routed in a way for which `holds`; `name` stands for the question. */
  routed(field: AddressField, name: string, holds: (decision: RouteDecision) => boolean): SetId {
    return this.once(`${field} routed ${name}`, () => {
      const wanted = this.routes.decisions.map(holds);
      const { decisionOf } = this.routes;
      return this.classes(field, (index) => wanted[decisionOf[index] ?? 0] === true);
    });
  }

  masquerade(towards: AddressField): MasqueradeRelation {
    let known = this.masquerades.get(towards);
    if (known === undefined) {
      known = masqueradeRelation(this, towards);
      this.masquerades.set(towards, known);
    }
    return known;
  }

  decisionOfClass(index: number): RouteDecision {
    return this.routes.decisions[this.routes.decisionOf[index] ?? 0] ?? { kind: 'none' };
  }

  /** Packets for which something that the verifier does not know turns out to hold; the same text is the same question. */
  choice(text: string): SetId {
    const name = this.bounds ? 'something that is not modelled' : text;
    let level = this.choices.get(name);
    if (level === undefined) {
      level = this.firstChoice + this.choices.size;
      this.choices.set(name, level);
    }
    return this.diagrams.node(level, empty, everything);
  }

  /** A set without the choice that was just made, where choices are forgotten. */
  settled(set: SetId): SetId {
    if (!this.bounds || this.choices.size === 0) return set;
    this.settling ??= this.diagrams.mask([this.firstChoice]);
    return this.diagrams.project(set, this.settling);
  }

  /** The texts of all choices, by level. */
  get choiceTexts(): ReadonlyMap<number, string> {
    return new Map([...this.choices].map(([text, level]) => [level, text]));
  }

  bit(level: number): SetId {
    return this.diagrams.node(level, empty, everything);
  }

  levelsOf(field: Field): readonly number[] {
    let levels = this.levels.get(field);
    if (levels === undefined) {
      const { level, bits } = this.places[field];
      levels = Array.from({ length: bits }, (_, index) => level + index);
      this.levels.set(field, levels);
    }
    return levels;
  }

  /** A set when some fields are forgotten. */
  without(set: SetId, forgotten: readonly Field[]): SetId {
    const name = `not ${forgotten.join()}`;
    let mask = this.masks.get(name);
    if (mask === undefined) {
      mask = this.diagrams.mask(forgotten.flatMap((field) => this.levelsOf(field)));
      this.masks.set(name, mask);
    }
    return this.diagrams.project(set, mask);
  }

  /** The mask of all levels, those of marks and choices included, but not those of some fields. */
  allBut(kept: readonly Field[]): number {
    const end = this.firstChoice + this.choices.size;
    const name = `${kept.join()} of ${end}`;
    let mask = this.masks.get(name);
    if (mask === undefined) {
      const own = new Set(kept.flatMap((field) => this.levelsOf(field)));
      mask = this.diagrams.mask(Array.from({ length: end }, (_, level) => level).filter((level) => !own.has(level)));
      this.masks.set(name, mask);
    }
    return mask;
  }

  /** Splits sets by a field. What was found out about one set helps with the next. */
  splitter(field: Field): Splitter {
    let splitter = this.splitters.get(field);
    if (splitter === undefined) {
      splitter = new Splitter(this.diagrams, this.levelsOf(field));
      this.splitters.set(field, splitter);
    }
    return splitter;
  }

  /** Of the numbers of a class the first: one packet for each. */
  firstNumbers(of: readonly Field[]): SetId {
    return this.diagrams.intersectAll(
      ...of.map((field) => {
        const partition = this.partitionOf(field);
        return partition.isNumberedOnce ? everything : this.classes(field, (number) => partition.isFirst(number));
      }),
    );
  }

  /** Every field holds one of its classes: bit patterns beyond the last one stand for nothing. */
  wellFormed(of: readonly Field[] = fields): SetId {
    return of.reduce<SetId>((set, field) => {
      const { size } = this.partitionOf(field);
      return this.diagrams.intersect(set, rangeSet(this.diagrams, this.places[field], 0, size - 1));
    }, everything);
  }
}

/** Of what edits bring new values; the others have few classes. */
const withRoomKinds: ReadonlySet<Kind> = new Set<Kind>(['address', 'port']);

function withRoom(partitions: Space['partitions']): Space['partitions'] {
  return { ...partitions, address: partitions.address.withRoom(), port: partitions.port.withRoom() };
}

/** The intervals of numbers below `size` for which `holds`. */
function runs(size: number, holds: (index: number) => boolean): readonly Segment[] {
  const segments: Segment[] = [];
  let first = -1;
  for (let index = 0; index <= size; index++) {
    const inside = index < size && holds(index);
    if (inside && first < 0) first = index;
    if (inside || first < 0) continue;
    segments.push({ first, last: index - 1, set: everything });
    first = -1;
  }
  return segments;
}

function bitsFor(size: number): number {
  return size <= 1 ? 0 : Math.ceil(Math.log2(size));
}
