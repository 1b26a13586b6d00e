/**
 * What a set holds on one axis, where the other two are those of a box. Most services are alike: what senders and receivers
 * have of them is worked out once for all that are, and not again for every port that is published.
 */
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Row } from '../sets/split.ts';
import { type Axis, axes, type Box, type FlowSpace } from './axes.ts';

export interface Seen {
  readonly along: (box: Box, axis: Axis) => SetId;
}

/** More kinds of services than these are not told apart. */
const mostKinds = 64;

/** The packets that are asked about, and parts of them. */
export class SeenParts {
  private readonly space: FlowSpace;
  private readonly asked: SetId;
  private readonly kinds: readonly Row[] | undefined;
  private readonly known = new Map<string, SetId>();

  constructor(space: FlowSpace, asked: SetId) {
    this.space = space;
    this.asked = asked;
    this.kinds = this.rows(asked);
    this.all = this.kinds === undefined ? this.directly(asked) : this.byService(this.kinds);
  }

  /** All of them. */
  readonly all: Seen;

  /** Whether everything that is sent from some ends to others in some services is asked about, where services are told apart at all. */
  has(ends: SetId, service: SetId): boolean {
    const { diagrams } = this.space;
    if (this.kinds === undefined) return false;
    const met = this.kinds.filter(({ values }) => diagrams.meets(values, service));
    const services = diagrams.uniteAll(met.map(({ values }) => values));
    return diagrams.includes(services, service) && met.every(({ rest }) => diagrams.includes(rest, ends));
  }

  /** Those that are not in a set. */
  besides(set: SetId): Seen {
    const { kinds, space } = this;
    const { diagrams } = space;
    const rows = kinds === undefined ? undefined : this.rows(set);
    if (kinds === undefined || rows === undefined) return this.directly(diagrams.subtract(this.asked, set));
    return this.byService(
      kinds.flatMap(({ values, rest }) => {
        let left = values;
        const met = rows.map((row) => {
          const own = diagrams.intersect(left, row.values);
          left = diagrams.subtract(left, own);
          return { values: own, rest: diagrams.subtract(rest, row.rest) };
        });
        return [...met, { values: left, rest }].filter((row) => row.values !== empty && row.rest !== empty);
      }),
    );
  }

  /** By service, where there is nothing else that these packets are told apart by. */
  private rows(set: SetId): readonly Row[] | undefined {
    return this.space.tellAll(set) ? this.space.rows(set, 'service', mostKinds) : undefined;
  }

  private directly(set: SetId): Seen {
    const { space } = this;
    return {
      along: (box, axis) => {
        const others = axes.filter((other) => other !== axis).map((other) => box[other]);
        return space.along(space.diagrams.intersectAll(...others, set), axis);
      },
    };
  }

  private byService(rows: readonly Row[]): Seen {
    const { diagrams } = this.space;
    const known = new Map<string, SetId>();
    const services = (from: SetId, to: SetId): SetId => {
      const key = `${from} ${to}`;
      let set = known.get(key);
      if (set === undefined) {
        const ends = diagrams.intersect(from, to);
        set = diagrams.uniteAll(rows.map(({ values, rest }) => (diagrams.meets(ends, rest) ? values : empty)));
        known.set(key, set);
      }
      return set;
    };
    return {
      along: ({ from, to, service }, axis) => {
        if (axis === 'service') return services(from, to);
        const rests = rows.flatMap(({ values, rest }) => (diagrams.meets(values, service) ? [rest] : []));
        return this.ends(axis, axis === 'from' ? to : from, diagrams.uniteAll(rests));
      },
    };
  }

  /** Who has something to do with those at the other end. */
  private ends(axis: 'from' | 'to', other: SetId, among: SetId): SetId {
    const key = `${axis} ${other} ${among}`;
    let set = this.known.get(key);
    if (set === undefined) {
      set = this.space.along(this.space.diagrams.intersect(other, among), axis);
      this.known.set(key, set);
    }
    return set;
  }
}
