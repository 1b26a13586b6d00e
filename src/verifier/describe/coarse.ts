/**
 * A set of flows over kinds of senders, receivers and services instead of the fields of packets. What neither the set nor the
 * packets that are asked about tell apart is one kind, and a thousand containers are as many numbers of ten bits: what is
 * worked out about the lines that tell a set takes a fraction of the steps that it takes in the fields, and comes out the same.
 */
import { type Segment, segmentsSet } from '../sets/boxes.ts';
import { Diagrams, empty, type SetId } from '../sets/diagrams.ts';
import { type Row, Splitter } from '../sets/split.ts';
import { type Axes, type Axis, axes, type FlowSpace } from './axes.ts';
import type { Bundle } from './bundles.ts';
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

  /** `wanted`, a part of `asked`, as its rows along each axis. Undefined where there are too many kinds. */
  static of(store: CoarseStore, fine: Axes, wanted: AxisRows, asked: AxisRows): Coarse | undefined {
    const list = (axis: Axis): readonly Kind[] | undefined => kindsOf(fine, wanted[axis], asked[axis], axis);
    const [from, to, service] = [list('from'), list('to'), list('service')];
    if (from === undefined || to === undefined || service === undefined) return undefined;
    const numbered = (axis: Axis, kinds: readonly Kind[]): Kinds =>
      new Kinds(
        fine.diagrams,
        fine.levels[axis],
        kinds.map(({ values }) => values),
        { coarse: store.diagrams, level: levelOf[axis] },
      );
    const kinds = { from: numbered('from', from), to: numbered('to', to), service: numbered('service', service) };
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

/** A set split along each axis. */
export type AxisRows = Readonly<Record<Axis, readonly Row[]>>;

/** Undefined where the axes do not tell everything about a set, or it has too many kinds of something. */
export function axisRows(fine: Axes, set: SetId): AxisRows | undefined {
  if (!fine.tellAll(set)) return undefined;
  if (axes.some((axis) => !fine.diagrams.includes(fine.all(axis), fine.along(set, axis)))) return undefined;
  const [from, to, service] = axes.map((axis) => fine.rows(set, axis, mostKinds));
  return from === undefined || to === undefined || service === undefined ? undefined : { from, to, service };
}

/** The same of a product of ends with services. */
export function bundleRows(fine: Axes, { ends, rest: service }: Bundle): AxisRows | undefined {
  const { diagrams } = fine;
  const [from, to] = [fine.rows(ends, 'from', mostKinds), fine.rows(ends, 'to', mostKinds)];
  const served = (rows: readonly Row[]): readonly Row[] =>
    rows.map(({ values, rest }) => ({ values, rest: diagrams.intersect(rest, service) }));
  return from && to && { from: served(from), to: served(to), service: [{ values: service, rest: ends }] };
}

/** The kinds of an axis: values for which both sets have the same. Undefined: too many. */
function kindsOf(fine: Axes, inner: readonly Row[], outer: readonly Row[], axis: Axis): readonly Kind[] | undefined {
  const { diagrams } = fine;
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
