/** Flows as products of ends and all else: together they are the set, and splitting them splits it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Bundles,
  bundlesHaving,
  groupBundles,
  joinBundles,
  setOfBundles,
  valuesOfBundles,
} from '../../../src/verifier/describe/bundles.ts';
import { FlowDescriber } from '../../../src/verifier/describe/flow-groups.ts';
import { empty, type SetId } from '../../../src/verifier/sets/diagrams.ts';
import { groupsBy, having, valuesOf } from '../../../src/verifier/space/groups.ts';
import type { Space } from '../../../src/verifier/space/space.ts';
import { assertSeeing } from '../../support/assert-seeing.ts';
import { exampleSpace, setOf, shapes, shapesAlongAxes } from './shapes.ts';

const runs = Number(process.env.CTFW_COVER_RUNS ?? 60);

/** Flows that are sent to some ports are translated to some receivers. */
function translated(space: Space, lists: readonly (readonly [Parameters<typeof setOf>[1], number])[]): SetId {
  const { diagrams } = space;
  const { size } = space.partitionOf('realDestination');
  return diagrams.uniteAll(
    lists.map(([list, receiver]) =>
      diagrams.intersect(
        setOf(space, list),
        space.classes('realDestination', (index) => index === receiver % size),
      ),
    ),
  );
}

const translations = fc.array(fc.tuple(shapes, fc.nat()), { minLength: 1, maxLength: 5 });

test('bundles are the set, no two have the same ends, and none a rest of another', () => {
  let several = 0;
  const property = fc.property(translations, (lists) => {
    const space = exampleSpace();
    const { diagrams } = space;
    const set = translated(space, lists);
    const bundles = new Bundles(space).of(set);
    expect(setOfBundles(diagrams, bundles)).toBe(set);
    expect(setOfBundles(diagrams, joinBundles(diagrams, [...bundles, ...bundles]))).toBe(set);
    expect(new Set(bundles.map(({ ends }) => ends)).size).toBe(bundles.length);
    expect(joinBundles(diagrams, [...bundles, ...bundles])).toHaveLength(bundles.length);
    for (const [index, one] of bundles.entries())
      for (const other of bundles.slice(index + 1)) expect(diagrams.meets(one.rest, other.rest)).toBe(false);
    if (bundles.length > 1) several++;
  });
  fc.assert(property, { numRuns: runs, endOnFailure: true });
  expect(several).toBeGreaterThan(0);
}, 120_000);

test('bundles in groups are the set in groups', () => {
  const property = fc.property(translations, (lists) => {
    const space = exampleSpace();
    const { diagrams } = space;
    const set = translated(space, lists);
    const bundles = new Bundles(space).of(set);
    for (const field of ['realDestination', 'destinationPort', 'protocol'] as const) {
      expect(
        groupBundles(space, bundles, field).map(({ values, bundles: rest }) => ({
          values,
          rest: setOfBundles(diagrams, rest),
        })),
      ).toEqual(groupsBy(space, set, field));
      const values = valuesOf(space, set, field);
      expect(valuesOfBundles(space, bundles, field)).toEqual(values);
      const [first] = values;
      const some = first === undefined ? [] : [first];
      expect(setOfBundles(diagrams, bundlesHaving(space, bundles, field, some))).toBe(
        diagrams.intersect(set, having(space, field, some)),
      );
    }
  });
  fc.assert(property, { numRuns: runs, endOnFailure: true });
}, 120_000);

test('bundles are told as their set is', () => {
  let products = 0;
  const property = fc.property(shapesAlongAxes, fc.array(shapesAlongAxes, { maxLength: 3 }), (list, others) => {
    const space = exampleSpace();
    const { diagrams } = space;
    const set = setOf(space, list);
    // sometimes not all of the set is asked about
    const asked = diagrams.uniteAll([
      ...(others.length > 1 ? [] : [set]),
      setOf(space, list.slice(1)),
      ...others.map((other) => setOf(space, other)),
    ]);
    const describer = new FlowDescriber(space, [], asked);
    for (const bundle of new Bundles(space).of(set)) {
      const whole = diagrams.intersect(bundle.ends, bundle.rest);
      expect(describer.groupsOf([bundle])).toEqual(describer.groups(whole));
      if (whole !== empty && describer.groups(whole).length > 1) products++;
    }
    expect(describer.groupsOf(new Bundles(space).of(set))).toEqual(describer.groups(set));
  });
  assertSeeing(property, { numRuns: runs, endOnFailure: true }, () => products > 0);
}, 120_000);
