/**
 * Mutation kill on policies so small that a mutant can be compared with the rules on every packet: one of each atom product,
 * of values that nothing tells apart one (see alike.ts). By default a few mutants on TCP from an ordinary port and some ICMP; with CTFW_SAMPLING (and
 * CTFW_SAMPLING_OFFSET, CTFW_SAMPLING_LOG, see mutations.test.ts) as many as that says, of all
 * policies and on all packets.
 */
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type RuleTarget, ruleTargets } from '../../../src/proving/emitted-rules.ts';
import type { SetId } from '../../../src/verifier/sets/diagrams.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import type { Sampling } from './judge.ts';
import { byKind, type Chosen, judgeAll, rangeOf, type Subject, sampled, subjectsOf } from './subjects.ts';

const asked = process.env.CTFW_SAMPLING;
const oneIn = Number(asked ?? 1);
const offsets = rangeOf(process.env.CTFW_SAMPLING_OFFSET ?? '0');
const log = process.env.CTFW_SAMPLING_LOG;

const policies = {
  'no way out': `host box { interface eth0 { address 192.0.2.10/24 } }
network front { subnet 172.17.0.0/30; internal }
container web { attach front 172.17.0.2 }
`,
  'a publication': `host box { interface eth0 { address 192.0.2.10/24 } }
network front { subnet 172.17.0.0/30; icc off }
container web { attach front 172.17.0.2; publish 8080:80 }
`,
  'a protected host': `host box { interface eth0 { address 192.0.2.10/24 }; protect host }
network front { subnet 172.17.0.0/30 }
container web { attach front 172.17.0.2 }
deny front -> box 22/tcp reject
`,
} as const;

/** The smallest by default; the others take minutes. */
const chosenPolicies = Object.entries(policies).slice(0, asked === undefined ? 1 : undefined);

for (const [number, [name, text]] of chosenPolicies.entries())
  for (const target of ruleTargets)
    test(`every packet of ${name}, ${target}`, { timeout: asked === undefined ? 120_000 : 3_600_000 }, () => {
      const subjects = subjectsOf({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' })).filter(
        (subject) => subject.target === target,
      );
      expect(subjects).toHaveLength(1);
      const chosen = asked === undefined ? aFew(subjects, target, number) : sampled(subjects, oneIn, offsets);
      const sampling: Sampling = {
        every: 1_000_000,
        packets: 0,
        seed: 1,
        ...(asked === undefined ? { part: ordinary } : {}),
      };
      const started = performance.now();
      const { refuted, accepted, onAllPackets, compared, elsewhere, kinds, survivors } = judgeAll(chosen, sampling);
      if (log !== undefined) {
        const seconds = Math.round((performance.now() - started) / 1000);
        const own = { oneIn, offsets, seconds, refuted, accepted, onAllPackets, compared, elsewhere };
        const policy = `every packet of ${name}, ${target}`;
        appendFileSync(log, `${JSON.stringify({ fixture: policy, ...own, kinds: [...kinds], survivors })}\n`);
      }
      expect(survivors).toEqual([]);
      expect(refuted + accepted).toBeGreaterThan(0);
      expect(onAllPackets).toBe(accepted);
    });

/** TCP from an ordinary port, echo requests and errors, far from the end of their hop limit. */
function ordinary(space: Space): SetId {
  const { diagrams } = space;
  const usual = (field: 'hopLimit' | 'sourcePort', value: number): SetId => {
    const wanted = space.partitionOf(field).classOf(value);
    return space.classes(field, (index) => index === wanted);
  };
  const tcp = diagrams.intersect(space.equal('protocol', 6), usual('sourcePort', 40000));
  const [icmp, echo, error] = space.family === 'ipv4' ? ([1, 8, 3] as const) : ([58, 128, 1] as const);
  const asking = diagrams.intersect(space.equal('protocol', icmp), space.anyOf('icmpType', [echo, error]));
  return diagrams.intersect(diagrams.unite(tcp, asking), usual('hopLimit', 64));
}

/** A place of some kinds, other ones for each policy and target. */
function aFew(subjects: readonly Subject[], target: RuleTarget, number: number): readonly Chosen[] {
  const all = [...byKind(subjects).values()];
  const turn = number * ruleTargets.length + ruleTargets.indexOf(target);
  return all
    .filter((_, index) => index % kindsOneIn === turn % kindsOneIn)
    .flatMap((places) => places[turn % places.length] ?? []);
}

const kindsOneIn = 8;
