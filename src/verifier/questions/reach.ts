/**
 * Who reaches whom on what: everything that a policy means or rules deliver, or the part of it that a question is about,
 * in as few lines as it takes.
 */
import type { HostView } from '../../host-view/host-view.ts';
import { type Family, families } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { arrivalsOf } from '../describe/arrivals.ts';
import { setOfBundles } from '../describe/bundles.ts';
import type { Ends } from '../describe/ends.ts';
import { FlowDescriber, type FlowGroup } from '../describe/flow-groups.ts';
import { asSent } from '../proof/compare.ts';
import type { ExamplePacket } from '../proof/example.ts';
import { behaviourOf } from '../run/behaviour.ts';
import type { Piece } from '../run/hooks/hook.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';
import { acrossFamilies } from './families.ts';
import { type Asked, Subjects } from './subjects.ts';

/** Who decides. */
export type Decider =
  | { readonly kind: 'policy'; readonly meaning: Meaning }
  | { readonly kind: 'rules'; readonly rulesets: readonly Ruleset[]; readonly meaning: Meaning | undefined };

/** An end of a question: a place by its name, or addresses. */
export type AskedEnd =
  | { readonly kind: 'place'; readonly name: string }
  | { readonly kind: 'prefix'; readonly prefix: Prefix };

export interface AskedService {
  readonly protocol: number;
  readonly ports: { readonly first: number; readonly last: number } | undefined;
  readonly icmpType: number | undefined;
}

export interface ReachQuestion {
  readonly from?: AskedEnd | undefined;
  /** As sent, or after translation. */
  readonly to?: AskedEnd | undefined;
  readonly services?: readonly AskedService[] | undefined;
}

export interface Reach {
  readonly families: readonly Family[];
  readonly from: Ends;
  readonly to: Ends;
  readonly services: readonly string[];
  /** Where it arrives, in words. */
  readonly arrives: string;
  /** Whether it does not depend on something that is not modelled. */
  readonly certain: boolean;
  readonly example: ExamplePacket;
}

export function reachOf(view: HostView, decider: Decider, question: ReachQuestion = {}): readonly Reach[] {
  const policies = decider.meaning === undefined ? [] : [decider.meaning];
  const subjects = new Subjects(view, policies);
  const rulesets = decider.kind === 'rules' ? decider.rulesets : [];
  let instead: Space | undefined;
  const found = families.flatMap((family) => {
    const asked = subjects.asked(
      family,
      rulesets,
      (cuts) => {
        for (const end of [question.from, question.to]) if (end?.kind === 'prefix') cuts.addPrefix(end.prefix);
        for (const { protocol, ports, icmpType } of question.services ?? []) {
          cuts.add('protocol', protocol, protocol);
          if (ports !== undefined) cuts.add('port', ports.first, ports.last);
          if (icmpType !== undefined) cuts.add('icmpType', icmpType, icmpType);
        }
      },
      { bounds: true, instead },
    );
    instead = asked.space;
    return reachIn(asked, family, decider, question);
  });
  return acrossFamilies(found, ({ from, to, services, arrives, certain }) => [from, to, services, arrives, certain]);
}

/** The names that ends of a question may have. */
export function placeNames(view: HostView, meaning: Meaning | undefined): readonly string[] {
  const subjects = new Subjects(view, meaning === undefined ? [] : [meaning]);
  return [...new Set(families.flatMap((family) => subjects.asked(family, []).places.map(({ name }) => name)))];
}

