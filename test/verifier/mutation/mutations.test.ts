/**
 * Mutation kill, both targets: whatever single change of the emitted rules makes a difference is refuted, with a packet that
 * the simulator confirms; what is accepted makes none (see judge.ts). By default every fixture sees a few kinds, all together
 * all of them. CTFW_SAMPLING=25 takes one place in 25 of each kind of either target, and one at least, which is more than
 * twenty kinds for every fixture; CTFW_SAMPLING_OFFSET=n, or from-to, takes others, CTFW_SAMPLING=1 every place.
 * CTFW_SAMPLING_PACKETS=n compares accepted mutants on more packets, CTFW_SAMPLING_EVERY=n on every packet where a family has
 * at most n, CTFW_SAMPLING_FIXTURES=from-to takes some fixtures by number, and CTFW_SAMPLING_LOG=FILE adds a line of counts
 * for each fixture.
 */
import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ruleTargets } from '../../../src/proving/emitted-rules.ts';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';
import { byKind, type Chosen, judgeAll, rangeOf, type Subject, sampled, subjectsOf } from './subjects.ts';

const asked = process.env.CTFW_SAMPLING;
const oneIn = Number(asked ?? 1);
const offsets = rangeOf(process.env.CTFW_SAMPLING_OFFSET ?? '0');
const packets = Number(process.env.CTFW_SAMPLING_PACKETS ?? (asked === undefined ? 3 : 100));
const every = Number(process.env.CTFW_SAMPLING_EVERY ?? 0);
const fixtures = rangeOf(process.env.CTFW_SAMPLING_FIXTURES ?? '0-1000');
const log = process.env.CTFW_SAMPLING_LOG;
const kindsOfEach = 20;
const kindsByDefault = 3;
/** All but those that hardly any scenario has. */
const kindsOfAll = 50;
const tried = new Map<string, number>();

const counts = { refuted: 0, accepted: 0, onAllPackets: 0, compared: 0, elsewhere: 0, kinds: new Set<string>() };

for (const [number, fixture] of fixturesOf('valid').entries()) {
  if (number < fixtures.first || number > fixtures.last) continue;
  test(`mutations of ${fixture.name}`, { timeout: asked === undefined ? 120_000 : 3_600_000 }, () => {
    const subjects = subjectsOf(fixture.policy, includeReader(fixture));
    const chosen = asked === undefined ? someKinds(subjects, number) : sampled(subjects, oneIn, offsets);
    const started = performance.now();
    const { refuted, accepted, onAllPackets, compared, elsewhere, kinds, survivors } = judgeAll(chosen, {
      packets,
      every,
      seed: (number + offsets.first * 101) * 7919 + 1,
    });
    counts.refuted += refuted;
    counts.accepted += accepted;
    counts.onAllPackets += onAllPackets;
    counts.compared += compared;
    counts.elsewhere += elsewhere;
    for (const kind of kinds) counts.kinds.add(kind);
    if (asked !== undefined)
      console.info(`${fixture.name}: ${refuted} refuted, ${accepted} accepted, ${kinds.size} kinds`);
    if (log !== undefined) {
      const seconds = Math.round((performance.now() - started) / 1000);
      const own = { oneIn, offsets, packets, seconds, refuted, accepted, onAllPackets, compared, elsewhere };
      appendFileSync(log, `${JSON.stringify({ fixture: fixture.name, ...own, kinds: [...kinds], survivors })}\n`);
    }
    expect(survivors).toEqual([]);
    // What the proof leaves out has no rules that it could judge.
    if (subjects.length > 0 && asked !== undefined && offsets.first === 0)
      expect(kinds.size).toBeGreaterThanOrEqual(kindsOfEach);
  });
}

test('most mutations were refuted', () => {
  const { refuted, accepted, onAllPackets, compared, elsewhere, kinds } = counts;
  console.info(
    `${refuted} mutants refuted, ${accepted} accepted (compared on ${compared} packets, ${elsewhere} more do not meet what was changed; ${onAllPackets} of them on every atom product), ${kinds.size} kinds`,
  );
  expect(refuted + accepted).toBeGreaterThan(0);
  if (asked === undefined) expect(kinds.size).toBeGreaterThanOrEqual(kindsOfAll);
});

/** A few kinds, those that were tried least so far, of either target in turn; of each the place in the middle. */
function someKinds(subjects: readonly Subject[], number: number): readonly Chosen[] {
  const kinds = [...byKind(subjects)].sort(([left], [right]) => (tried.get(left) ?? 0) - (tried.get(right) ?? 0));
  return kinds.slice(0, kindsByDefault).flatMap(([kind, places], turn) => {
    tried.set(kind, (tried.get(kind) ?? 0) + 1);
    const target = ruleTargets[(number + turn) % ruleTargets.length];
    const preferred = places.filter(({ subject }) => subject.target === target);
    const list = preferred.length > 0 ? preferred : places;
    return list[Math.floor(list.length / 2)] ?? [];
  });
}
