/**
 * The semantic difference of two sets of rules on one host: the exact flows that open, close or change translation, grouped
 * for people, each group with an example packet that the simulator has seen change.
 */
import type { HostView } from '../../host-view/host-view.ts';
import { type Family, families } from '../../net/address.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { arrivalsOf } from '../describe/arrivals.ts';
import { setOfBundles } from '../describe/bundles.ts';
import { FlowDescriber } from '../describe/flow-groups.ts';
import { asSent } from '../proof/compare.ts';
import { boundsOf, Choices, deliveredBy } from '../questions/bounds.ts';
import { acrossFamilies } from '../questions/families.ts';
import { type Asked, Subjects } from '../questions/subjects.ts';
import { type Behaviour, behaviourOf, behaviourOfRules } from '../run/behaviour.ts';
import type { PacketKind } from '../run/hooks/hook.ts';
import { bindingKey, stateBits } from '../run/reading/sight.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { ChangeKind, Comparison, FlowChange, PacketsOf } from './change.ts';
import { Examples } from './examples.ts';
import { commonConnections, laterKinds, passAlike, passing, withAnyPorts } from './later.ts';
import { saysTheSame } from './same-rules.ts';

export interface CompareOptions {
  /** Policies that say who may send what, and what places are called; without one the view does. */
  readonly policies?: readonly Meaning[];
  /** How many examples are replayed; default 40. */
  readonly mostReplays?: number;
}

/** Compares rules (all tables of a host, in the order of loading) on a host. */
export function compareRules(
  view: HostView,
  before: readonly Ruleset[],
  after: readonly Ruleset[],
  { policies = [], mostReplays = 40 }: CompareOptions = {},
): Comparison {
  const subjects = new Subjects(view, policies);
  const examples = new Examples(view, before, after, mostReplays);
  const changes = families.flatMap((family) => {
    const asked = subjects.asked(family, [...before, ...after]);
    return new FamilyComparison(asked, family, before, after, examples).changes();
  });
  return {
    changes: acrossFamilies(changes, ({ kind, packets, from, to, services, before: was, after: is }) => [
      kind,
      packets,
      from,
      to,
      services,
      was,
      is,
    ]),
    notes: [],
  };
}

class FamilyComparison {
  private readonly asked: Asked;
  private readonly family: Family;
  private readonly examples: Examples;
  private readonly before: Behaviour;
  private readonly after: Behaviour;
  /** Where chains have too many possible orders, that alone tells that nothing changes. */
  private readonly isSame: boolean;

  constructor(asked: Asked, family: Family, before: readonly Ruleset[], after: readonly Ruleset[], examples: Examples) {
    this.asked = asked;
    this.isSame = saysTheSame(before, after);
    this.family = family;
    this.examples = examples;
    // No listing tells which chain of a priority was registered first [4]; rules of a policy have one chain of each.
    this.before = behaviourOf(asked.space, before, asked.first, { chainOrder: 'unknown' });
    this.after = behaviourOf(asked.space, after, asked.first, { chainOrder: 'unknown' });
  }

  changes(): readonly FlowChange[] {
    return [
      ...this.between('first packets', this.asked.first, this.before, this.after),
      ...this.translations(),
      ...this.refusals(),
      ...this.later(),
      ...this.otherPackets('forged packets', this.asked.forged, stateBits.new),
      ...this.otherPackets('stray packets', this.asked.stray, stateBits.invalid),
    ];
  }

