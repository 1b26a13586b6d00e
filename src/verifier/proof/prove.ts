/**
 * The proof that rules do what a policy means: for all packets, translation and connection state included. What is shown,
 * and why that is enough, stands in docs/proof.md.
 */
import type { HostView } from '../../host-view/host-view.ts';
import { type Family, families } from '../../net/address.ts';
import { type Meaning, toTunnelEnds } from '../../policy/decide.ts';
import type { MeaningSets } from '../../policy/sets/meaning-sets.ts';
import { meaningSets } from '../../policy/sets/meaning-sets.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { completedView, wiringOf } from '../meaning/completed-view.ts';
import { cutByMeaning } from '../meaning/cuts-of-meaning.ts';
import { leftOpen } from '../meaning/left-open.ts';
import { type Behaviour, behaviourOfRules } from '../run/behaviour.ts';
import { type Piece, Rules } from '../run/hooks/hook.ts';
import type { ChainOrder } from '../run/hooks/hook-lists.ts';
import { empty } from '../sets/diagrams.ts';
import { countClasses } from '../space/count.ts';
import type { CutCollector } from '../space/cuts.ts';
import type { Space, SpaceOptions } from '../space/space.ts';
import { spaceOf } from '../space/space-of.ts';
import { type Counterexample, counterexampleOf } from './counterexample.ts';
import type { KeptSpaces } from './kept-spaces.ts';
import { type AlsoAsked, MeantFamily } from './meant-family.ts';
import { firstPacketViolations, type ObligationName, StateObligations, type Violation } from './obligations.ts';
import { firstPacketFields } from './universe.ts';

export type Proof = Proved | Refuted | Undecided;

export interface Proved {
  readonly kind: 'proved';
  /** Classes of first packets that neither rules, nor policy, nor host tell apart: that many cases were decided. */
  readonly classes: bigint;
  readonly assumptions: readonly string[];
}

export interface Refuted {
  readonly kind: 'refuted';
  /** Each confirmed by the simulator and by decide(). */
  readonly counterexamples: readonly Counterexample[];
}

/** Neither shown nor refuted: it rests on something that is not modelled, or (`internal`) a counterexample did not stand. */
export interface Undecided {
  readonly kind: 'undecided';
  readonly internal: boolean;
  readonly counterexample: Counterexample;
}

export interface ProveOptions {
  /** How many counterexamples are worked out; default 1. */
  readonly most?: number;
  /** Of rules found on a host no listing tells which base chain was registered first. */
  readonly chainOrder?: ChainOrder;
  /** Asked of each family once its rules were judged; not of what comes behind the last counterexample. */
  readonly also?: AlsoAsked;
  /** From the last proof, and for the next one. */
  readonly kept?: KeptSpaces | undefined;
  /** Whose packets are judged; default both. */
  readonly families?: readonly Family[];
}

/** Proves rules (all tables that will be loaded, in the order of loading) against a meaning. */
export function prove(meaning: Meaning, rulesets: readonly Ruleset[], options: ProveOptions = {}): Proof {
  // What a tunnel carries is followed to its end and no further; its datagrams are proved as what they are: the host's own.
  const subject = proofSubject(toTunnelEnds(meaning));
  const found: Counterexample[] = [];
  let classes = 0n;
  let undecided: Counterexample | undefined;
  let before: Space | undefined;
  for (const family of options.families ?? families) {
    const attempt = new Attempt(subject, family, rulesets, options, before);
    if (options.kept === undefined) before = attempt.space;
    classes += attempt.classes;
    for (const { violation, view } of attempt.violations()) {
      const example = counterexampleOf(attempt.space, subject.meaning, view, rulesets, violation, options.chainOrder);
      if (example.confirmed) found.push(example);
      else if (undecided === undefined || undecided.restsOn.length === 0) undecided = example;
      if (found.length >= (options.most ?? 1)) return { kind: 'refuted', counterexamples: found };
    }
    options.also?.ask(attempt.family, attempt.behaviour);
    options.kept?.keep(attempt.space);
  }
  if (found.length > 0) return { kind: 'refuted', counterexamples: found };
  if (undecided !== undefined)
    return { kind: 'undecided', internal: undecided.restsOn.length === 0, counterexample: undecided };
  return { kind: 'proved', classes, assumptions: assumptionsOf(meaning) };
}

/** What a proof takes from a policy; the same for every target and both families. */
export interface ProofSubject {
  readonly meaning: Meaning;
  readonly sets: MeaningSets;
  readonly view: HostView;
}

export function proofSubject(meaning: Meaning): ProofSubject {
  return { meaning, sets: meaningSets(meaning), view: completedView(meaning) };
}

export interface ProofSpaceOptions extends Omit<SpaceOptions, 'bounds'> {
  /** What else tells packets apart. */
  readonly cut?: (cuts: CutCollector) => void;
}

