/** The three axes along which flows are told to people: who sends, to whom, and what; and sets seen along one of them. */
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';

export type Axis = 'from' | 'to' | 'service';

export const axes: readonly Axis[] = ['from', 'to', 'service'];

const fieldsOf: Readonly<Record<Axis, readonly Field[]>> = {
  from: ['origin', 'source'],
  to: ['destination'],
  service: ['protocol', 'icmpType', 'icmpCode', 'tcpFlags', 'destinationPort', 'sourcePort', 'hopLimit'],
};

/** Packets whose rest, beyond some axis, is the same. */
export interface Row {
  readonly values: SetId;
  /** Without the axis. */
  readonly rest: SetId;
}

/** Projections to the axes of one space; the masks are made once. */
export class Axes {
  readonly space: Space;
  private readonly levels: Readonly<Record<Axis, readonly number[]>>;
  private readonly only: Readonly<Record<Axis, number>>;
  private readonly without: Readonly<Record<Axis, number>>;
  private readonly wellFormed: Readonly<Record<Axis, SetId>>;

  constructor(space: Space) {
    this.space = space;
    const marks = [...space.markLevels.values()].map(({ arrival }) => arrival);
    const levels = (axis: Axis): readonly number[] => [
      ...fieldsOf[axis].flatMap((field) => space.levelsOf(field)),
      // What a packet carries besides, and what is not known about it, belongs to what is sent.
      ...(axis === 'service' ? [...marks, ...space.choiceTexts.keys()] : []),
    ];
    this.levels = { from: levels('from'), to: levels('to'), service: levels('service') };
    const all = axes.flatMap((axis) => this.levels[axis]);
    const { diagrams } = space;
    const mask = (axis: Axis, keep: boolean): number => {
      const own = new Set(this.levels[axis]);
      return diagrams.mask(all.filter((level) => own.has(level) !== keep));
    };
    this.only = { from: mask('from', true), to: mask('to', true), service: mask('service', true) };
    this.without = { from: mask('from', false), to: mask('to', false), service: mask('service', false) };
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
    const rows: Row[] = [];
    for (let left = set; left !== empty; ) {
      if (rows.length >= most) return undefined;
      const rest = diagrams.project(diagrams.intersect(left, this.somePoint(left, axis)), this.without[axis]);
      const different = diagrams.unite(diagrams.subtract(rest, left), diagrams.subtract(left, rest));
      const values = diagrams.subtract(this.wellFormed[axis], this.along(different, axis));
      rows.push({ values, rest });
      left = diagrams.subtract(left, values);
    }
    return rows;
  }

  /** One value of the axis that occurs in a set. */
  private somePoint(set: SetId, axis: Axis): SetId {
    const { diagrams } = this.space;
    const chosen = new Map<number, boolean>();
    for (let node = this.along(set, axis); node > 1; ) {
      const low = diagrams.lowOf(node);
      chosen.set(diagrams.levelOf(node), low === empty);
      node = low === empty ? diagrams.highOf(node) : low;
    }
    const levels = [...this.levels[axis]].sort((left, right) => right - left);
    let point: SetId = 1;
    for (const level of levels)
      point = chosen.get(level) === true ? diagrams.node(level, empty, point) : diagrams.node(level, point, empty);
    return point;
  }
}
