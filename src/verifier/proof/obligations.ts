/**
 * What has to be shown, one obligation after the other. Connections arise only from first packets that were delivered, so
 * whatever the rules do to later packets of those, to replies and to ICMP errors about them is what any table of
 * connections that is reachable under these rules can bring; see docs/proof.md.
 */

import type { Meant } from '../meaning/meant.ts';
import { arriving, type Behaviour, behaviourOfRules } from '../run/behaviour.ts';
import { Losses, type PacketKind, type Piece, type Rules } from '../run/hooks/hook.ts';
import { bindingKey, stateBits, untranslated } from '../run/reading/sight.ts';
import { Journey } from '../run/ways/journey.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Field } from '../space/fields.ts';
import { onlyFields } from '../space/groups.ts';
import { differencesOf } from './differences.ts';
import type { Universe } from './universe.ts';

export type ObligationName =
  | 'first packets'
  | 'first packets without br_netfilter'
  | 'later packets'
  | 'replies'
  | 'errors towards the sender'
  | 'errors towards the receiver'
  | 'answers of a reject'
  | 'forged first packets'
  | 'forged first packets without br_netfilter'
  | 'frames past the host'
  | 'forged packets of a connection'
  | 'forged replies'
  | 'packets that start nothing';

/** An obligation that is not met, and the packets for which it is not. */
export interface Violation {
  readonly obligation: ObligationName;
  /** First packets, with what they are translated to where a binding says so. */
  readonly set: SetId;
  readonly binding: Piece['binding'];
  /** The packet of the connection that is judged wrongly; undefined: the first one. */
  readonly kind: PacketKind | undefined;
  /** Who is right about these packets: they are delivered (or rejected) by the rules alone, or meant alone. */
  readonly side: 'rules' | 'policy';
  /** Empty, or how they are rejected. */
  readonly rejected: string;
}

const errorTypes = { ipv4: [3, 11, 12], ipv6: [1, 2, 3, 4] } as const;

export interface FirstPackets {
  readonly obligation: ObligationName;
  readonly packets: SetId;
  /** Nobody is there to receive them: they must not reach more than is meant, but need not arrive, nor be refused with an answer. */
  readonly vacant: SetId;
  /** The host has no way to the network that they are sent to: a reject may be a drop. */
  readonly astray: SetId;
  /** The rules may deliver less than is meant. */
  readonly atMost: boolean;
}

/** Where rules and meaning part on first packets. */
export function firstPacketViolations(behaviour: Behaviour, meant: Meant, asked: FirstPackets): readonly Violation[] {
  const { diagrams } = behaviour.space;
  const bindings = new Map(
    [...behaviour.delivered, ...meant.delivered].map(({ binding }) => [bindingKey(binding), binding]),
  );
  return differencesOf(behaviour.space, asked.packets, behaviour, meant)
    .filter(({ kind, side }) => !asked.atMost || (kind === 'delivered' && side === 'left'))
    .map(({ kind, side, set, way }): Violation => {
      const missing = side === 'right';
      const excused = diagrams.unite(missing ? asked.vacant : empty, kind === 'rejected' ? asked.astray : empty);
      return {
        obligation: asked.obligation,
        set: diagrams.subtract(set, excused),
        binding: kind === 'delivered' ? (bindings.get(way) ?? untranslated) : untranslated,
        kind: undefined,
        side: side === 'left' ? 'rules' : 'policy',
        rejected: kind === 'rejected' ? way : '',
      };
    })
    .filter(({ set }) => set !== empty);
}

/** Obligations about what follows a first packet, and about packets that follow none. */
export class StateObligations {
  private readonly rules: Rules;
  private readonly universe: Universe;
  private connections: readonly Piece[] = [];
  private readonly delivered: readonly Piece[];
  private readonly rejected: ReadonlyMap<string, SetId>;

  constructor(behaviour: Behaviour, universe: Universe) {
    this.rules = behaviour.rules;
    this.universe = universe;
    this.delivered = behaviour.delivered;
    this.rejected = behaviour.rejected;
  }

  /**
   * First for more connections than there are: whatever ports (and, where that is translated, destinations) they have. That
   * is quick, and what holds for all of them holds for those that there are. What does not is asked exactly.
   */
  all(): readonly Violation[] {
    this.connections = this.laterOf(this.withAnyPorts(this.delivered));
    if (this.violations().length === 0) return [];
    this.connections = this.laterOf(this.delivered);
    return this.violations();
  }

