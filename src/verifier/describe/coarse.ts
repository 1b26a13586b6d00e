/**
 * A set of flows over kinds of senders, receivers and services instead of the fields of packets. What neither the set nor the
 * packets that are asked about tell apart is one kind, and a thousand containers are as many numbers of ten bits: what is
 * worked out about the lines that tell a set takes a fraction of the steps that it takes in the fields, and comes out the same.
 */
import { type Segment, segmentsSet } from '../sets/boxes.ts';
import { Diagrams, empty, type SetId } from '../sets/diagrams.ts';
import { type Row, Splitter, type Stretch } from '../sets/split.ts';
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

export class Coarse implements FlowSpace {
  readonly diagrams: Diagrams;
  /** The set, and the packets asked about, over numbers. */
  readonly wanted: SetId;
  readonly asked: SetId;
  private readonly store: CoarseStore;
  private readonly kinds: Numbered;

  private constructor(store: CoarseStore, kinds: Numbered, wanted: SetId, asked: SetId) {
    this.store = store;
    this.diagrams = store.diagrams;
    this.kinds = kinds;
    this.wanted = wanted;
    this.asked = asked;
  }

  /** `wanted`: a part of `asked`, as a product of some flows with services. Undefined where the axes do not tell everything, or there are too many kinds. */
  static of(store: CoarseStore, fine: Axes, { ends, rest }: Bundle, asked: SetId): Coarse | undefined {
    if (![ends, rest, asked].every((set) => fine.tellAll(set))) return undefined;
    if (axes.some((axis) => !fine.diagrams.includes(fine.all(axis), fine.along(asked, axis)))) return undefined;
    const from = kindsOf(store, fine, [ends, asked], 'from');
    if (from === undefined) return undefined;
    const senders = [ends, asked].map((set) => fine.restsAt(set, 'from', from.texts));
    const received = distinct(senders.flat());
    const to = kindsOf(store, fine, received, 'to');
    if (to === undefined) return undefined;
    const receivers = received.map((set) => [set, fine.restsAt(set, 'to', to.texts)] as const);
    const services = distinct([{ rest }, ...receivers.flatMap(([, stretches]) => stretches)]);
    const service = kindsOf(store, fine, services, 'service');
    if (service === undefined) return undefined;
    const served = new Map(
      receivers.map(([set, stretches]) => [set, byNumber(store, to, stretches, (one) => service.coarseOf(one))]),
    );
    const [wanted = empty, all = empty] = senders.map((stretches) =>
      byNumber(store, from, stretches, (one) => served.get(one) ?? empty),
    );
    const kinds = { from, to, service };
    return new Coarse(store, kinds, store.diagrams.intersect(wanted, service.coarseOf(rest)), all);
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

type Numbered = Readonly<Record<Axis, Kinds>>;

/** The kinds of an axis, those that none of the sets holds among them. Undefined: too many. */
function kindsOf(store: CoarseStore, fine: Axes, sets: readonly SetId[], axis: Axis): Kinds | undefined {
  const found = fine.kinds(sets, axis, mostKinds);
  if (found === undefined) return undefined;
  const { diagrams } = fine;
  const others = diagrams.subtract(fine.all(axis), diagrams.uniteAll(found));
  const all = others === empty ? found : [...found, others];
  return new Kinds(diagrams, fine.levels[axis], all, { coarse: store.diagrams, level: levelOf[axis] });
}

function distinct(parts: readonly { readonly rest: SetId }[]): readonly SetId[] {
  return [...new Set(parts.map(({ rest }) => rest))];
}

/** A set for each number. */
function byNumber(
  store: CoarseStore,
  { place }: Kinds,
  stretches: readonly Stretch[],
  coarse: (rest: SetId) => SetId,
): SetId {
  const segments = stretches.map(({ first, last, rest }): Segment => ({ first, last, set: coarse(rest) }));
  return segmentsSet(
    store.diagrams,
    place,
    segments.filter(({ set }) => set !== empty),
  );
}
