import { describe, expect, test } from 'vitest';
import { growthExponent, median, mediansInTurns, ratio, seconds } from '../../bench/statistics.ts';

describe('median', () => {
  test('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('of an even number of values is the mean of the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('of nothing is an error', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

test.each([
  [1, 'flat', 0],
  [10, 'linear', 1],
  [100, 'quadratic', 2],
])('a value that grows %i-fold for ten times the size is %s', (factor, _, exponent) => {
  expect(growthExponent({ size: 100, value: 3 }, { size: 1000, value: 3 * factor })).toBeCloseTo(exponent);
});

test('figures have three digits and a unit', () => {
  expect([seconds(0.01234), seconds(1.5), seconds(1234.5), ratio(1, 3)]).toEqual([
    '12.3 ms',
    '1.50 s',
    '1235 s',
    '0.333 x',
  ]);
});

test('measures take turns', async () => {
  const asked: string[] = [];
  const measure = (name: string, values: readonly number[]) => () => {
    asked.push(name);
    return Promise.resolve(values[asked.filter((one) => one === name).length - 1] ?? 0);
  };
  const medians = await mediansInTurns(3, [measure('a', [1, 9, 2]), measure('b', [5, 4, 6])]);
  expect([medians, asked]).toEqual([
    [2, 5],
    ['a', 'b', 'a', 'b', 'a', 'b'],
  ]);
});