/** The space in which rules and a policy are compared. */
export function proofSpace(
  { meaning, sets, view }: ProofSubject,
  family: Family,
  rulesets: readonly Ruleset[],
  { cut, ...options }: ProofSpaceOptions = {},
): Space {
  return spaceOf(family, {
    view,
    ...options,
    rulesets,
    wiring: wiringOf(meaning),
    cut: (cuts) => {
      cutByMeaning(cuts, meaning, sets);
      cut?.(cuts);
    },
  });
}

class Attempt {
  readonly space: Space;
  readonly family: MeantFamily;
  readonly classes: bigint;
  private readonly subject: ProofSubject;
  private readonly rules: Rules;
  private run: Behaviour | undefined;

  constructor(
    subject: ProofSubject,
    family: Family,
    rulesets: readonly Ruleset[],
    { chainOrder, also, kept }: ProveOptions,
    before: Space | undefined,
  ) {
    this.subject = subject;
    this.space = proofSpace(subject, family, rulesets, {
      cut: (cuts) => also?.cut(cuts),
      instead: before,
      after: kept?.before(family),
      room: kept !== undefined,
    });
    this.family = new MeantFamily(this.space, subject.meaning, subject.sets);
    this.classes = countClasses(this.space, this.family.first, firstPacketFields);
    this.rules = new Rules(this.space, rulesets, undefined, chainOrder);
  }

  /** What the rules do with first packets. */
  get behaviour(): Behaviour {
    this.run ??= behaviourOfRules(this.rules, this.family.first);
    return this.run;
  }

  *violations(): Generator<{ readonly violation: Violation; readonly view: HostView }> {
    const { space, subject, rules } = this;
    const { universe, first } = this.family;
    const { diagrams } = space;
    const meant = this.family.meant.meant(first, true);
    const asked = diagrams.subtract(first, meant.unsaid);
    const [vacant, astray] = [universe.vacant(), universe.astray()];
    const { behaviour } = this;
    const judged = rules.judgesBridged;
    const here = (violation: Violation) => ({ violation, view: subject.view });
    const name = judged ? 'first packets' : 'first packets without br_netfilter';
    for (const violation of firstPacketViolations(behaviour, meant, {
      obligation: name,
      packets: asked,
      vacant,
      astray,
      atMost: !judged,
    }))
      yield here(violation);
    for (const violation of new StateObligations(behaviour, universe).all()) yield here(violation);
    if (!judged) return;
    const without = rules.withoutBridgeNetfilter();
    const view = withoutBridgeNetfilter(subject.view);
    const around = diagrams.subtract(diagrams.intersect(asked, universe.aroundBridges()), universe.givenToNobody());
    const unseen = behaviourOfRules(without, around);
    for (const violation of firstPacketViolations(unseen, meant, {
      obligation: 'first packets without br_netfilter',
      packets: around,
      vacant,
      astray,
      atMost: true,
    }))
      yield { violation, view };
    for (const [loaded, host] of [
      [rules, subject.view],
      [without, view],
    ] as const) {
      const { delivered } = behaviourOfRules(loaded, universe.pastTheHost(), { anyFrame: true });
      for (const violation of deliveredWrongly('frames past the host', delivered)) yield { violation, view: host };
    }
    const forged = behaviourOfRules(
      without,
      diagrams.subtract(
        diagrams.intersect(universe.forgedIn('new'), universe.aroundBridges()),
        diagrams.unite(universe.spoofing(), universe.uncheckedOnLans()),
      ),
    );
    for (const violation of deliveredWrongly('forged first packets without br_netfilter', forged.delivered))
      yield { violation, view };
  }
}

function deliveredWrongly(obligation: ObligationName, delivered: readonly Piece[]): readonly Violation[] {
  return delivered
    .filter(({ set }) => set !== empty)
    .map(({ binding, set }) => ({ obligation, set, binding, kind: undefined, side: 'rules', rejected: '' }));
}

export function withoutBridgeNetfilter(view: HostView): HostView {
  return {
    ...view,
    sysctls: { ...view.sysctls, 'net.bridge.bridge-nf-call-iptables': '0', 'net.bridge.bridge-nf-call-ip6tables': '0' },
  };
}

/** What the proof takes for granted, in words for the head of the emitted rules. */
export function assumptionsOf(meaning: Meaning): readonly string[] {
  const { view } = meaning.atlas;
  return [
    view.source === 'declared'
      ? 'the host has the interfaces, addresses, routes and sysctls of the policy'
      : 'the host is as it was when it was looked at',
    'no other tables are loaded, and nothing else changes packets',
    'packets are well-formed and whole, unicast, with a TTL above 1; neighbour discovery and DHCP are not judged',
    'conntrack assigns no helpers, and its table does not overflow',
    'without br_netfilter the rules let through at most what is meant',
    ...leftOpen(meaning),
  ];
}