  private withAnyPorts(pieces: readonly Piece[]): readonly Piece[] {
    const { space } = this.rules;
    const ports: readonly Field[] = ['sourcePort', 'destinationPort', 'realPort', 'chosenPort'];
    const masks = [ports, [...ports, 'destination'] as const].map((fields) =>
      space.diagrams.mask(fields.flatMap((field) => space.levelsOf(field))),
    );
    return pieces.map(({ binding, set }) => {
      const translated = binding.destination === 'realDestination';
      const coarse = space.diagrams.project(set, masks[translated ? 1 : 0] ?? 0);
      const sent = translated ? onlyFields(space, set, ['origin', 'destination']) : everything;
      return { binding, set: space.diagrams.intersect(coarse, sent) };
    });
  }

  private violations(): readonly Violation[] {
    const { established, related } = stateBits;
    const errors = errorTypes[this.rules.space.family];
    return [
      ...this.pass('later packets', { direction: 'original', state: established, first: false }),
      ...this.pass('replies', { direction: 'reply', state: established, first: false }),
      ...errors.flatMap((type) =>
        (['end', 'router'] as const).flatMap((from) => [
          ...this.pass('errors towards the sender', {
            direction: 'reply',
            state: related,
            first: false,
            error: { type, from },
          }),
          ...this.pass('errors towards the receiver', {
            direction: 'original',
            state: related,
            first: false,
            error: { type, from },
          }),
        ]),
      ),
      ...this.answers(),
      ...this.forgedFirst(),
      ...this.forgedLater(),
      ...this.forgedReplies(),
      ...this.stray(),
    ];
  }

  /** Later packets have hop limits, flags and marks of their own, and what is not known may turn out otherwise for them. */
  private laterOf(pieces: readonly Piece[]): readonly Piece[] {
    const { space } = this.rules;
    const own: readonly Field[] = ['hopLimit', 'tcpFlags', 'icmpCode'];
    const marks = [...space.markLevels.values()].map(({ arrival }) => arrival);
    const choices = space.choiceTexts.keys();
    const mask = space.diagrams.mask([...own.flatMap((field) => space.levelsOf(field)), ...marks, ...choices]);
    const wellFormed = this.universe.alive();
    return pieces.map(({ binding, set }) => ({
      binding,
      set: arriving(space, space.diagrams.intersect(space.diagrams.project(set, mask), wellFormed)),
    }));
  }

  /** Everything of this kind about every connection must be delivered. */
  private pass(obligation: ObligationName, kind: PacketKind): readonly Violation[] {
    const { space } = this.rules;
    const routers = kind.error?.from === 'router' ? this.universe.routers(kind.direction) : undefined;
    const asked = this.connections.map(({ binding, set }) => ({
      binding,
      set: space.diagrams.intersectAll(
        set,
        kind.direction === 'reply' ? this.universe.answering(binding) : everything,
        routers === undefined ? everything : routers(binding.destination),
      ),
    }));
    const journey = new Journey(this.rules, kind, new Losses(space));
    const passed = kind.direction === 'original' ? journey.original(asked) : journey.reply(asked);
    return this.missing(obligation, kind, asked, passed);
  }

  private missing(
    obligation: ObligationName,
    kind: PacketKind,
    asked: readonly Piece[],
    passed: readonly Piece[],
  ): readonly Violation[] {
    const { diagrams } = this.rules.space;
    return asked.flatMap(({ binding, set }) => {
      // Marks may have changed on the way: what counts is that the packet came through.
      const through = passed
        .filter((piece) => sameBinding(piece.binding, binding))
        .map((piece) => this.withoutMarks(piece.set));
      const lost = diagrams.subtract(this.withoutMarks(set), diagrams.uniteAll(through));
      return lost === empty ? [] : [{ obligation, set: lost, binding, kind, side: 'policy' as const, rejected: '' }];
    });
  }

  private withoutMarks(set: SetId): SetId {
    const { space } = this.rules;
    const current = [...space.markLevels.values()].map((levels) => levels.current);
    return space.diagrams.project(set, space.diagrams.mask([...current, space.untrackedLevel]));
  }

