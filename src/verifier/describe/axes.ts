/** The three axes along which flows are told to people: who sends, to whom, and what; and sets seen along one of them. */
import { type Diagrams, empty, type SetId } from '../sets/diagrams.ts';
import { type Row, Splitter, type Stretch } from '../sets/split.ts';
import { type Field, fields } from '../space/fields.ts';
import type { Space } from '../space/space.ts';

export type Axis = 'from' | 'to' | 'service';

export const axes: readonly Axis[] = ['from', 'to', 'service'];

/** Who, to whom, what: a product. */
export type Box = Readonly<Record<Axis, SetId>>;

/** Sets of flows that can be seen along each axis. */
export interface FlowSpace {
  readonly diagrams: Diagrams;
  /** Whether the axes tell everything about a set. */
  readonly tellAll: (set: SetId) => boolean;
  /** What a set has on an axis. */
  readonly along: (set: SetId, axis: Axis) => SetId;
  /** Every value of an axis. */
  readonly all: (axis: Axis) => SetId;
  /** Splits a set by an axis: as many rows as there are different rests, `most` of them at most; then undefined. */
  readonly rows: (set: SetId, axis: Axis, most: number) => readonly Row[] | undefined;
  /** A set of an axis in the fields of packets. */
  readonly fine: (axis: Axis, set: SetId) => SetId;
}

export const fieldsOf: Readonly<Record<Axis, readonly Field[]>> = {
  from: ['origin', 'source'],
  to: ['destination'],
  service: ['protocol', 'icmpType', 'icmpCode', 'tcpFlags', 'destinationPort', 'sourcePort', 'hopLimit'],
};

/** Flows in the fields of packets: projections to the axes of one space; the masks are made once. */
export class Axes implements FlowSpace {
  readonly space: Space;
  readonly diagrams: Diagrams;
  /** The levels of each axis, ascending. */
  readonly levels: Readonly<Record<Axis, readonly number[]>>;
  private readonly only: Readonly<Record<Axis, number>>;
  /** What tells packets apart and belongs to no axis: what becomes of them, and who sends errors about them. */
  private readonly besides: number;
  private readonly splitters: Readonly<Record<Axis, Splitter>>;
  private readonly wellFormed: Readonly<Record<Axis, SetId>>;

  constructor(space: Space) {
    this.space = space;
    this.diagrams = space.diagrams;
    const marks = [...space.markLevels.values()].map(({ arrival }) => arrival);
    const levels = (axis: Axis): readonly number[] =>
      [
        ...fieldsOf[axis].flatMap((field) => space.levelsOf(field)),
        // What a packet carries besides, and what is not known about it, belongs to what is sent.
        ...(axis === 'service' ? [...marks, ...space.choiceTexts.keys()] : []),
      ].sort((one, other) => one - other);
    this.levels = { from: levels('from'), to: levels('to'), service: levels('service') };
    const all = axes.flatMap(levels);
    const { diagrams } = space;
    const only = (axis: Axis): number => {
      const own = new Set(levels(axis));
      return diagrams.mask(all.filter((level) => !own.has(level)));
    };
    const known = new Set(all);
    const current = [...space.markLevels.values()].map((levels) => levels.current);
    const everything = [...fields.flatMap((field) => space.levelsOf(field)), ...current, space.untrackedLevel];
    this.besides = diagrams.mask(everything.filter((level) => !known.has(level)));
    this.only = { from: only('from'), to: only('to'), service: only('service') };
    const splitter = (axis: Axis): Splitter => new Splitter(diagrams, levels(axis));
    this.splitters = { from: splitter('from'), to: splitter('to'), service: splitter('service') };
    this.wellFormed = {
      from: space.wellFormed(fieldsOf.from),
      to: space.wellFormed(fieldsOf.to),
      service: space.wellFormed(fieldsOf.service),
    };
  }

  tellAll(set: SetId): boolean {
    return this.space.diagrams.project(set, this.besides) === set;
  }

  along(set: SetId, axis: Axis): SetId {
    return this.space.diagrams.project(set, this.only[axis]);
  }

  all(axis: Axis): SetId {
    return this.wellFormed[axis];
  }

  fine(_axis: Axis, set: SetId): SetId {
    return set;
  }

  /** Values of an axis that none of some sets tells apart. Undefined: there are more than `most` kinds. */
  kinds(sets: readonly SetId[], axis: Axis, most: number): readonly SetId[] | undefined {
    const { diagrams } = this;
    return this.splitters[axis]
      .classesOf(sets, most)
      ?.map((values) => diagrams.intersect(values, this.wellFormed[axis]))
      .filter((values) => values !== empty);
  }

  /** What a set has besides, for each of the values of an axis, which are ascending texts of bits. */
  restsAt(set: SetId, axis: Axis, texts: readonly string[]): readonly Stretch[] {
    return this.splitters[axis].restsAt(set, texts);
  }

  rows(set: SetId, axis: Axis, most: number): readonly Row[] | undefined {
    const { diagrams } = this.space;
    return this.splitters[axis]
      .fewRows(set, most)
      ?.map(({ values, rest }) => ({ values: diagrams.intersect(values, this.wellFormed[axis]), rest }));
  }
}
