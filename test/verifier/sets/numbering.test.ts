/** Classes that keep their numbers while others come and go. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cuts, type Partition, type Value } from '../../../src/verifier/sets/partition.ts';

interface Range {
  readonly first: Value;
  readonly last: Value;
}

/** Few values, so that classes of one value and narrow ones are common; and many, beyond what a number holds exactly. */
const kinds = [
  { name: 'few values', maximum: 40, value: (number: number): Value => number },
  { name: 'ports', maximum: 65535, value: (number: number): Value => number * 1600 },
  { name: 'IPv6', maximum: (1n << 128n) - 1n, value: (number: number): Value => (1n << 120n) + BigInt(number) },
] as const;

const arbitraryRanges = (value: (number: number) => Value): fc.Arbitrary<readonly Range[]> =>
  fc.array(
    fc.tuple(fc.nat(40), fc.nat(3)).map(([first, more]) => ({
      first: value(first),
      last: value(Math.min(40, first + more)),
    })),
    { maxLength: 12 },
  );

function partitionOf(maximum: Value, ranges: readonly Range[]): Partition {
  const cuts = new Cuts(maximum);
  for (const { first, last } of ranges) cuts.add(first, last);
  return cuts.partition();
}

/** Every number belongs to one class, in the order of the values; what is one value has one number. */
function expectSound(partition: Partition, ranges: readonly Range[]): void {
  const firsts = Array.from({ length: partition.size }, (_, number) => number).filter((number) =>
    partition.isFirst(number),
  );
  expect(firsts[0]).toBe(0);
  let next = 0;
  for (const first of firsts) {
    const { first: own, last } = partition.numbersOf(first);
    expect(own).toBe(next);
    for (let number = own; number <= last; number++) {
      expect(partition.numbersOf(number)).toEqual({ first: own, last });
      expect(partition.firstOf(number)).toBe(partition.firstOf(own));
    }
    if (partition.firstOf(own) === partition.lastOf(own)) expect(last).toBe(own);
    expect(partition.classOf(partition.firstOf(own))).toBe(own);
    expect(partition.lastClassOf(partition.lastOf(own))).toBe(last);
    next = last + 1;
  }
  expect(next).toBe(partition.size);
  for (const { first, last } of ranges)
    expect(partition.classesOf(first, last)).toEqual({
      first: partition.classOf(first),
      last: partition.lastClassOf(last),
    });
}

describe.each(kinds)('$name', ({ maximum, value }) => {
  test('with room or without, the classes are the same', () => {
    fc.assert(
      fc.property(arbitraryRanges(value), (ranges) => {
        const plain = partitionOf(maximum, ranges);
        const roomy = plain.withRoom();
        expectSound(plain, ranges);
        expectSound(roomy, ranges);
        expect(roomy.equals(plain)).toBe(true);
      }),
    );
  });

  test('what begins where it began keeps its number, through any edits', () => {
    let followed = 0;
    fc.assert(
      fc.property(
        fc.array(arbitraryRanges(value), { minLength: 2, maxLength: 5 }),
        arbitraryRanges(value),
        (versions, always) => {
          let before: Partition | undefined;
          for (const version of versions) {
            const ranges = [...always, ...version];
            const plain = partitionOf(maximum, ranges);
            const follower: Partition | undefined = before && plain.following(before);
            const next: Partition = follower ?? plain.withRoom();
            expectSound(next, ranges);
            if (before !== undefined && follower !== undefined) {
              followed++;
              expect(next.size).toBe(before.size);
              for (const { first, last } of always)
                expect(next.classesOf(first, last)).toEqual(before.classesOf(first, last));
            }
            before = next;
          }
        },
      ),
    );
    expect(followed).toBeGreaterThan(20);
  });

  test('fewer classes always find room, and so do two more in a class of many values', () => {
    fc.assert(
      fc.property(arbitraryRanges(value), arbitraryRanges(value), (some, more) => {
        const all = partitionOf(maximum, [...some, ...more]).withRoom();
        const fewer = partitionOf(maximum, some).following(all);
        expect(fewer).toBeDefined();
        expect(fewer?.size).toBe(all.size);
      }),
    );
  });
});

test('a new port in the midst of unused ones finds room; not more than there is', () => {
  const port = (number: number): Range => ({ first: number, last: number });
  const before = partitionOf(65535, [port(80), port(443)]).withRoom();
  const edited = (ports: readonly number[]) =>
    partitionOf(65535, [port(80), port(443), ...ports.map(port)]).following(before);
  expect(edited([8080])?.classOf(443)).toBe(before.classOf(443));
  expect(edited([8080, 22])?.classOf(80)).toBe(before.classOf(80));
  expect(edited(Array.from({ length: 100 }, (_, index) => 1000 + 2 * index))).toBeUndefined();
});
