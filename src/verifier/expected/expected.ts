/**
 * Expectations for all packets: each one is shown to hold for every packet that it speaks of, or packets are given for which
 * it does not, by the meaning of a policy or by rules. Whoever asks lets the simulator or decide() confirm them.
 */
import { type Family, families } from '../../net/address.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { wiringOf } from '../meaning/completed-view.ts';
import { cutByBox, cutByMeaning } from '../meaning/cuts-of-meaning.ts';
import { type ExamplePacket, packetAt, pointOf, pointSet } from '../proof/example.ts';
import { type AlsoAsked, MeantFamily } from '../proof/meant-family.ts';
import { type Proof, type ProveOptions, proofSubject, prove } from '../proof/prove.ts';
import { firstPacketFields, type Universe } from '../proof/universe.ts';
import { type Behaviour, behaviourOf } from '../run/behaviour.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { countClasses } from '../space/count.ts';
import type { CutCollector } from '../space/cuts.ts';
import type { Space } from '../space/space.ts';
import { spaceOf } from '../space/space-of.ts';
import { cutByRouting, unnatural } from './natural.ts';
import { type Outcomes, outcomesOfMeaning, outcomesOfRules } from './outcomes.ts';
import { type Expectation, type SpokenOf, SpokenSets, spokenOf } from './spoken-of.ts';
import { violationsOf } from './violations.ts';

/** Rules as they are emitted are known altogether; those found on a host may hold a thousand things that are not modelled. */
export interface ExpectedRules {
  readonly rulesets: readonly Ruleset[];
  readonly found: boolean;
}

export type Expected =
  | { readonly kind: 'holds'; readonly classes: bigint }
  | { readonly kind: 'covers-nothing' }
  /** Some of these packets, the surest first. */
  | { readonly kind: 'violated'; readonly packets: readonly ViolatingPacket[] }
  /** It speaks of frames that no hook of this host meets. */
  | { readonly kind: 'left-out' };

export interface ViolatingPacket {
  readonly packet: ExamplePacket;
  /** Whether the sender's own routing sends it this way. */
  readonly natural: boolean;
}

/** Each expectation of the policy, in their order. `rules`: by them; without, by the meaning of the policy. */
export function expectedOf(meaning: Meaning, rules?: ExpectedRules): readonly Expected[] {
  if (meaning.atlas.model.expectations.length === 0) return [];
  const asked = new AskedExpectations(meaning, rules === undefined ? 'meaning' : 'rules');
  const subject = proofSubject(meaning);
  let before: Space | undefined;
  for (const family of families) {
    const space = spaceOf(family, {
      view: subject.view,
      instead: before,
      rulesets: rules?.rulesets ?? [],
      wiring: wiringOf(meaning),
      bounds: rules?.found ?? false,
      cut: (cuts) => {
        cutByMeaning(cuts, meaning, subject.sets);
        asked.cut(cuts);
      },
    });
    const meant = new MeantFamily(space, meaning, subject.sets);
    asked.ask(meant, rules === undefined ? undefined : behaviourByRules(meant, rules));
    before = space;
  }
  return asked.answers();
}

function behaviourByRules({ space, first }: MeantFamily, { rulesets, found }: ExpectedRules): Behaviour {
  return behaviourOf(space, rulesets, space.diagrams.intersect(first, unmarked(space)), {
    chainOrder: found ? 'unknown' : 'known',
  });
}

export interface ProvedExpected {
  readonly proof: Proof;
  /** Undefined where the proof ended before it was through all packets. */
  readonly expected: readonly Expected[] | undefined;
}

/** Who decides what becomes of the packets that expectations speak of. */
export type DecidedBy = 'meaning' | 'rules';

/** The proof of rules, and the expectations of the policy by its meaning or by the rules, in one space for both. */
export function proveExpecting(
  meaning: Meaning,
  rulesets: readonly Ruleset[],
  by: DecidedBy = 'meaning',
  options: Omit<ProveOptions, 'also'> = {},
): ProvedExpected {
  const asked = new AskedExpectations(meaning, by);
  const proof = prove(meaning, rulesets, { ...options, also: asked });
  return { proof, expected: asked.isAnswered ? asked.answers() : undefined };
}

/** The expectations of a policy as a question about a space of each family. */
class AskedExpectations implements AlsoAsked {
  private readonly asked: readonly { readonly expectation: Expectation; readonly spoken: SpokenOf }[];
  private readonly meaning: Meaning;
  private readonly by: DecidedBy;
  private readonly perFamily: (readonly Expected[])[] = [];

  constructor(meaning: Meaning, by: DecidedBy) {
    const speaking = spokenOf(meaning);
    this.meaning = meaning;
    this.by = by;
    this.asked = meaning.atlas.model.expectations.map((expectation) => ({
      expectation,
      spoken: speaking(expectation),
    }));
  }

  cut(cuts: CutCollector): void {
    if (this.asked.length === 0) return;
    cutByRouting(cuts, this.meaning);
    for (const { expectation, spoken } of this.asked) cutByExpectation(cuts, expectation, spoken);
  }

  /** `behaviour`: what the rules do with first packets, or with those of them that expectations speak of. */
  ask(family: MeantFamily, behaviour: Behaviour | undefined): void {
    if (this.asked.length === 0) return;
    const judged = new FamilyExpectations(family, this.by === 'rules' ? behaviour : undefined);
    this.perFamily.push(this.asked.map(({ expectation, spoken }) => judged.expected(expectation, spoken)));
  }

