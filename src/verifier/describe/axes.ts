/** The three axes along which flows are told to people: who sends, to whom, and what; and sets seen along one of them. */
import type { SetId } from '../sets/diagrams.ts';
import { type Row, Splitter } from '../sets/split.ts';
import type { Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';

export type Axis = 'from' | 'to' | 'service';

export const axes: readonly Axis[] = ['from', 'to', 'service'];

/** Who, to whom, what: a product. */
export type Box = Readonly<Record<Axis, SetId>>;

const fieldsOf: Readonly<Record<Axis, readonly Field[]>> = {
  from: ['origin', 'source'],
  to: ['destination'],
  service: ['protocol', 'icmpType', 'icmpCode', 'tcpFlags', 'destinationPort', 'sourcePort', 'hopLimit'],
};

/** Projections to the axes of one space; the masks are made once. */
export class Axes {
  readonly space: Space;
  private readonly only: Readonly<Record<Axis, number>>;
  private readonly splitters: Readonly<Record<Axis, Splitter>>;
  private readonly wellFormed: Readonly<Record<Axis, SetId>>;

  constructor(space: Space) {
    this.space = space;
    const marks = [...space.markLevels.values()].map(({ arrival }) => arrival);
    const levels = (axis: Axis): readonly number[] => [
      ...fieldsOf[axis].flatMap((field) => space.levelsOf(field)),
      // What a packet carries besides, and what is not known about it, belongs to what is sent.
      ...(axis === 'service' ? [...marks, ...space.choiceTexts.keys()] : []),
    ];
    const all = axes.flatMap(levels);
    const { diagrams } = space;
    const only = (axis: Axis): number => {
      const own = new Set(levels(axis));
      return diagrams.mask(all.filter((level) => !own.has(level)));
    };
    this.only = { from: only('from'), to: only('to'), service: only('service') };
    const splitter = (axis: Axis): Splitter => new Splitter(diagrams, levels(axis));
    this.splitters = { from: splitter('from'), to: splitter('to'), service: splitter('service') };
    this.wellFormed = {
      from: space.wellFormed(fieldsOf.from),
      to: space.wellFormed(fieldsOf.to),
      service: space.wellFormed(fieldsOf.service),
    };
  }

  /** What a set has on an axis. */
  along(set: SetId, axis: Axis): SetId {
    return this.space.diagrams.project(set, this.only[axis]);
  }

  /** Every value of an axis. */
  all(axis: Axis): SetId {
    return this.wellFormed[axis];
  }

  /** Splits a set by an axis: as many rows as there are different rests, `most` of them at most; then undefined. */
  rows(set: SetId, axis: Axis, most: number): readonly Row[] | undefined {
    const { diagrams } = this.space;
    return this.splitters[axis]
      .fewRows(set, most)
      ?.map(({ values, rest }) => ({ values: diagrams.intersect(values, this.wellFormed[axis]), rest }));
  }
}
