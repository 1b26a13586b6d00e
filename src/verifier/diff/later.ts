/** What follows a first packet: later packets, replies and ICMP errors of connections that both rules accept. */
import { asSent } from '../proof/compare.ts';
import { arriving, type Behaviour } from '../run/behaviour.ts';
import { Losses, type PacketKind, type Piece } from '../run/hooks/hook.ts';
import { bindingKey, stateBits } from '../run/reading/sight.ts';
import { Journey } from '../run/ways/journey.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Field } from '../space/fields.ts';
import { onlyFields } from '../space/groups.ts';
import type { Space } from '../space/space.ts';
import type { PacketsOf } from './change.ts';

export interface LaterKind {
  readonly name: PacketsOf;
  readonly kind: PacketKind;
}

export function laterKinds(space: Space): readonly LaterKind[] {
  const { established, related } = stateBits;
  return [
    { name: 'later packets', kind: { direction: 'original', state: established, first: false } },
    { name: 'replies', kind: { direction: 'reply', state: established, first: false } },
    {
      name: 'ICMP errors',
      kind: {
        direction: 'reply',
        state: related,
        first: false,
        error: { type: space.family === 'ipv4' ? 3 : 1, from: 'end' },
      },
    },
  ];
}

/** Connections that are accepted by both, translated alike. */
export function commonConnections(before: Behaviour, after: Behaviour): readonly Piece[] {
  const { diagrams } = before.space;
  const other = new Map(after.delivered.map(({ binding, set }) => [bindingKey(binding), set]));
  return before.delivered
    .map(({ binding, set }) => ({ binding, set: diagrams.intersect(set, other.get(bindingKey(binding)) ?? empty) }))
    .filter(({ set }) => set !== empty)
    .map(({ binding, set }) => ({ binding, set: ofLaterPackets(before.space, set) }));
}

/**
 * More connections than there are: whatever ports they have and, where that is translated, whatever destination. Quick to
 * ask about; what comes through for all of them comes through for those that there are.
 */
export function withAnyPorts(space: Space, connections: readonly Piece[]): readonly Piece[] {
  const { diagrams } = space;
  const ports: readonly Field[] = ['sourcePort', 'destinationPort', 'realPort', 'chosenPort'];
  const levels = ports.flatMap((field) => space.levelsOf(field));
  const plain = diagrams.mask(levels);
  const translated = diagrams.mask([...levels, ...space.levelsOf('destination')]);
  return connections.map(({ binding, set }) => {
    if (binding.destination === 'destination') return { binding, set: diagrams.project(set, plain) };
    const sent = onlyFields(space, set, ['origin', 'destination']);
    return { binding, set: diagrams.intersect(diagrams.project(set, translated), sent) };
  });
}

/** Whether the packets of a kind that come through are the same, connection by connection. */
export function passAlike(
  before: Behaviour,
  after: Behaviour,
  connections: readonly Piece[],
  kind: PacketKind,
): boolean {
  const [old, now] = [before, after].map((behaviour) => passedPieces(behaviour, connections, kind)) as [Passed, Passed];
  return old.size === now.size && [...old].every(([key, set]) => now.get(key) === set);
}

type Passed = ReadonlyMap<string, SetId>;

function passedPieces({ rules, space }: Behaviour, connections: readonly Piece[], kind: PacketKind): Passed {
  const journey = new Journey(rules, kind, new Losses(space));
  const passed = kind.direction === 'original' ? journey.original(connections) : journey.reply(connections);
  const mask = marksOf(space);
  const sets = new Map<string, SetId>();
  for (const { binding, set } of passed) {
    const key = bindingKey(binding);
    sets.set(key, space.diagrams.unite(sets.get(key) ?? empty, space.diagrams.project(set, mask)));
  }
  return sets;
}

/** Later packets have flags, hop limits and marks of their own, and what is not known may turn out otherwise for them. */
function ofLaterPackets(space: Space, set: SetId): SetId {
  const { diagrams } = space;
  const own: readonly Field[] = ['hopLimit', 'tcpFlags', 'icmpCode'];
  const marks = [...space.markLevels.values()].map(({ arrival }) => arrival);
  const levels = [...own.flatMap((field) => space.levelsOf(field)), ...marks, ...space.choiceTexts.keys()];
  const free = diagrams.project(set, diagrams.mask(levels));
  const alive = space.classes('hopLimit', (index) => space.partitions.hopLimit.firstOf(index) > 1);
  return arriving(space, diagrams.intersectAll(free, alive, space.wellFormed(own)));
}

/** First packets of connections whose packets of a kind come through. */
export function passing(behaviour: Behaviour, connections: readonly Piece[], kind: PacketKind): SetId {
  const { space } = behaviour;
  const passed = [...passedPieces(behaviour, connections, kind).values()];
  return space.diagrams.uniteAll(passed.map((set) => asSent(space, set)));
}

/** Marks may change on the way, and the port that the kernel chooses is nobody's business. */
function marksOf(space: Space): number {
  const current = [...space.markLevels.values()].map((levels) => levels.current);
  return space.diagrams.mask([...current, space.untrackedLevel, ...space.levelsOf('chosenPort')]);
}