  get isAnswered(): boolean {
    return this.asked.length === 0 || this.perFamily.length === families.length;
  }

  answers(): readonly Expected[] {
    return this.asked.map((_, index) => together(this.perFamily.flatMap((list) => list[index] ?? [])));
  }
}

function together(parts: readonly Expected[]): Expected {
  const leftOut = parts.find(({ kind }) => kind === 'left-out');
  const packets = parts.flatMap((part) => (part.kind === 'violated' ? part.packets : []));
  if (packets.length > 0) return { kind: 'violated', packets };
  if (leftOut !== undefined) return leftOut;
  const classes = parts.reduce((sum, part) => sum + (part.kind === 'holds' ? part.classes : 0n), 0n);
  return classes === 0n ? { kind: 'covers-nothing' } : { kind: 'holds', classes };
}

/** So many packets of a violation are given. */
const mostGiven = 6;

class FamilyExpectations {
  private readonly space: Space;
  private readonly universe: Universe;
  private readonly spoken: SpokenSets;
  private readonly unnatural: SetId;
  private readonly outcomes: Outcomes;

  constructor({ space, meaning, meant, universe, first: all }: MeantFamily, behaviour: Behaviour | undefined) {
    this.space = space;
    this.universe = universe;
    const { diagrams } = space;
    const first = diagrams.intersect(all, unmarked(space));
    this.spoken = new SpokenSets(space, meaning, meant, universe, first);
    this.unnatural = unnatural(space, meaning, meant);
    const said = meant.meant(first);
    const byMeaning = outcomesOfMeaning(space, first, said);
    if (behaviour === undefined) {
      this.outcomes = byMeaning;
      return;
    }
    const past = [...meaning.atlas.containersOnWire.keys()].map(({ bridge }) =>
      meant.boxes.side({ kind: 'interface', name: bridge }),
    );
    const open = diagrams.uniteAll([this.universe.vacant(), this.universe.astray(), said.unsaid, ...past]);
    this.outcomes = outcomesOfRules(space, first, behaviour, byMeaning, open);
  }

  expected({ outcome }: Expectation, spoken: SpokenOf): Expected {
    const { space, universe } = this;
    const { diagrams } = space;
    if (!concerns(outcome, space.family)) return { kind: 'covers-nothing' };
    const packets = this.spoken.packets(spoken);
    const natural = diagrams.subtract(packets, this.unnatural);
    const {
      spokenOf: all,
      certain,
      possible,
    } = violationsOf(outcome, {
      space,
      packets,
      natural,
      outcomes: this.outcomes,
      outside: (field) => universe.outsideAddresses(field),
    });
    if (possible !== empty) {
      const found = [
        ...this.examples(certain, natural),
        ...this.examples(diagrams.subtract(possible, certain), natural),
      ];
      return { kind: 'violated', packets: found.slice(0, mostGiven) };
    }
    if (this.spoken.isLeftOut(spoken)) return { kind: 'left-out' };
    return all === empty
      ? { kind: 'covers-nothing' }
      : { kind: 'holds', classes: countClasses(space, onlyFirst(space, all), firstPacketFields) };
  }

  /** Packets between different ends. */
  private examples(violating: SetId, natural: SetId): readonly ViolatingPacket[] {
    const { diagrams } = this.space;
    const found: ViolatingPacket[] = [];
    for (let set = violating; set !== empty && found.length < mostGiven; ) {
      const point = pointOf(this.space, set);
      const own = pointSet(point, firstPacketFields);
      found.push({ packet: packetAt(point), natural: diagrams.includes(natural, own) });
      set = diagrams.subtract(set, pointSet(point, ['source', 'destination'], false));
    }
    return found;
  }
}

/** Nobody sends marks: only rules make them. */
function unmarked(space: Space): SetId {
  const { diagrams } = space;
  const bits = [...space.markLevels.values()].map(({ arrival }) => diagrams.complement(space.bit(arrival)));
  return diagrams.intersectAll(...bits);
}

/** Which packets are spoken of may rest on what becomes of them, and that on marks and on what is not modelled. */
function onlyFirst(space: Space, set: SetId): SetId {
  const marks = [...space.markLevels.values()].map(({ arrival }) => arrival);
  return space.diagrams.project(set, space.diagrams.mask([...marks, ...space.choiceTexts.keys()]));
}

/** `reaches` speaks of the families that the container has, `leaves as` of the family of its address. */
function concerns(outcome: Expectation['outcome'], family: Family): boolean {
  if (outcome.kind === 'leaves-as') return outcome.address.family === family;
  if (outcome.kind !== 'reaches') return true;
  return outcome.container.endpoints.some(({ addresses }) => addresses[family] !== undefined);
}

function cutByExpectation(cuts: CutCollector, { outcome }: Expectation, { boxes }: SpokenOf): void {
  for (const { box } of boxes) cutByBox(cuts, box);
  if (outcome.kind === 'leaves-as') cuts.addAddress(outcome.address);
  if (outcome.kind !== 'reaches') return;
  for (const { addresses } of outcome.container.endpoints)
    for (const address of Object.values(addresses)) cuts.addAddress(address);
  const { service } = outcome;
  if (service === undefined) return;
  cuts.add('protocol', service.protocol, service.protocol);
  cuts.add('port', service.ports.first, service.ports.last);
}
