/** Sets of packets at one hook: filter chains and the kernel's own work in their order, until they are through or ended. */
import type { Hook, Ruleset } from '../../../ruleset/ruleset.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import { Union } from '../../sets/union.ts';
import type { Space } from '../../space/space.ts';
import { addTo, type ChainContext, type ChainEnd, type Observer, runBaseChain } from '../chains/chain.ts';
import { Lookups } from '../chains/lookup.ts';
import { callsInet } from '../reading/kernel.ts';
import {
  type Binding,
  bindingKey,
  type InterfaceSight,
  originalSight,
  replySight,
  type Sight,
} from '../reading/sight.ts';
import { type BaseChainPlace, type ChainOrder, HookOrder, type HookStep } from './hook-lists.ts';

/** Packets whose connections are translated in the same way. */
export interface Piece {
  readonly binding: Binding;
  readonly set: SetId;
}

/** Which packets of connections are looked at. */
export interface PacketKind {
  readonly direction: 'original' | 'reply';
  /** A bit of `ct state`. */
  readonly state: number;
  /** A first packet: the nat chains decide; later ones follow their connection [2]. */
  readonly first: boolean;
  /** An ICMP error about the connection, of this type, from the connection's end or from a router. */
  readonly error?: { readonly type: number; readonly from: 'end' | 'router' };
}

export interface Stage {
  readonly layer: 'ip' | 'bridge';
  readonly hook: Hook;
  readonly input: InterfaceSight;
  readonly output: InterfaceSight;
  readonly hopSpent?: boolean;
  /** How many of the two translations (at the way in, at the way out) have been made before this hook. */
  readonly applied: 0 | 1 | 2;
  /** Only chains up to, or above, a priority: the inet hooks run inside the bridge hooks [99]. */
  readonly upTo?: number;
  readonly above?: number;
  /** Packets that come back in through loopback are in conntrack already [52]. */
  readonly known?: boolean;
}

/** Where packets end before they are delivered. */
export class Losses {
  readonly dropped: Union;
  readonly unknown: Union;
  readonly rejected = new Map<string, Union>();
  /** Of the unknown ones, those that met chains in too many possible orders, by the words for it. */
  readonly unordered = new Map<string, Union>();
  private readonly space: Space;

  constructor(space: Space) {
    this.space = space;
    this.dropped = new Union(space.diagrams);
    this.unknown = new Union(space.diagrams);
  }

  /** What makes the set is asked only when somebody wants to know what was dropped: a proof does not. */
  drop(make: () => SetId): void {
    this.dropped.add(make);
  }

  /** Packets of which nothing is known any more. */
  forget(set: SetId): void {
    this.unknown.add(() => set);
  }

  forgetOrder(hook: Hook, members: readonly unknown[], set: SetId): void {
    this.forget(set);
    const text = `${hook}: the order of ${members.length} chains of one priority`;
    addTo(this.unordered, text, this.space.diagrams).add(set);
  }

  add({ dropped, unknown, rejected }: Pick<ChainEnd, 'dropped' | 'unknown' | 'rejected'>): void {
    this.dropped.addAll(dropped);
    this.unknown.addAll(unknown);
    for (const [kind, union] of rejected) addTo(this.rejected, kind, this.space.diagrams).addAll(union);
  }
}

/** How far packets have come at a hook. */
interface Progress {
  readonly pieces: readonly Piece[];
  readonly applied: 0 | 1 | 2;
  readonly tracked: boolean;
}

/** Of more chains than this nothing is said when their order is not known. */
const mostInAnyOrder = 4;

function nameOf(step: HookStep): string {
  return step.kind === 'chain' ? `${step.table.family} ${step.table.name} ${step.chain.name}` : step.kind;
}

/** The rules of a host, ready to judge sets of packets of one space. */
export class Rules {
  readonly space: Space;
  readonly order: HookOrder;
  private readonly lookups: Lookups;
  private readonly observe: Observer | undefined;
  /** Bridged packets meet the inet hooks. */
  readonly judgesBridged: boolean;

  constructor(
    space: Space,
    rulesets: readonly Ruleset[],
    observe?: Observer,
    chainOrder: ChainOrder = 'known',
    known?: Rules,
  ) {
    this.space = space;
    this.order = known?.order ?? new HookOrder(rulesets, space.family, chainOrder);
    this.observe = observe;
    this.judgesBridged = known === undefined && callsInet(space);
    this.lookups = known?.lookups ?? new Lookups();
  }

  /** The same rules on a host that does not show bridged packets to the inet hooks. */
  withoutBridgeNetfilter(): Rules {
    return new Rules(this.space, [], this.observe, 'known', this);
  }

  /** The pieces that pass a hook; what does not is added to the losses. */
  hook(stage: Stage, kind: PacketKind, pieces: readonly Piece[], losses: Losses): readonly Piece[] {
    let progress: Progress = {
      pieces: pieces.filter(({ set }) => set !== empty),
      applied: stage.applied,
      tracked: stage.layer === 'bridge' || stage.applied > 0 || stage.known === true || stage.hook === 'forward',
    };
    for (const step of this.order.steps(stage.layer, stage.hook)) {
      if (progress.pieces.length === 0) return [];
      if (stage.upTo !== undefined && step.priority > stage.upTo) continue;
      if (stage.above !== undefined && step.priority <= stage.above) continue;
      progress = this.step(stage, kind, step, progress, losses);
    }
    return progress.pieces;
  }