  /** What opens and closes, for certain and perhaps. */
  private between(packets: PacketsOf, asked: SetId, before: Behaviour, after: Behaviour): readonly FlowChange[] {
    const { diagrams } = this.asked.space;
    const choices = new Choices(this.asked.space);
    const [was, is] = [boundsOf(choices, before, asked), boundsOf(choices, after, asked)];
    const [maybeBefore, maybeAfter] = [was, is].map(({ possibly, surely }) => diagrams.subtract(possibly, surely)) as [
      SetId,
      SetId,
    ];
    const [sentBefore, sentAfter] = [deliveredBy(before, asked), deliveredBy(after, asked)];
    const differing = choices.possibly(symmetric(this.asked.space, sentBefore, sentAfter));
    const describer = new FlowDescriber(this.asked.space, this.asked.places, asked);
    const tell = (kind: ChangeKind, set: SetId): readonly FlowChange[] => {
      if (set === empty) return [];
      const arriving = kind === 'closes' ? before : after;
      const split: readonly Told[] =
        kind === 'opens' || kind === 'closes' ? told(this.asked, set, arriving) : [{ set, text: 'unknown' }];
      return split.flatMap(({ set: part, text }) =>
        this.tell(
          describer,
          kind,
          packets,
          diagrams.intersect(choices.possibly(part), set),
          wordsOf(kind, text),
          this.restOn(part, [sentBefore, sentAfter], [before, after]),
        ),
      );
    };
    const untold = diagrams.uniteAll([before, after].flatMap(({ unordered }) => [...unordered.values()]));
    const unequal = this.isSame ? differing : diagrams.unite(differing, choices.possibly(untold));
    return [
      ...tell('opens', diagrams.subtract(is.surely, was.possibly)),
      ...tell('closes', diagrams.subtract(was.surely, is.possibly)),
      ...tell(
        'may-open',
        diagrams.unite(diagrams.subtract(maybeAfter, was.possibly), diagrams.intersect(maybeBefore, is.surely)),
      ),
      ...tell(
        'may-close',
        diagrams.unite(diagrams.intersect(was.surely, maybeAfter), diagrams.subtract(maybeBefore, is.possibly)),
      ),
      ...tell('uncertain', diagrams.intersectAll(maybeBefore, maybeAfter, unequal)),
    ];
  }

  /** What decides about some packets: choices, and chains in too many orders. */
  private restOn(set: SetId, sent: readonly SetId[], behaviours: readonly Behaviour[]): readonly string[] {
    const { space } = this.asked;
    const { diagrams } = space;
    const choices = new Choices(space);
    const orders = behaviours.flatMap(({ unordered }) =>
      [...unordered].flatMap(([text, part]) => (diagrams.intersect(part, set) === empty ? [] : [text])),
    );
    return [...new Set([...sent.flatMap((one) => choices.of(diagrams.intersect(one, set))), ...orders])];
  }

  /** Delivered before and after, but translated in another way. */
  private translations(): readonly FlowChange[] {
    const { space, first, places } = this.asked;
    const { diagrams } = space;
    const choices = new Choices(space);
    const both = diagrams.intersect(
      boundsOf(choices, this.before, first).surely,
      boundsOf(choices, this.after, first).surely,
    );
    const pieces = (behaviour: Behaviour) =>
      new Map(behaviour.delivered.map(({ binding, set }) => [bindingKey(binding), set]));
    const [old, now] = [pieces(this.before), pieces(this.after)];
    const changed = diagrams.intersect(
      diagrams.uniteAll(
        [...new Set([...old.keys(), ...now.keys()])].map((key) =>
          asSent(space, symmetric(space, old.get(key) ?? empty, now.get(key) ?? empty)),
        ),
      ),
      both,
    );
    if (changed === empty) return [];
    const surely = choices.surely(changed);
    const set = choices.possibly(changed);
    const describer = new FlowDescriber(space, places, first);
    const [were, are] = [told(this.asked, set, this.before), told(this.asked, set, this.after)];
    return were.flatMap((one) =>
      are.flatMap((other) => {
        const part = diagrams.intersectAll(one.set, other.set, changed);
        const words = { before: one.text, after: other.text };
        return this.tellSurely(describer, 'translates', part, surely, words);
      }),
    );
  }

  /** Refused before and after, but told to the sender in another way. */
  private refusals(): readonly FlowChange[] {
    const { space, first, places } = this.asked;
    const { diagrams } = space;
    const choices = new Choices(space);
    const open = diagrams.unite(
      boundsOf(choices, this.before, first).possibly,
      boundsOf(choices, this.after, first).possibly,
    );
    const refused = diagrams.subtract(first, open);
    const describer = new FlowDescriber(space, places, first);
    const ways = new Set([...this.before.rejected.keys(), ...this.after.rejected.keys()]);
    const by = ({ rejected }: Behaviour): ReadonlyMap<string, SetId> => {
      const told = [...ways].map((way) => [way, diagrams.intersect(rejected.get(way) ?? empty, refused)] as const);
      const silent = diagrams.subtract(refused, diagrams.uniteAll(told.map(([, set]) => set)));
      return new Map([...told.map(([way, set]) => [`rejected (${way})`, set] as const), ['dropped', silent]]);
    };
    const [old, now] = [by(this.before), by(this.after)];
    const pairs = [...old].flatMap(([was, one]) =>
      [...now].flatMap(([is, other]) =>
        was === is ? [] : [{ words: { before: was, after: is }, part: diagrams.intersect(one, other) }],
      ),
    );
    const surely = choices.surely(diagrams.uniteAll(pairs.map(({ part }) => part)));
    return pairs.flatMap(({ words, part }) => this.tellSurely(describer, 'refuses', part, surely, words));
  }

