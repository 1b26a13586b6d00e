/**
 * Mutation kill, both targets: whatever single change of the emitted rules makes a difference is refuted, with a packet that
 * the simulator confirms; what is accepted makes none (see mutation-judge.ts). By default every fixture sees a few kinds, all
 * together all of them. CTFW_SAMPLING=25 takes one place in 25 of each kind of either target, and one at least, which is more
 * than twenty kinds for every fixture; CTFW_SAMPLING=1 every place. CTFW_SAMPLING_OFFSET=n begins with another one,
 * CTFW_SAMPLING_PACKETS=n compares accepted mutants on more packets.
 */
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../src/lower/context.ts';
import { compiledRules, type RuleTarget, ruleTargets } from '../../src/proving/emitted-rules.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { type Fixture, fixturesOf, includeReader } from '../support/fixtures.ts';
import { judgeMutant } from './mutation-judge.ts';
import { type Mutation, mutationsOf } from './mutations.ts';

const asked = process.env.CTFW_SAMPLING;
const sampling = Number(asked ?? 1);
const offset = Number(process.env.CTFW_SAMPLING_OFFSET ?? 0);
const packets = Number(process.env.CTFW_SAMPLING_PACKETS ?? (asked === undefined ? 3 : 100));
const kindsOfEach = 20;
const kindsByDefault = 4;

const counts = { refuted: 0, accepted: 0, onAllPackets: 0, packets: 0, kinds: new Set<string>() };

interface Subject {
  readonly target: RuleTarget;
  readonly compiled: Compiled;
  readonly rules: readonly Ruleset[];
}

for (const [number, fixture] of fixturesOf('valid').entries()) {
  test(`mutations of ${fixture.name}`, { timeout: asked === undefined ? 120_000 : 3_600_000 }, () => {
    const survivors: string[] = [];
    const own = { refuted: 0, accepted: 0, kinds: new Set<string>() };
    const subjects = subjectsOf(fixture);
    const chosen = asked === undefined ? someKinds(subjects, number) : sampled(subjects);
    for (const { subject, mutation } of chosen) {
      own.kinds.add(mutation.kind);
      const judged = judgeMutant(subject.compiled, subject.rules, mutation.mutant, packets, number * 7919 + 1);
      if (judged.accepted) own.accepted++;
      else own.refuted++;
      counts.packets += judged.packets;
      if (judged.accepted && judged.all) counts.onAllPackets++;
      if (judged.problem !== undefined)
        survivors.push(`${subject.target}: ${mutation.kind}, ${mutation.where}: ${judged.problem}`);
    }
    for (const kind of own.kinds) counts.kinds.add(kind);
    counts.refuted += own.refuted;
    counts.accepted += own.accepted;
    if (asked !== undefined)
      console.info(`${fixture.name}: ${own.refuted} refuted, ${own.accepted} accepted, ${own.kinds.size} kinds`);
    expect(survivors).toEqual([]);
    // What the proof leaves out has no rules that it could judge.
    if (subjects.length > 0 && asked !== undefined) expect(own.kinds.size).toBeGreaterThanOrEqual(kindsOfEach);
  });
}

test('most mutations were refuted', () => {
  const { refuted, accepted, onAllPackets, kinds } = counts;
  console.info(
    `${refuted} mutants refuted, ${accepted} accepted (compared on ${counts.packets} packets, ${onAllPackets} of them on one of every atom product), ${kinds.size} kinds`,
  );
  expect(refuted + accepted).toBeGreaterThan(0);
  if (asked === undefined) expect(kinds.size).toBeGreaterThanOrEqual(kindsOfEach);
});

function subjectsOf(fixture: Fixture): readonly Subject[] {
  return ruleTargets.flatMap((target) => {
    const options = { ...defaultLowerOptions, target: target === 'nft' ? ('nftables' as const) : target };
    const { compiled } = compile(fixture.policy, includeReader(fixture), emptyLock, options);
    return compiled.map((one) => ({ target, compiled: one, rules: compiledRules(one, target) }));
  });
}

interface Chosen {
  readonly subject: Subject;
  readonly mutation: Mutation;
}

/** One in so many of each kind, and one at least. */
function sampled(subjects: readonly Subject[]): readonly Chosen[] {
  return subjects.flatMap((subject) =>
    [...byKind([subject]).values()].flatMap((places) => {
      const first = offset % Math.min(sampling, places.length);
      return places.filter((_, index) => index % sampling === first);
    }),
  );
}

/** A few kinds, other ones for each fixture and of either target in turn; of each the place in the middle. */
function someKinds(subjects: readonly Subject[], number: number): readonly Chosen[] {
  const all = [...byKind(subjects).values()];
  return Array.from({ length: Math.min(kindsByDefault, all.length) }, (_, turn) => {
    const places = all[(number * 7 + turn * 11) % all.length] ?? [];
    const target = ruleTargets[(number + turn) % ruleTargets.length];
    const preferred = places.filter(({ subject }) => subject.target === target);
    const list = preferred.length > 0 ? preferred : places;
    return list[Math.floor(list.length / 2)];
  }).filter((one) => one !== undefined);
}

function byKind(subjects: readonly Subject[]): ReadonlyMap<string, readonly Chosen[]> {
  const kinds = new Map<string, Chosen[]>();
  for (const subject of subjects)
    for (const mutation of mutationsOf(subject.rules)) {
      const list = kinds.get(mutation.kind) ?? [];
      list.push({ subject, mutation });
      kinds.set(mutation.kind, list);
    }
  return kinds;
}