  private step(stage: Stage, kind: PacketKind, step: HookStep, progress: Progress, losses: Losses): Progress {
    const { pieces, applied, tracked } = progress;
    switch (step.kind) {
      case 'track':
        return { ...progress, tracked: true };
      case 'nat':
        if (stage.known === true) return progress;
        return {
          pieces: kind.first ? this.translate(stage, kind, pieces, applied, losses) : pieces,
          applied: applied < 2 ? ((applied + 1) as 1 | 2) : applied,
          tracked,
        };
      case 'chain': {
        const passed = pieces.map(({ binding, set }) => {
          const end = runBaseChain(this.context(stage, step, kind, binding, applied, tracked), step.chain, set);
          losses.add(end);
          return { binding, set: end.accepted };
        });
        return { ...progress, pieces: this.joined(passed) };
      }
      case 'any-order': {
        const ends = this.orders(step.members, (member) => `${stage.hook}: ${nameOf(member)} first`).map(
          ({ set, members }) => {
            let end: Progress = { ...progress, pieces: this.part(pieces, set) };
            for (const member of members) end = this.step(stage, kind, member, end, losses);
            return end;
          },
        );
        if (ends.length === 0) for (const { set } of pieces) losses.forgetOrder(stage.hook, step.members, set);
        const last = ends.at(-1) ?? progress;
        return { ...last, pieces: this.joined(ends.flatMap((end) => end.pieces)) };
      }
    }
  }

  private part(pieces: readonly Piece[], part: SetId): readonly Piece[] {
    const { space } = this;
    return pieces
      .map(({ binding, set }) => ({ binding, set: space.settled(space.diagrams.intersect(set, part)) }))
      .filter(({ set }) => set !== empty);
  }

  /**
   * Every order that members may have, each for the packets for which it turns out to be the one; too many orders: none. The
   * questions are the same however the members are listed.
   */
  private orders<T>(
    listed: readonly T[],
    question: (member: T) => string,
  ): readonly { readonly set: SetId; readonly members: readonly T[] }[] {
    if (listed.length > mostInAnyOrder) return [];
    const members = sortedBy(listed, question);
    if (members.length < 2) return [{ set: everything, members }];
    const { space } = this;
    const { diagrams } = space;
    let rest: SetId = everything;
    return members.flatMap((member, index) => {
      const first = index === members.length - 1 ? everything : space.choice(question(member));
      const mine = diagrams.intersect(rest, first);
      // Where choices are forgotten all orders are taken at once.
      if (!space.bounds) rest = diagrams.subtract(rest, first);
      return this.orders(members.toSpliced(index, 1), (other) => `${question(member)}, then ${question(other)}`).map(
        (order) => ({
          set: space.bounds ? everything : diagrams.intersect(mine, order.set),
          members: [member, ...order.members],
        }),
      );
    });
  }

  /** Asks the nat chains in order; the first that translates decides, accept and return ask the next one [8, 9]. */
  private translate(
    stage: Stage,
    kind: PacketKind,
    pieces: readonly Piece[],
    applied: 0 | 1 | 2,
    losses: Losses,
  ): readonly Piece[] {
    const { diagrams, untrackedLevel } = this.space;
    const untracked = this.space.bit(untrackedLevel);
    const result: Piece[] = [];
    const ask = (chain: BaseChainPlace, binding: Binding, set: SetId): SetId => {
      const end = runBaseChain(this.context(stage, chain, kind, binding, applied, true), chain.chain, set);
      losses.add(end);
      result.push(...end.translated);
      return end.accepted;
    };
    for (const { binding, set } of pieces) {
      result.push({ binding, set: diagrams.intersect(set, untracked) }); // never translated [44]
      let asked = diagrams.subtract(set, untracked);
      for (const group of this.order.natChains(stage.hook)) {
        if (asked === empty) break;
        const orders = this.orders(group, (chain) => `nat ${stage.hook}: ${nameOf(chain)} first`);
        if (orders.length === 0) losses.forgetOrder(stage.hook, group, asked);
        const left = orders.map((order) =>
          order.members.reduce(
            (open, chain) => (open === empty ? empty : ask(chain, binding, open)),
            this.space.settled(diagrams.intersect(asked, order.set)),
          ),
        );
        asked = diagrams.uniteAll(left);
      }
      result.push({ binding, set: asked });
    }
    return this.joined(result);
  }

  joined(pieces: readonly Piece[]): readonly Piece[] {
    const { diagrams } = this.space;
    const joined = new Map<string, Piece>();
    for (const { binding, set } of pieces) {
      if (set === empty) continue;
      const key = bindingKey(binding);
      joined.set(key, { binding, set: diagrams.unite(joined.get(key)?.set ?? empty, set) });
    }
    return [...joined.values()];
  }

  private context(
    stage: Stage,
    { table }: BaseChainPlace,
    kind: PacketKind,
    binding: Binding,
    applied: 0 | 1 | 2,
    tracked: boolean,
  ): ChainContext {
    return {
      space: this.space,
      table,
      lookups: this.lookups,
      sight: sightOf(stage, kind, binding, applied),
      binding,
      afterTracking: tracked,
      observe: this.observe,
    };
  }
}

/** The same list whatever order its members had. */
function sortedBy<T>(members: readonly T[], text: (member: T) => string): readonly T[] {
  return members.toSorted((one, other) => (text(one) < text(other) ? -1 : text(one) > text(other) ? 1 : 0));
}

function sightOf(stage: Stage, kind: PacketKind, binding: Binding, applied: 0 | 1 | 2): Sight {
  const { layer, hook, input, output, hopSpent = false } = stage;
  const place = { layer, hook, input, output, hopSpent, state: kind.state, first: kind.first };
  const sight =
    kind.direction === 'original'
      ? originalSight(place, binding, { destination: applied >= 1, source: applied >= 2 })
      : replySight(place, binding, { source: applied >= 1, destination: applied >= 2 });
  if (kind.error === undefined) return sight;
  return { ...sight, errorType: kind.error.type, source: kind.error.from === 'router' ? 'errorSource' : sight.source };
}
