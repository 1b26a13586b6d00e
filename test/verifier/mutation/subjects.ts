/** The rules that are mutated, each with the mutants that are judged of it. */

import { type Compiled, compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../../src/lower/context.ts';
import { compiledRules, type RuleTarget, ruleTargets } from '../../../src/proving/emitted-rules.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import type { SourceFile } from '../../../src/source/span.ts';
import type { ReadFile } from '../../../src/syntax/include.ts';
import { MutantJudge, type MutantJudged, type Sampling } from './judge.ts';
import { type Mutation, mutationsOf } from './mutations.ts';

export interface Subject {
  readonly target: RuleTarget;
  readonly compiled: Compiled;
  readonly rules: readonly Ruleset[];
}

/** A policy's rules, for every target and each of its hosts. */
export function subjectsOf(policy: SourceFile, reader: ReadFile): readonly Subject[] {
  return ruleTargets.flatMap((target) => {
    const options = { ...defaultLowerOptions, target: target === 'nft' ? ('nftables' as const) : target };
    const { compiled } = compile(policy, reader, emptyLock, options);
    return compiled.map((one) => ({ target, compiled: one, rules: compiledRules(one, target) }));
  });
}

export interface Chosen {
  readonly subject: Subject;
  readonly mutation: Mutation;
}

export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** `7` or `7-9`. */
export function rangeOf(text: string): NumberRange {
  const [first = 0, last = first] = text.split('-').map(Number);
  return { first, last };
}

/**
 * One place in so many of each kind, of either target and each host, or as many as there are offsets. Offsets from 0 up to
 * that number take every place once; with offset 0 every kind has one.
 */
export function sampled(subjects: readonly Subject[], oneIn: number, { first, last }: NumberRange): readonly Chosen[] {
  return subjects.flatMap((subject) =>
    [...byKind([subject]).values()].flatMap((places) =>
      places.filter((_, index) => index % oneIn >= first && index % oneIn <= last),
    ),
  );
}

export function byKind(subjects: readonly Subject[]): ReadonlyMap<string, readonly Chosen[]> {
  const kinds = new Map<string, Chosen[]>();
  for (const subject of subjects)
    for (const mutation of mutationsOf(subject.rules)) {
      const list = kinds.get(mutation.kind) ?? [];
      list.push({ subject, mutation });
      kinds.set(mutation.kind, list);
    }
  return kinds;
}

/** What came of judging mutants. */
export class Tally {
  refuted = 0;
  accepted = 0;
  /** Accepted mutants for which every atom product was looked at. */
  onAllPackets = 0;
  compared = 0;
  elsewhere = 0;
  readonly kinds = new Set<string>();
  readonly survivors: string[] = [];

  add({ subject, mutation }: Chosen, { accepted, all, compared, elsewhere, problem }: MutantJudged): void {
    this.kinds.add(mutation.kind);
    if (accepted) this.accepted++;
    else this.refuted++;
    if (accepted && all) this.onAllPackets++;
    this.compared += compared;
    this.elsewhere += elsewhere;
    if (problem !== undefined)
      this.survivors.push(`${subject.target}: ${mutation.kind}, ${mutation.where}: ${problem}`);
  }
}

/** Judges mutants of one policy; `told` gets each as it is judged. */
export function judgeAll(
  chosen: readonly Chosen[],
  sampling: Sampling,
  told?: (one: Chosen, judged: MutantJudged) => void,
): Tally {
  const tally = new Tally();
  const judges = new Map<Subject, MutantJudge>();
  for (const one of chosen) {
    const { subject, mutation } = one;
    const judge = judges.get(subject) ?? new MutantJudge(subject.compiled, subject.rules, sampling);
    judges.set(subject, judge);
    const judged = judge.judge(mutation);
    tally.add(one, judged);
    told?.(one, judged);
  }
  return tally;
}
