/**
 * Law: what the symbolic run says about a packet is what the simulator does to it, for random rules of any kind on random
 * hosts: first packets, what answers them, and what follows. CTFW_AGREEMENT_RUNS: how many.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { families } from '../../src/net/address.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import { type Fate, send } from '../../src/verifier/proof/replay.ts';
import { Rules } from '../../src/verifier/run/hooks/hook.ts';
import { spaceOf } from '../../src/verifier/space/space-of.ts';
import { arbitraryHost, arbitraryRules, arbitrarySending, type Sending } from './agreement-host.ts';
import { answerOf, nextOf, PointRun, realFate } from './agreement-point.ts';

/** Without it the same cases every time; with it new ones. */
const asked = process.env.CTFW_AGREEMENT_RUNS;
const runs = Number(asked ?? 60);

test('random rules do to packets what the simulator says', { timeout: 3_600_000 }, () => {
  const counts = { asked: 0, sure: 0, delivered: 0, translated: 0, rejected: 0, replies: 0, later: 0 };
  const subjects = fc
    .tuple(arbitraryHost, arbitraryRules)
    .chain(([view, ruleset]) =>
      fc
        .array(arbitrarySending(view, [ruleset]), { minLength: 6, maxLength: 12 })
        .map((sent) => ({ view, ruleset, sent })),
    );
  const property = fc.property(subjects, ({ view, ruleset, sent }) => {
    for (const family of families) {
      const mine = sent.filter(({ packet }) => packet.source.family === family);
      if (mine.length === 0) continue;
      const space = spaceOf(family, {
        view,
        rulesets: [ruleset],
        cut: (cuts) => {
          for (const { packet } of mine) {
            cuts.addAddress(packet.source);
            cuts.addAddress(packet.destination);
            for (const port of [packet.sourcePort, packet.destinationPort])
              if (port !== undefined) cuts.add('port', port, port);
            cuts.add('protocol', packet.protocol, packet.protocol);
            cuts.add('hopLimit', packet.ttl ?? 64, packet.ttl ?? 64);
          }
        },
      });
      const rules = new Rules(space, [ruleset]);
      for (const one of mine) {
        const run = PointRun.of(rules, one);
        if (run === undefined) continue;
        const simulation = createSimulation({ hosts: [{ view, rulesets: [ruleset] }] });
        const real = realFate(send(simulation, view, one)?.outcomes ?? []);
        const problem = run.first(real);
        counts.asked++;
        if (run.sure) counts.sure++;
        if (real.kind === 'rejected') counts.rejected++;
        expect(told(one, real, problem)).toBe(told(one, real, undefined));
        if (real.kind !== 'delivered' || !run.hasEntry(real)) continue;
        counts.delivered++;
        if (run.isTranslated(real)) counts.translated++;
        const answer = answerOf(view, one, real);
        if (answer === undefined) continue;
        const replied = realFate(send(simulation, view, answer)?.outcomes ?? []);
        expect(told(one, replied, run.follows('reply', replied))).toBe(told(one, replied, undefined));
        counts.replies++;
        if (replied.kind !== 'delivered') continue;
        const next = nextOf(one);
        const later = realFate(send(simulation, view, next)?.outcomes ?? []);
        expect(told(one, later, run.follows('original', later))).toBe(told(one, later, undefined));
        counts.later++;
      }
    }
  });
  fc.assert(property, { numRuns: runs, ...(asked === undefined ? { seed: 5 } : {}), endOnFailure: true });
  console.info(JSON.stringify(counts));
  // The law says little where anything may happen, or where nothing ever arrives.
  expect(counts.sure * 2).toBeGreaterThan(counts.asked);
  expect(counts.translated).toBeGreaterThan(0);
  expect(counts.later).toBeGreaterThan(0);
});

function told(sent: Sending, fate: Fate, problem: string | undefined): string {
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value);
  return `${JSON.stringify(sent, plain)} is ${JSON.stringify(fate, plain)}: ${problem ?? 'as expected'}`;
}