  /** Of connections that both accept: what no longer comes through, or only now does. */
  private later(): readonly FlowChange[] {
    const { space, places } = this.asked;
    const { diagrams } = space;
    const connections = commonConnections(this.before, this.after);
    if (connections.length === 0) return [];
    const all = diagrams.uniteAll(connections.map(({ set }) => asSent(space, set)));
    const coarse = withAnyPorts(space, connections);
    return laterKinds(space).flatMap(({ name, kind }) => {
      if (passAlike(this.before, this.after, coarse, kind)) return [];
      const [old, now] = [passing(this.before, connections, kind), passing(this.after, connections, kind)];
      if (old === now) return [];
      const choices = new Choices(space);
      const describer = new FlowDescriber(space, places, choices.possibly(all), [
        // A conversation of two datagrams needs nobody who answers by himself.
        ['protocol', protocolNumbers.udp],
      ]);
      const [opened, closed] = [diagrams.subtract(now, old), diagrams.subtract(old, now)];
      const tell = (change: ChangeKind, set: SetId, by: SetId): readonly FlowChange[] =>
        this.tell(describer, change, name, set, wordsOf(change, 'delivered'), choices.of(by), kind);
      const either = (sure: ChangeKind, unsure: ChangeKind, set: SetId): readonly FlowChange[] => {
        const surely = choices.surely(set);
        return [...tell(sure, surely, empty), ...tell(unsure, diagrams.subtract(choices.possibly(set), surely), set)];
      };
      return [...either('opens', 'may-open', opened), ...either('closes', 'may-close', closed)];
    });
  }

  /** Packets with a source that does not live where they come from, and those that belong to no connection. */
  private otherPackets(name: PacketsOf, packets: SetId, state: number): readonly FlowChange[] {
    const before = behaviourOfRules(this.before.rules, packets, { state });
    const after = behaviourOfRules(this.after.rules, packets, { state });
    return this.between(name, packets, before, after);
  }

  /** What changes whatever the unmodelled parts do, and what changes if they do what it takes. */
  private tellSurely(
    describer: FlowDescriber,
    kind: ChangeKind,
    part: SetId,
    surely: SetId,
    words: Pick<FlowChange, 'before' | 'after'>,
  ): readonly FlowChange[] {
    const { diagrams } = this.asked.space;
    const choices = new Choices(this.asked.space);
    const possibly = choices.possibly(part);
    const told = (change: ChangeKind, set: SetId): readonly FlowChange[] =>
      this.tell(describer, change, 'first packets', set, words, choices.of(diagrams.intersect(part, set)));
    return [
      ...told(kind, diagrams.intersect(possibly, surely)),
      ...told('uncertain', diagrams.subtract(possibly, surely)),
    ];
  }

  private tell(
    describer: FlowDescriber,
    kind: ChangeKind,
    packets: PacketsOf,
    set: SetId,
    { before, after }: Pick<FlowChange, 'before' | 'after'>,
    restsOn: readonly string[],
    later?: PacketKind,
  ): readonly FlowChange[] {
    if (set === empty) return [];
    return describer.groups(set).map(({ from, to, services, example }) => ({
      kind,
      packets,
      families: [this.family],
      from,
      to,
      services,
      before,
      after,
      example: this.examples.of(this.asked.space, kind, packets, example, later),
      restsOn,
    }));
  }
}

function symmetric({ diagrams }: Asked['space'], left: SetId, right: SetId): SetId {
  return left === right ? empty : diagrams.unite(diagrams.subtract(left, right), diagrams.subtract(right, left));
}

/** How packets of a set arrive, in words. */
function told({ space, nameOf }: Asked, set: SetId, { delivered }: Behaviour): readonly Told[] {
  return arrivalsOf(space, set, delivered, nameOf).map(({ bundles, text }) => ({
    text,
    set: setOfBundles(space.diagrams, bundles),
  }));
}

interface Told {
  readonly text: string;
  readonly set: SetId;
}

function wordsOf(kind: ChangeKind, arrival: string): Pick<FlowChange, 'before' | 'after'> {
  switch (kind) {
    case 'opens':
      return { before: 'blocked', after: arrival };
    case 'closes':
      return { before: arrival, after: 'blocked' };
    case 'may-open':
      return { before: 'blocked, or not known', after: 'delivered, or not known' };
    case 'may-close':
      return { before: 'delivered, or not known', after: 'blocked, or not known' };
    default:
      return { before: 'not known', after: 'not known' };
  }
}