  /** A reject is only one if its answer gets out [127]. */
  private answers(): readonly Violation[] {
    const { space } = this.rules;
    const wires = space.originsWhere(({ device }) => device !== undefined);
    return [...this.rejected].flatMap(([how, rejected]) => {
      const error =
        how === 'tcp-reset' ? undefined : { type: space.family === 'ipv4' ? 3 : 1, from: 'router' as const };
      const kind: PacketKind = {
        direction: 'reply',
        state: stateBits.related,
        first: false,
        ...(error === undefined ? {} : { error }),
      };
      const local = space.routed('errorSource', 'local', (decision) => decision.kind === 'local');
      const set = space.diagrams.intersectAll(
        arriving(space, rejected),
        space.diagrams.subtract(wires, this.universe.tunnels()),
        error === undefined ? everything : local,
      );
      const asked = [{ binding: untranslated, set }];
      return this.missing(
        'answers of a reject',
        kind,
        asked,
        new Journey(this.rules, kind, new Losses(space)).answer(asked),
      );
    });
  }

  private forgedFirst(): readonly Violation[] {
    return (['new', 'invalid'] as const).flatMap((name) => {
      const state = stateBits[name];
      const packets = this.universe.forgedIn(name);
      const { delivered, rejected } = behaviourOfRules(this.rules, packets, { state });
      const kind: PacketKind | undefined =
        state === stateBits.new ? undefined : { direction: 'original', state, first: false };
      return [
        ...this.wrongly('forged first packets', kind, delivered),
        // An answer would go to whoever has that address.
        ...[...rejected].flatMap(([how, set]) =>
          this.wrongly('forged first packets', kind, [{ binding: untranslated, set }], how),
        ),
      ];
    });
  }

  /** Packets that belong to a connection by their numbers, but come in where their source does not live [49]. */
  private forgedLater(): readonly Violation[] {
    const { space } = this.rules;
    const { diagrams } = space;
    const forged = this.universe.forged();
    const kind: PacketKind = { direction: 'original', state: stateBits.established, first: false };
    return this.forgedAbout(['destination', 'realDestination'], (pieces) => {
      const sent = pieces.map(({ binding, set }) => ({ binding, set: diagrams.intersect(set, forged) }));
      const passed = new Journey(this.rules, kind, new Losses(space)).original(sent);
      return this.wrongly('forged packets of a connection', kind, passed);
    });
  }

  private forgedReplies(): readonly Violation[] {
    const { space } = this.rules;
    const kind: PacketKind = { direction: 'reply', state: stateBits.established, first: false };
    return this.forgedAbout(['source'], (pieces) => {
      const sent = pieces.map(({ binding, set }) => ({
        binding,
        set: space.diagrams.intersectAll(
          set,
          this.universe.forgedReplies(binding.destination),
          space.wellFormed(['origin']),
        ),
      }));
      return this.wrongly('forged replies', kind, new Journey(this.rules, kind, new Losses(space)).strayReply(sent));
    });
  }

  /**
   * Violations by packets of the connections that come in anywhere. First whoever they are sent to: what drops them looks at
   * where they come from, and that relation is far smaller. Only where it does not hold for all receivers, it is asked for those that there are.
   */
  private forgedAbout(
    receiver: readonly Field[],
    violations: (pieces: readonly Piece[]) => readonly Violation[],
  ): readonly Violation[] {
    const { space } = this.rules;
    const anywhere = (forgotten: readonly Field[]): readonly Piece[] => {
      const mask = space.diagrams.mask(forgotten.flatMap((field) => space.levelsOf(field)));
      return this.connections.map(({ binding, set }) => ({ binding, set: space.diagrams.project(set, mask) }));
    };
    return violations(anywhere(['origin', ...receiver])).length === 0 ? [] : violations(anywhere(['origin']));
  }

  private stray(): readonly Violation[] {
    const kind: PacketKind = { direction: 'original', state: stateBits.invalid, first: false };
    const { delivered } = behaviourOfRules(this.rules, this.universe.stray(), { state: stateBits.invalid });
    const { diagrams } = this.rules.space;
    const touching = delivered.map(({ binding, set }) => ({
      binding,
      set: diagrams.intersect(set, this.universe.touchesNetworks(binding.destination)),
    }));
    return this.wrongly('packets that start nothing', kind, touching);
  }

  private wrongly(
    obligation: ObligationName,
    kind: PacketKind | undefined,
    pieces: readonly Piece[],
    rejected = '',
  ): readonly Violation[] {
    return pieces
      .filter(({ set }) => set !== empty)
      .map(({ binding, set }) => ({
        obligation,
        set: this.withoutMarks(set),
        binding,
        kind,
        side: 'rules',
        rejected,
      }));
  }
}

const sameBinding = (one: Piece['binding'], other: Piece['binding']): boolean =>
  one.destination === other.destination && one.port === other.port && one.source === other.source;
