import { expect, test } from 'vitest';
import { mergedElements } from '../../../src/backends/nftables/merge-elements.ts';
import type { NamedSet, SetElement } from '../../../src/ruleset/set.ts';
import { integer, rangeValue, type Value } from '../../../src/ruleset/value.ts';
import { addressOf, plainCollection } from '../../support/sample-ruleset.ts';

const element = (value: Value, line: number): SetElement => ({ value, origins: [{ file: 'edge.ctfw', line }] });
const set = (elements: readonly SetElement[], autoMerge: boolean): NamedSet => ({
  ...plainCollection,
  kind: 'set',
  name: 's',
  keyTypes: ['inet_service'],
  interval: true,
  autoMerge,
  elements,
});
const range = (first: number, last: number): Value => rangeValue(integer(first), integer(last));

test('what overlaps or touches becomes one element with all origins', () => {
  const given = [
    element(range(20, 30), 1),
    element(integer(31), 2),
    element(range(10, 19), 3),
    element(range(50, 60), 4),
    element(range(52, 55), 5),
  ];
  expect(mergedElements(set(given, true))).toEqual([
    { value: range(10, 31), origins: [3, 1, 2].map((line) => ({ file: 'edge.ctfw', line })) },
    { value: range(50, 60), origins: [4, 5].map((line) => ({ file: 'edge.ctfw', line })) },
  ]);
});

test('addresses become prefixes where they are some, and comments are kept', () => {
  const given = ['10.0.0.0', '10.0.0.1'].map((text, index) => ({ ...element(addressOf(text), index), comment: text }));
  expect(mergedElements({ ...set(given, true), keyTypes: ['ipv4_addr'] })).toEqual([
    {
      value: { kind: 'prefix', prefix: { address: { family: 'ipv4', value: 0x0a00_0000n }, length: 31 } },
      origins: [0, 1].map((line) => ({ file: 'edge.ctfw', line })),
      comment: '10.0.0.0, 10.0.0.1',
    },
  ]);
});

test('other sets stay as they are', () => {
  const given = [element(range(1, 5), 1), element(range(6, 9), 2)];
  expect(mergedElements(set(given, false))).toBe(given);
});
