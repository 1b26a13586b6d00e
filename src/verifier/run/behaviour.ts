/** What rules do with the first packets of connections: the symbolic behaviour of a host. */
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Union } from '../sets/union.ts';
import type { Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import type { Observer } from './chains/chain.ts';
import { keptSource } from './chains/translate.ts';
import { Losses, type Piece, Rules } from './hooks/hook.ts';
import type { ChainOrder } from './hooks/hook-lists.ts';
import { stateBits, untranslated } from './reading/sight.ts';
import { Journey } from './ways/journey.ts';

/** A partition of the packets asked about. Sets are over the coordinates of first packets, those of pieces also over what they are translated to. */
export interface Behaviour {
  readonly space: Space;
  readonly packets: SetId;
  /** Delivered to the host or sent out, by how they are translated. */
  readonly delivered: readonly Piece[];
  /** By how the sender learns of it: `tcp-reset`, or the name of the ICMP code. */
  readonly rejected: ReadonlyMap<string, SetId>;
  readonly dropped: SetId;
  /** Handed to something that is not modelled. */
  readonly unknown: SetId;
  /** Part of the unknown: what met chains in too many possible orders, by the words for it. */
  readonly unordered: ReadonlyMap<string, SetId>;
  readonly rules: Rules;
}

export interface BehaviourOptions {
  readonly observe?: Observer;
  /** A bit of `ct state` that all the packets are in; default new. */
  readonly state?: number;
  /** Whether it is known which base chain was registered when; default: it is. */
  readonly chainOrder?: ChainOrder;
  /** Frames from bridge ports are sent to somebody on the bridge, whoever the packet is for. */
  readonly anyFrame?: boolean;
}

/** The behaviour of rules on first packets. `packets` may be any set of packets as they arrive. */
export function behaviourOf(
  space: Space,
  rulesets: readonly Ruleset[],
  packets: SetId,
  options: BehaviourOptions = {},
): Behaviour {
  return behaviourOfRules(new Rules(space, rulesets, options.observe, options.chainOrder), packets, options);
}

export function behaviourOfRules(
  rules: Rules,
  packets: SetId,
  { state = stateBits.new, anyFrame = false }: BehaviourOptions = {},
): Behaviour {
  const { space } = rules;
  const losses = new Losses(space);
  const journey = new Journey(
    rules,
    { direction: 'original', state, first: state === stateBits.new },
    losses,
    anyFrame,
  );
  const delivered = journey.original([{ binding: untranslated, set: arriving(space, packets) }]);
  const forgotten = space.diagrams.mask(inner(space));
  const forgottenLosses = space.diagrams.mask([
    ...inner(space),
    ...translatedFields.flatMap((field) => space.levelsOf(field)),
  ]);
  const projected = (unions: ReadonlyMap<string, Union>): ReadonlyMap<string, SetId> =>
    new Map([...unions].map(([kind, { set }]) => [kind, space.diagrams.project(set, forgottenLosses)]));
  return {
    space,
    packets,
    delivered: settled(rules, delivered, forgotten),
    rejected: projected(losses.rejected),
    /** Asked for seldom, and large. */
    get dropped() {
      return space.diagrams.project(losses.dropped.set, forgottenLosses);
    },
    unknown: space.diagrams.project(losses.unknown.set, forgottenLosses),
    unordered: projected(losses.unordered),
    rules,
  };
}

const translatedFields: readonly Field[] = ['realDestination', 'realPort', 'seenSource'];

/** The mark is as it arrived, and nothing is untracked yet. */
export function arriving(space: Space, packets: SetId): SetId {
  const { diagrams } = space;
  let set = diagrams.subtract(packets, space.bit(space.untrackedLevel));
  for (const { arrival, current } of space.markLevels.values()) {
    const ones = diagrams.intersect(space.bit(arrival), space.bit(current));
    const zeros = diagrams.subtract(diagrams.complement(space.bit(arrival)), space.bit(current));
    set = diagrams.intersect(set, diagrams.unite(ones, zeros));
  }
  return set;
}

/** Levels that say nothing about how a packet arrived or what it was translated to. */
function inner(space: Space): readonly number[] {
  return [space.untrackedLevel, ...[...space.markLevels.values()].map(({ current }) => current)];
}

/** Source NAT to the address that the packet has anyway is none. */
function settled(rules: Rules, pieces: readonly Piece[], forgotten: number): readonly Piece[] {
  const { space } = rules;
  const { diagrams } = space;
  const result: Piece[] = [];
  for (const { binding, set: whole } of pieces) {
    const set = diagrams.project(whole, forgotten);
    if (binding.source === 'source') {
      result.push({ binding, set });
      continue;
    }
    const kept = diagrams.intersect(set, keptSource(space));
    result.push({ binding, set: diagrams.subtract(set, kept) });
    if (kept !== empty)
      result.push({
        binding: { ...binding, source: 'source' },
        set: diagrams.project(kept, diagrams.mask(space.levelsOf('seenSource'))),
      });
  }
  return rules.joined(result);
}
