/**
 * Mutation kill, both targets: whatever single change of the emitted rules makes a difference is refuted, with a packet that
 * the simulator confirms; what is accepted makes none (see mutation-judge.ts). By default every fixture sees twenty kinds,
 * one place each. CTFW_SAMPLING=25 takes one place in 25 of each kind, CTFW_SAMPLING=1 every place;
 * CTFW_SAMPLING_OFFSET=n begins with another one, CTFW_SAMPLING_PACKETS=n compares accepted mutants on more packets.
 */
import { expect, test } from 'vitest';
import { compiledRules, type RuleTarget, ruleTargets } from '../../src/cli/io/emitted-rules.ts';
import { type Compiled, compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../src/lower/context.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { type Fixture, fixturesOf, includeReader } from '../support/fixtures.ts';
import { judgeMutant } from './mutation-judge.ts';
import { type Mutation, mutationsOf } from './mutations.ts';

const asked = process.env.CTFW_SAMPLING;
const sampling = Number(asked ?? 1);
const offset = Number(process.env.CTFW_SAMPLING_OFFSET ?? 0);
const packets = Number(process.env.CTFW_SAMPLING_PACKETS ?? (asked === undefined ? 15 : 100));
const kindsOfEach = 20;

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
    const chosen = asked === undefined ? oneOfEachKind(subjects, number) : sampled(subjects);
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
    if (subjects.length > 0 && asked === undefined) expect(own.kinds.size).toBeGreaterThanOrEqual(kindsOfEach);
  });
}

test('most mutations were refuted', () => {
  const { refuted, accepted, onAllPackets, kinds } = counts;
  console.info(
    `${refuted} mutants refuted, ${accepted} accepted (compared on ${counts.packets} packets, ${onAllPackets} of them on one of every atom product), ${kinds.size} kinds`,
  );
  expect(refuted).toBeGreaterThan(accepted);
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

/** One in so many of each kind. */
function* sampled(subjects: readonly Subject[]): Generator<Chosen> {
  for (const subject of subjects) {
    const seen = new Map<string, number>();
    for (const mutation of mutationsOf(subject.rules)) {
      const count = seen.get(mutation.kind) ?? 0;
      seen.set(mutation.kind, count + 1);
      if (count % sampling === offset % sampling) yield { subject, mutation };
    }
  }
}

/** Twenty kinds, other ones for each fixture and of either target in turn; of each the place in the middle. */
function* oneOfEachKind(subjects: readonly Subject[], number: number): Generator<Chosen> {
  const kinds = new Map<string, Chosen[]>();
  for (const subject of subjects)
    for (const mutation of mutationsOf(subject.rules)) {
      const list = kinds.get(mutation.kind) ?? [];
      list.push({ subject, mutation });
      kinds.set(mutation.kind, list);
    }
  const all = [...kinds.values()];
  for (let turn = 0; turn < Math.min(kindsOfEach, all.length); turn++) {
    const places = all[(number * 11 + turn) % all.length] ?? [];
    const target = ruleTargets[(number + turn) % ruleTargets.length];
    const preferred = places.filter(({ subject }) => subject.target === target);
    const list = preferred.length > 0 ? preferred : places;
    const one = list[Math.floor(list.length / 2)];
    if (one !== undefined) yield one;
  }
}
