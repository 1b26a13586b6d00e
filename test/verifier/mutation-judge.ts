/**
 * The judge of mutants: what the proof refutes must be confirmed, and what it accepts must do to packets what the rules do,
 * as the simulator says, for one packet of every atom product of rules, mutant, policy and host (a uniform sample, where
 * there are too many), for the answer to it and for what follows.
 */
import type { Compiled } from '../../src/compile.ts';
import type { HostView } from '../../src/host-view/host-view.ts';
import { families } from '../../src/net/address.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import { MeaningDiagrams } from '../../src/verifier/meaning/meant.ts';
import { fateText } from '../../src/verifier/proof/counterexample.ts';
import { packetAt } from '../../src/verifier/proof/example.ts';
import { withBridgeAddresses } from '../../src/verifier/proof/link-layer.ts';
import { proofSpace, proofSubject, prove } from '../../src/verifier/proof/prove.ts';
import { type Fate, fateOf, firstPacket, type Sent, send } from '../../src/verifier/proof/replay.ts';
import { firstPacketFields, Universe } from '../../src/verifier/proof/universe.ts';
import { answerOf, nextOf } from './agreement-point.ts';
import { atomsOf } from './atoms.ts';
import { told } from './support.ts';

export interface MutantJudged {
  readonly accepted: boolean;
  /** What is wrong with the proof's answer. */
  readonly problem: string | undefined;
  /** Packets on which an accepted mutant was compared, and whether they were all there are. */
  readonly packets: number;
  readonly all: boolean;
}

/** `most`: so many packets of each kind (first, forged, stray) and family are compared. */
export function judgeMutant(
  { meaning }: Compiled,
  rules: readonly Ruleset[],
  mutant: readonly Ruleset[],
  most: number,
  seed: number,
): MutantJudged {
  const proof = prove(meaning, mutant);
  const answer = (accepted: boolean, problem: string | undefined, packets = 0, all = true): MutantJudged => ({
    accepted,
    problem,
    packets,
    all,
  });
  switch (proof.kind) {
    case 'refuted':
      return answer(
        false,
        proof.counterexamples.every(({ confirmed }) => confirmed) ? undefined : 'refuted without confirmation',
      );
    case 'undecided':
      return answer(false, `undecided\n${told(proof.counterexample)}`);
    case 'proved': {
      const { problem, packets, all } = differs(meaning, rules, mutant, most, seed);
      return answer(true, problem, packets, all);
    }
  }
}

/** A packet that the simulator treats differently. */
function differs(
  meaning: Compiled['meaning'],
  rules: readonly Ruleset[],
  mutant: readonly Ruleset[],
  most: number,
  seed: number,
): { readonly problem: string | undefined; readonly packets: number; readonly all: boolean } {
  const subject = proofSubject(meaning);
  const view = withBridgeAddresses(subject.view);
  let [packets, all] = [0, true];
  for (const family of families) {
    const space = proofSpace(subject, family, [...rules, ...mutant]);
    const { diagrams } = space;
    const meant = new MeaningDiagrams(space, meaning, subject.sets);
    const universe = new Universe(space, meaning, meant);
    const first = diagrams.subtract(universe.first(), universe.unmanaged());
    // What is left open may change as it likes: see docs/proof.md.
    const open = diagrams.uniteAll([universe.vacant(), universe.astray(), meant.meant(first, true).unsaid]);
    const asked = [
      { starts: true, set: diagrams.subtract(first, open) },
      { starts: true, set: universe.forgedIn('new') },
      { starts: false, set: universe.forgedIn('invalid') },
      { starts: false, set: diagrams.intersect(universe.stray(), universe.touchesNetworks()) },
    ];
    for (const { starts, set } of asked) {
      const atoms = atomsOf(space, set, firstPacketFields, most, seed);
      all &&= atoms.all;
      const sides = [rules, mutant].map((rulesets) => createSimulation({ hosts: [{ view, rulesets }] }));
      for (const point of atoms.points) {
        const sent = firstPacket(packetAt(point), starts);
        packets++;
        const [one, other] = sides.map((simulation) => conversation(simulation, view, sent));
        if (one !== other) return { problem: `accepted, but ${textOf(sent)}: ${one} becomes ${other}`, packets, all };
      }
    }
  }
  return { problem: undefined, packets, all };
}

/** What becomes of a packet, of what answers it, and of what its sender sends next. */
function conversation(simulation: ReturnType<typeof createSimulation>, view: HostView, sent: Sent): string {
  simulation.flushConnections(view.name);
  const fates: Fate[] = [];
  const say = (one: Sent): Fate => {
    const fate = fateOf(send(simulation, view, one)?.outcomes ?? [], view);
    fates.push(fate);
    return fate;
  };
  const arrived = say(sent);
  // Verification tags of SCTP are made up by its two ends: an answer without them is none.
  if (arrived.kind === 'delivered' && sent.packet.protocol !== 132) {
    const answer = answerOf(view, sent, arrived);
    if (answer !== undefined) say(answer);
    say(nextOf(sent));
  }
  return fates.map(fateText).join(', then ');
}

function textOf(sent: Sent): string {
  return JSON.stringify(sent, (_, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));
}