function reachIn(asked: Asked, family: Family, decider: Decider, question: ReachQuestion): readonly Reach[] {
  const { space, first } = asked;
  const { diagrams } = space;
  const senders = question.from === undefined ? everything : sendersOf(asked, question.from);
  const everybody = diagrams.intersect(first, openings(asked));
  const packets = diagrams.intersect(everybody, senders);
  const { delivered, possiblyNot } = deliveredBy(asked, decider, packets);
  const wanted = delivered
    .map(({ binding, set }): Piece => ({ binding, set: diagrams.intersect(set, targetOf(asked, question, binding)) }))
    .filter(({ set }) => set !== empty);
  const describer = new FlowDescriber(space, asked.places, everybody);
  const unsure = diagrams.meets(
    possiblyNot,
    diagrams.uniteAll(wanted.map(({ set }) => asSent(space, diagrams.intersect(set, packets)))),
  );
  return arrivalsOf(space, packets, wanted, asked.nameOf).flatMap(({ bundles, text }) => {
    const lines = (groups: readonly FlowGroup[], certain: boolean): readonly Reach[] =>
      groups.map(({ from, to, services, example }) => {
        return { families: [family], from, to, services, arrives: text, certain, example };
      });
    if (!unsure) return lines(describer.groupsOf(bundles), true);
    const set = setOfBundles(diagrams, bundles);
    const perhaps = diagrams.intersect(set, possiblyNot);
    return [
      ...lines(describer.groups(diagrams.subtract(set, perhaps)), true),
      ...lines(describer.groups(perhaps), false),
    ];
  });
}

/** Connections are opened with SYN, and by packets with an ordinary hop limit. */
function openings({ space }: Asked): SetId {
  const { diagrams, partitions } = space;
  const flags = partitions.tcpFlags.classOf(2);
  const limit = partitions.hopLimit.classOf(64);
  const opening = diagrams.unite(
    diagrams.complement(space.equal('protocol', protocolNumbers.tcp)),
    space.classes('tcpFlags', (index) => index === flags),
  );
  return diagrams.intersect(
    opening,
    space.classes('hopLimit', (index) => index === limit),
  );
}

/** What is delivered, for certain or perhaps; `possiblyNot`: for these something that is not modelled decides. */
function deliveredBy(
  asked: Asked,
  decider: Decider,
  packets: SetId,
): { readonly delivered: readonly Piece[]; readonly possiblyNot: SetId } {
  if (decider.kind === 'policy') {
    const [meant] = asked.meanings.map((meaning) => meaning.meant(packets));
    return { delivered: meant?.delivered ?? [], possiblyNot: empty };
  }
  const { delivered, dropped, rejected, unknown } = behaviourOf(asked.space, decider.rulesets, packets, {
    chainOrder: 'unknown',
  });
  const { diagrams } = asked.space;
  return { delivered, possiblyNot: diagrams.uniteAll([dropped, unknown, ...rejected.values()]) };
}

function sendersOf({ space, places }: Asked, end: AskedEnd): SetId {
  if (end.kind === 'prefix') return space.prefix('source', end.prefix);
  return space.diagrams.uniteAll(places.filter(({ name }) => name === end.name).map(({ from }) => from));
}

/** What is sent to the target, or reaches it after translation. */
function targetOf(
  { space, places }: Asked,
  { to, services }: ReachQuestion,
  binding: Piece['binding'] | undefined,
): SetId {
  const { diagrams } = space;
  const at = (translated: boolean): SetId => {
    if (to === undefined) return everything;
    if (to.kind === 'prefix') return space.prefix(translated ? 'realDestination' : 'destination', to.prefix);
    const named = places.filter(({ name }) => name === to.name);
    return diagrams.uniteAll(named.map((place) => (translated ? place.reached : place.to)));
  };
  const by = (port: 'destinationPort' | 'realPort'): SetId =>
    services === undefined
      ? everything
      : diagrams.uniteAll(
          services.map(({ protocol, ports, icmpType }) =>
            diagrams.intersectAll(
              space.equal('protocol', protocol),
              ports === undefined ? everything : space.between(port, ports.first, ports.last),
              icmpType === undefined ? everything : space.equal('icmpType', icmpType),
            ),
          ),
        );
  const sent = diagrams.intersect(at(false), by('destinationPort'));
  if (binding === undefined || (binding.destination === 'destination' && binding.port === 'destinationPort'))
    return sent;
  return diagrams.unite(sent, diagrams.intersect(at(binding.destination === 'realDestination'), by(binding.port)));
}
