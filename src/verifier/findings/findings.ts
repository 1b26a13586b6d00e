/**
 * What a policy says in vain, exactly: statements that decide about no packet, allows that denies beat altogether,
 * publications that nobody may use; and what is open to the outside without an expectation that speaks of it.
 */
import { families } from '../../net/address.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { FlowBox } from '../../policy/sets/flow-box.ts';
import { subjectSets } from '../../policy/sets/subjects.ts';
import type { Span } from '../../source/span.ts';
import { cutByBox } from '../meaning/cuts-of-meaning.ts';
import { proofSpace, proofSubject } from '../proof/prove.ts';
import type { CutCollector } from '../space/cuts.ts';
import { FamilyFindings } from './family-findings.ts';
import { type Statement, statementsOf } from './statements.ts';

export type Finding =
  | {
      readonly kind: 'never-matters';
      readonly span: Span;
      readonly because: 'covered' | 'denied' | 'no packet';
      readonly by: readonly Span[];
    }
  | { readonly kind: 'unreachable-publication'; readonly span: Span; readonly by: readonly Span[] };

/** Something that lets packets in from outside. */
export interface Opening {
  readonly span: Span;
  /** Whether an expectation speaks of every destination and port that it opens. */
  readonly covered: boolean;
}

export interface Findings {
  readonly findings: readonly Finding[];
  readonly openings: readonly Opening[];
}

export function findingsOf(meaning: Meaning): Findings {
  const subject = proofSubject(meaning);
  const subjects = subjectSets(meaning);
  const expected = expectedBoxes(meaning, subjects);
  const statements = statementsOf(subject.sets);
  const perFamily = families.map((family) => {
    const cut = (cuts: CutCollector): void => {
      for (const box of expected) cutByBox(cuts, box);
    };
    const space = proofSpace(subject, family, [], { cut });
    return new FamilyFindings(space, meaning, subject.sets, statements, subjects);
  });
  const { permits, denies, publications } = statements;
  return {
    findings: [...permits, ...denies, ...publications]
      .filter((statement) => !perFamily.some((one) => one.matters(statement)))
      .map((statement) => findingAbout(statement, perFamily)),
    openings: [...permits, ...publications].flatMap((statement): readonly Opening[] => {
      const opens = perFamily.flatMap((one) => one.opening(statement, expected) ?? []);
      return opens.length === 0 ? [] : [{ span: statement.span, covered: opens.every(({ covered }) => covered) }];
    }),
  };
}

function findingAbout(statement: Statement, perFamily: readonly FamilyFindings[]): Finding {
  const { span } = statement;
  const reasons = perFamily.map((one) => one.idle(statement));
  const by = [...new Set(reasons.flatMap((reason) => reason.by))];
  if (statement.kind === 'publish') return { kind: 'unreachable-publication', span, by };
  const told = new Set(reasons.map(({ because }) => because));
  const because = (['covered', 'denied'] as const).find((reason) => told.has(reason)) ?? 'no packet';
  return { kind: 'never-matters', span, because, by };
}

/** What expectations speak of. */
function expectedBoxes(meaning: Meaning, subjects: ReturnType<typeof subjectSets>): readonly FlowBox[] {
  return meaning.atlas.model.expectations.map(({ from, to, services }) => ({
    sources: subjects(from, false).sources,
    destinations: subjects(to, false).destinations,
    services,
    because: undefined,
  }));
}
