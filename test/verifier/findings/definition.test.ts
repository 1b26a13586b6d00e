/** Findings of random policies are what their definition says: a statement is told when without it no packet is treated otherwise. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { families } from '../../../src/net/address.ts';
import type { Meaning } from '../../../src/policy/decide.ts';
import type { FlowBox } from '../../../src/policy/sets/flow-box.ts';
import type { MeaningSets } from '../../../src/policy/sets/meaning-sets.ts';
import { subjectSets } from '../../../src/policy/sets/subjects.ts';
import type { Span } from '../../../src/source/span.ts';
import { findingsOf } from '../../../src/verifier/findings/findings.ts';
import { cutByBox } from '../../../src/verifier/meaning/cuts-of-meaning.ts';
import { MeaningDiagrams } from '../../../src/verifier/meaning/meant.ts';
import { MeantFamily } from '../../../src/verifier/proof/meant-family.ts';
import { proofSpace, proofSubject } from '../../../src/verifier/proof/prove.ts';
import { empty, everything, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { smallPolicyText } from '../../expectations/universal/small-policies.ts';

const runs = Number(process.env.CTFW_FINDINGS_RUNS ?? 25);

/** What becomes of packets, as a text that is the same where the sets are. */
function treatment(family: MeantFamily, sets: MeaningSets): string {
  const { space, meaning, first } = family;
  const { delivered, rejected } = new MeaningDiagrams(space, meaning, sets).meant(first);
  const byBinding = new Map<string, SetId>();
  for (const { binding, set } of delivered) {
    const key = JSON.stringify(binding);
    byBinding.set(key, space.diagrams.unite(byBinding.get(key) ?? empty, set));
  }
  return JSON.stringify([[...byBinding].filter(([, set]) => set !== empty).sort(), [...rejected].sort()]);
}

const spansOf = (boxes: readonly FlowBox[]): readonly Span[] => [
  ...new Set(boxes.flatMap(({ because }) => because ?? [])),
];
const besides = <Box extends FlowBox>(boxes: readonly Box[], span: Span): readonly Box[] =>
  boxes.filter(({ because }) => because !== span);
const from = (boxes: readonly FlowBox[], span: Span): readonly FlowBox[] =>
  boxes.filter(({ because }) => because === span);

/** By the definition: every statement is left out, one after the other. */
function byDefinition(meaning: Meaning) {
  const subject = proofSubject(meaning);
  const { sets } = subject;
  const subjects = subjectSets(meaning);
  const expected = meaning.atlas.model.expectations.map(({ from: left, to, services }) => ({
    sources: subjects(left, false).sources,
    destinations: subjects(to, false).destinations,
    services,
    because: undefined,
  }));
  const perFamily = families.map((family) => {
    const space = proofSpace(subject, family, [], {
      cut: (cuts) => {
        for (const box of expected) cutByBox(cuts, box);
      },
    });
    return new MeantFamily(space, meaning, sets);
  });
  const told: Span[] = [];
  for (const [kind, spans] of [
    ['permits', spansOf(sets.permits)],
    ['denies', spansOf(sets.denies)],
  ] as const)
    for (const span of spans) {
      const less = { ...sets, [kind]: besides<FlowBox>(sets[kind], span) };
      if (perFamily.every((family) => treatment(family, sets) === treatment(family, less))) told.push(span);
    }
  const openings: [Span, boolean][] = [];
  for (const [boxes, translated] of [
    [sets.permits, false],
    [sets.translations, true],
  ] as const)
    for (const span of spansOf(boxes)) {
      const families = perFamily.map((family) => reached(family, from(boxes, span), translated, expected));
      if (translated && families.every(({ any }) => !any)) told.push(span);
      const opened = families.filter(({ opens }) => opens);
      if (opened.length > 0) openings.push([span, opened.every(({ covered }) => covered)]);
    }
  return { told, openings };

  function reached(
    { space, meant, first }: MeantFamily,
    boxes: readonly FlowBox[],
    translated: boolean,
    spoken: readonly FlowBox[],
  ) {
    const { diagrams } = space;
    const own = meant.boxes.boxes(boxes, 'destination', 'destinationPort');
    const delivered = diagrams.uniteAll(
      meant
        .meant(first)
        .delivered.filter(({ binding }) => (binding.destination === 'realDestination') === translated)
        .map(({ set }) => set),
    );
    const whereTo = (set: SetId): SetId =>
      diagrams.project(set, space.allBut(['protocol', 'destination', 'icmpType', 'destinationPort']));
    const { host, networks } = meaning.atlas;
    const inward = translated
      ? everything
      : meant.boxes.destinations(subjects([host, ...networks], true).destinations, 'destination');
    const through = diagrams.intersect(own, delivered);
    const opened = diagrams.intersectAll(through, meant.fromOutside(), inward);
    const spokenOf = diagrams.uniteAll(
      spoken.map((box) =>
        whereTo(diagrams.intersect(meant.boxes.boxes([box], 'destination', 'destinationPort'), meant.fromOutside())),
      ),
    );
    return {
      any: through !== empty,
      opens: opened !== empty,
      covered: diagrams.includes(spokenOf, whereTo(opened)),
    };
  }
}

test('a statement is told when without it no packet is treated otherwise; openings are what lets packets in', () => {
  const counts = { told: 0, kept: 0, open: 0, covered: 0 };
  const property = fc.property(smallPolicyText, (text) => {
    const { judged } = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock);
    const [compiled] = judged;
    fc.pre(compiled !== undefined);
    const { findings, openings } = findingsOf(compiled.meaning);
    const defined = byDefinition(compiled.meaning);
    const textOf = ({ start, end }: Span): string => `${start} ${text.slice(start, end)}`;
    expect(findings.map(({ span }) => textOf(span)).sort()).toEqual(defined.told.map(textOf).sort());
    expect(openings.map(({ span, covered }) => [textOf(span), covered]).sort()).toEqual(
      defined.openings.map(([span, covered]) => [textOf(span), covered]).sort(),
    );
    counts.told += findings.length;
    counts.kept += compiled.model.access.length - findings.length;
    counts.open += openings.length;
    counts.covered += openings.filter(({ covered }) => covered).length;
  });
  fc.assert(property, { numRuns: runs, endOnFailure: true });
  // The law says something of each kind.
  expect(Object.values(counts).every((count) => count > 0)).toBe(true);
}, 600_000);
