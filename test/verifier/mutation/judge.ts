/**
 * The judge of mutants: what the proof refutes must be confirmed, and what it accepts must do to packets what the rules do,
 * as the simulator says, for one packet of every atom product of rules, mutant, policy and host, for the answer to it and
 * for what follows. Where these are too many, a sample is taken: uniform ones, and such as hit what was changed.
 */
import type { Compiled } from '../../../src/compile.ts';
import type { HostView } from '../../../src/host-view/host-view.ts';
import { type Family, families } from '../../../src/net/address.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { withBridgeAddresses } from '../../../src/verifier/proof/link-layer.ts';
import { type Proof, type ProofSubject, proofSpace, proofSubject, prove } from '../../../src/verifier/proof/prove.ts';
import type { Sent } from '../../../src/verifier/proof/replay.ts';
import { firstPacketFields } from '../../../src/verifier/proof/universe.ts';
import { type IsBehind, whereaboutsIn } from '../../../src/verifier/proof/whereabouts.ts';
import { empty, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import type { Field } from '../../../src/verifier/space/fields.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import { told } from '../support.ts';
import { oneOfAlike } from './alike.ts';
import { sentAsText, Talk } from './conversation.ts';
import type { Mutation } from './mutations.ts';
import {
  type Asked,
  askedOf,
  constantsIn,
  freshIn,
  hitting,
  packetsOf,
  sameClasses,
  setsOf,
  valuesIn,
  within,
} from './packets.ts';
import { everywhere, type Place, Visits } from './place.ts';
import { SpacesOfRules } from './spaces-of-rules.ts';
import { familiesOf, standing } from './standing.ts';

export interface MutantJudged {
  readonly accepted: boolean;
  /** What is wrong with the proof's answer. */
  readonly problem: string | undefined;
  /** Packets on which rules and an accepted mutant were compared. */
  readonly compared: number;
  /** Packets on whose way nobody looks at what was changed. */
  readonly elsewhere: number;
  /** Compared and elsewhere together are all atom products that there are. */
  readonly all: boolean;
}

export interface Sampling {
  /** Where there are at most so many packets of a family, of values that nothing tells apart one, all of them are compared. */
  readonly every?: number;
  /** Of these packets alone. */
  readonly part?: (space: Space) => SetId;
  /** So many packets of each kind (first, forged, stray), family and way of choosing them are compared at most. */
  readonly packets: number;
  readonly seed: number;
}

/** Packets in the simulator under the rules, and where they were. */
interface Known {
  readonly asked: Asked;
  readonly values: ReadonlyMap<Field, ReadonlySet<unknown>>;
  readonly isBehind: IsBehind;
  readonly packets: readonly Sent[];
  readonly fates: readonly string[];
  /** By place: the numbers of the packets that came there. */
  readonly visitors: ReadonlyMap<number, readonly number[]>;
  /** They are all that there are. */
  readonly all: boolean;
  /** Of values that nothing tells apart one is sent. */
  readonly reduced: boolean;
}

/** Judges mutants of one set of rules. What does not depend on the mutant is made once. */
export class MutantJudge {
  private readonly subject: ProofSubject;
  private readonly rules: readonly Ruleset[];
  private readonly sampling: Sampling;
  private readonly view: HostView;
  private readonly talk: Talk;
  private readonly visits: Visits;
  private readonly standing: string;
  private readonly known = new Map<Family, Known>();
  private kept: SpacesOfRules | undefined;
  private proofs = 0;

  constructor({ meaning }: Pick<Compiled, 'meaning'>, rules: readonly Ruleset[], sampling: Sampling) {
    this.subject = proofSubject(meaning);
    this.rules = rules;
    this.sampling = sampling;
    this.view = withBridgeAddresses(this.subject.view);
    this.talk = new Talk(this.view, rules);
    this.visits = new Visits(rules);
    this.standing = standing(rules);
  }

  judge(mutation: Mutation): MutantJudged {
    // Packets of the other family do not meet the table: for them the rules are those that were proved already.
    const proof = this.prove(mutation.mutant, familiesOf(mutation.family));
    const refused = (problem: string | undefined): MutantJudged => ({
      accepted: false,
      problem,
      compared: 0,
      elsewhere: 0,
      all: false,
    });
    switch (proof.kind) {
      case 'refuted':
        return refused(
          proof.counterexamples.every(({ confirmed }) => confirmed) ? undefined : 'refuted without confirmation',
        );
      case 'undecided':
        return refused(`undecided\n${told(proof.counterexample)}`);
      case 'proved':
        return this.compare(mutation);
    }
  }

  /** After a few mutants, what tells nothing else apart goes on with what the proof of the rules has made. */
  private prove(mutant: readonly Ruleset[], judged: readonly Family[]): Proof {
    const { meaning } = this.subject;
    if (this.proofs++ < provedAlone) return prove(meaning, mutant);
    if (this.kept === undefined || families.some((family) => this.kept?.before(family) === undefined)) {
      this.kept = new SpacesOfRules();
      if (prove(meaning, this.rules, { kept: this.kept }).kind !== 'proved')
        throw new Error('the rules themselves are not proved');
    }
    return prove(meaning, mutant, { families: judged, kept: this.kept });
  }

  /** Packets that the simulator treats differently. */
  compare({ mutant, place, changed, family: table }: Mutation): MutantJudged {
    const talk = new Talk(this.view, mutant);
    const lies = this.placeOf(mutant, place);
    let [compared, elsewhere, all] = [0, 0, true];
    let problem: string | undefined;
    const compare = (sent: Sent, before: string, isBehind: IsBehind): void => {
      compared++;
      if (problem !== undefined) return;
      const { fates } = talk.about(sent, isBehind);
      if (fates !== before) problem = `accepted, but ${this.difference(sent, mutant, isBehind)}`;
    };
    for (const family of familiesOf(table)) {
      const known = this.knownOf(family);
      all &&= known.all;
      const visitors = this.visitorsOf(known, lies);
      elsewhere += known.packets.length - visitors.length;
      for (const number of known.all ? visitors : spread(visitors, this.sampling.packets)) {
        const sent = known.packets[number];
        if (sent !== undefined) compare(sent, known.fates[number] ?? '', known.isBehind);
      }
      const others = this.others(known, family, mutant, changed);
      all &&= others.all;
      for (const sent of others.packets) {
        const { fates, visited, open } = this.heard(sent, known.isBehind);
        if (open || lies === everywhere || lies.some((name) => visited.has(this.visits.numberOf(name))))
          compare(sent, fates, known.isBehind);
        else elsewhere++;
      }
    }
    return { accepted: true, problem, compared, elsewhere, all };
  }

  /** Known packets that never come to what was changed, and those of them that fare otherwise all the same: none should. */
  elsewhere({ mutant, place, family: table }: Mutation): {
    readonly packets: number;
    readonly different: readonly string[];
  } {
    const talk = new Talk(this.view, mutant);
    const lies = this.placeOf(mutant, place);
    const different: string[] = [];
    let packets = 0;
    for (const family of familiesOf(table)) {
      const known = this.knownOf(family);
      const visitors = new Set(this.visitorsOf(known, lies));
      for (const [number, sent] of known.packets.entries()) {
        if (visitors.has(number)) continue;
        packets++;
        if (talk.about(sent, known.isBehind).fates !== known.fates[number]) different.push(sentAsText(sent));
      }
    }
    return { packets, different };
  }

  private placeOf(mutant: readonly Ruleset[], place: Place): Place {
    return standing(mutant) === this.standing ? place : everywhere;
  }

  /** Packets that the known ones leave out: those that the mutant tells apart, and, in a sample, such as hit what was changed. */
  private others(
    { asked, all, reduced, values }: Known,
    family: Family,
    mutant: readonly Ruleset[],
    changed: readonly unknown[],
  ): { readonly packets: readonly Sent[]; readonly all: boolean } {
    const { packets: most, seed } = this.sampling;
    const both = [...this.rules, ...mutant];
    const made = proofSpace(this.subject, family, both);
    const same = sameClasses(made, asked.space);
    if (same && all) return { packets: [], all };
    const space = same ? asked.space : made;
    const sets = same ? asked.sets : setsOf(this.subject, space);
    const fresh = (part: SetId, limit: number) => packetsOf(space, within(space, sets, part), limit, seed);
    if (all) {
      const part = freshIn(space, asked.space, values);
      const alike = reduced
        ? space.diagrams.intersect(oneOfAlike(this.subject, space, both, values), this.partOf(space))
        : part;
      const { packets, count } = fresh(space.diagrams.intersect(part, alike), mostOfAll);
      if (BigInt(packets.length) === count) return { packets, all };
    }
    const { packets } = same ? { packets: [] } : fresh(freshIn(space, asked.space, values), most);
    const hits = packetsOf(space, within(space, sets, hitting(space, constantsIn(changed))), most, seed + 2);
    return { packets: [...packets, ...hits.packets], all: false };
  }

  private visitorsOf(known: Known, place: Place): readonly number[] {
    if (place === everywhere) return [...known.packets.keys()];
    const lists = place.map((name) => known.visitors.get(this.visits.numberOf(name)) ?? []);
    const [only = []] = lists;
    return lists.length === 1 && !known.visitors.has(openWays)
      ? only
      : [...new Set([...lists.flat(), ...(known.visitors.get(openWays) ?? [])])];
  }

  private knownOf(family: Family): Known {
    const made = this.known.get(family) ?? this.makeKnown(family);
    this.known.set(family, made);
    return made;
  }

  private makeKnown(family: Family): Known {
    const asked = askedOf(this.subject, family, this.rules);
    const { space } = asked;
    const { packets: most, seed, every = 0 } = this.sampling;
    const setsIn = (set: SetId) => within(space, asked.sets, space.diagrams.intersect(set, this.partOf(space)));
    const alike = every === 0 ? empty : oneOfAlike(this.subject, space, this.rules);
    const reduced = every > 0 && packetsOf(space, setsIn(alike), 0, seed).count <= BigInt(every);
    const part = reduced ? alike : space.wellFormed(firstPacketFields);
    const { packets, count } = packetsOf(space, setsIn(part), reduced ? every : most * knownForOne, seed);
    const isBehind = whereaboutsIn(space);
    const fates: string[] = [];
    const visitors = new Map<number, number[]>();
    for (const [number, sent] of packets.entries()) {
      const { fates: told, visited, open } = this.heard(sent, isBehind);
      fates.push(told);
      if (open) visited.add(openWays);
      for (const place of visited) {
        const list = visitors.get(place);
        if (list === undefined) visitors.set(place, [number]);
        else list.push(number);
      }
    }
    const values = valuesIn(space, part);
    return { asked, values, isBehind, packets, fates, visitors, reduced, all: BigInt(packets.length) === count };
  }

  private partOf(space: Space): SetId {
    return this.sampling.part?.(space) ?? everything;
  }

  private heard(
    sent: Sent,
    isBehind: IsBehind,
  ): { readonly fates: string; readonly visited: Set<number>; readonly open: boolean } {
    const visited = new Set<number>();
    const { fates, open } = this.talk.about(sent, isBehind, (trace) => this.visits.note(trace, visited));
    return { fates, visited, open };
  }

  /** Both sides once more, on hosts that have never seen another packet. */
  private difference(sent: Sent, mutant: readonly Ruleset[], isBehind: IsBehind): string {
    const [before, after] = [this.rules, mutant].map((rules) => new Talk(this.view, rules).about(sent, isBehind).fates);
    return before === after
      ? `only after other packets ${sentAsText(sent)} fares otherwise`
      : `${sentAsText(sent)}: ${before} becomes ${after}`;
  }
}

/** For so many mutants it is not worth while to prove the rules first. */
const provedAlone = 3;
/** So many packets are known for each that is compared: some have to have been where a mutant differs. */
const knownForOne = 8;
/** Where all packets are compared, so many that a mutant alone tells apart. */
const mostOfAll = 500_000;
/** Stands for the places of packets that may go in more than one way. */
const openWays = -1;

/** At most so many of a list, from all over it. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  const step = list.length / most;
  return Array.from({ length: most }, (_, index) => list[Math.floor(index * step)]).filter((one) => one !== undefined);
}
