/**
 * A set of flows over kinds of senders, receivers and services instead of the fields of packets. What neither the set nor the
 * packets that are asked about tell apart is one kind, and a thousand containers are as many numbers of ten bits: what is
 * worked out about the lines that tell a set takes a fraction of the steps that it takes in the fields, and comes out the same.
 */
import { type Segment, segmentsSet } from '../sets/boxes.ts';
import { Diagrams, empty, type SetId } from '../sets/diagrams.ts';
import { type Row, Splitter } from '../sets/split.ts';
import { type Axes, type Axis, axes, type FlowSpace } from './axes.ts';
import { Kinds } from './kinds.ts';

/** More kinds of senders, receivers or services than these are not numbered. */
const mostKinds = 6000;
/** Levels of the axes: kinds that are numbered have fewer bits. */
const levelOf: Readonly<Record<Axis, number>> = { from: 0, to: 16, service: 32 };
const bits = 16;

/** Where sets over numbers are kept, for one question after the other. */
export class CoarseStore {
  readonly diagrams = new Diagrams();
  readonly masks: Readonly<Record<Axis, number>>;
  readonly splitters: Readonly<Record<Axis, Splitter>>;

  constructor() {
    const levels = (axis: Axis): readonly number[] => Array.from({ length: bits }, (_, bit) => levelOf[axis] + bit);
    const mask = (axis: Axis): number =>
      this.diagrams.mask(axes.filter((other) => other !== axis).flatMap((other) => levels(other)));
    const splitter = (axis: Axis): Splitter => new Splitter(this.diagrams, levels(axis));
    this.masks = { from: mask('from'), to: mask('to'), service: mask('service') };
    this.splitters = { from: splitter('from'), to: splitter('to'), service: splitter('service') };
  }
}

/** What stands for a kind in the two sets. */
interface Kind {
  readonly values: SetId;
  /** What the set has for it, and what is asked about. */
  readonly wanted: SetId;
  readonly asked: SetId;
}

export class Coarse implements FlowSpace {
  readonly diagrams: Diagrams;
  /** The set, and the packets asked about, over numbers. */
  readonly wanted: SetId;
  readonly asked: SetId;
  private readonly store: CoarseStore;
  private readonly kinds: Readonly<Record<Axis, Kinds>>;

  private constructor(store: CoarseStore, kinds: Readonly<Record<Axis, Kinds>>, wanted: SetId, asked: SetId) {
    this.store = store;
    this.diagrams = store.diagrams;
    this.kinds = kinds;
    this.wanted = wanted;
    this.asked = asked;
  }

  /** `wanted` is a part of `asked`. Undefined where the axes do not tell everything, or there are too many kinds. */
  static of(store: CoarseStore, fine: Axes, wanted: SetId, asked: SetId): Coarse | undefined {
    if (!fine.tellAll(wanted) || !fine.tellAll(asked)) return undefined;
    const found = { from: kindsOf(fine, wanted, asked, 'from'), to: kindsOf(fine, wanted, asked, 'to') };
    const services = kindsOf(fine, wanted, asked, 'service');
    const { from, to } = found;
    if (from === undefined || to === undefined || services === undefined) return undefined;
    const numbered = (axis: Axis, list: readonly Kind[]): Kinds =>
      new Kinds(
        fine.diagrams,
        fine.levels[axis],
        list.map(({ values }) => values),
        { coarse: store.diagrams, level: levelOf[axis] },
      );
    const kinds = { from: numbered('from', from), to: numbered('to', to), service: numbered('service', services) };
    const rests = new Map<SetId, SetId>();
    const restOf = (rest: SetId): SetId => {
      let coarse = rests.get(rest);
      if (coarse === undefined) {
        coarse = receiving(store, fine, kinds, rest);
        rests.set(rest, coarse);
      }
      return coarse;
    };
    const all = (rest: (kind: Kind) => SetId): SetId =>
      byNumber(
        store,
        kinds.from,
        from.map((kind, index) => [kinds.from.numberOf(index), restOf(rest(kind))] as const),
      );
    return new Coarse(
      store,
      kinds,
      all((kind) => kind.wanted),
      all((kind) => kind.asked),
    );
  }

  tellAll(): boolean {
    return true;
  }

  along(set: SetId, axis: Axis): SetId {
    return this.diagrams.project(set, this.store.masks[axis]);
  }

  all(axis: Axis): SetId {
    return this.kinds[axis].all;
  }

  rows(set: SetId, axis: Axis, most: number): readonly Row[] | undefined {
    return this.store.splitters[axis].fewRows(set, most);
  }

  fine(axis: Axis, set: SetId): SetId {
    return this.kinds[axis].fineOf(set);
  }
}

/** The kinds of an axis: values for which both sets have the same. Undefined: too many, or values that no field has. */
function kindsOf(fine: Axes, wanted: SetId, asked: SetId, axis: Axis): readonly Kind[] | undefined {
  const { diagrams } = fine;
  const outer = fine.rows(asked, axis, mostKinds);
  const inner = fine.rows(wanted, axis, mostKinds);
  if (outer === undefined || inner === undefined) return undefined;
  if (!diagrams.includes(fine.all(axis), fine.along(asked, axis))) return undefined;
  const kinds: Kind[] = [];
  const add = (kind: Kind): void => {
    if (kind.values !== empty) kinds.push(kind);
  };
  let unasked = fine.all(axis);
  for (const row of outer) {
    let left = row.values;
    for (const { values, rest } of inner) {
      const own = diagrams.intersect(row.values, values);
      left = diagrams.subtract(left, own);
      add({ values: own, wanted: rest, asked: row.rest });
    }
    add({ values: left, wanted: empty, asked: row.rest });
    unasked = diagrams.subtract(unasked, row.values);
  }
  add({ values: unasked, wanted: empty, asked: empty });
  return kinds.length > mostKinds ? undefined : kinds;
}

/** Receivers and services in place of the fields of packets. */
function receiving(store: CoarseStore, fine: Axes, kinds: Readonly<Record<Axis, Kinds>>, set: SetId): SetId {
  const rows = fine.rows(set, 'to', Number.POSITIVE_INFINITY) ?? [];
  return byNumber(
    store,
    kinds.to,
    rows.flatMap(({ values, rest }) => {
      const services = kinds.service.coarseOf(rest);
      return kinds.to.numbersIn(values).map((number) => [number, services] as const);
    }),
  );
}

/** A set for each number. */
function byNumber(store: CoarseStore, { place }: Kinds, parts: readonly (readonly [number, SetId])[]): SetId {
  const segments = parts
    .filter(([, set]) => set !== empty)
    .map(([number, set]): Segment => ({ first: number, last: number, set }))
    .sort((one, other) => one.first - other.first);
  return segmentsSet(store.diagrams, place, segments);
}
