/** The law of the flat index: it holds what a list of entries with their hashes holds, in the same order a hash. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlatIndex } from '../../src/simulator/conntrack/flat-index.ts';

interface Entry {
  readonly hash: number;
  readonly number: number;
}

/** Few hashes and many operations: entries share hashes and slots, and the arrays grow with removed slots in them. */
const operations = fc.array(fc.tuple(fc.constantFrom('add', 'remove'), fc.integer({ min: 0, max: 40 })), {
  maxLength: 200,
});

function found(index: FlatIndex<Entry>, hash: number): (Entry | undefined)[] {
  const entries: (Entry | undefined)[] = [];
  for (let slot = index.first(hash); slot >= 0; slot = index.next(hash, slot)) entries.push(index.at(slot));
  return entries;
}

function remove(index: FlatIndex<Entry>, entry: Entry): void {
  let slot = index.first(entry.hash);
  while (index.at(slot) !== entry) slot = index.next(entry.hash, slot);
  index.remove(slot);
}

test('what was added and not removed is found under its hash, in the order of adding; copies are apart', () => {
  fc.assert(
    fc.property(operations, (all) => {
      const index = new FlatIndex<Entry>();
      let held: Entry[] = [];
      for (const [number, [operation, value]] of all.entries()) {
        const entry = { hash: value % 7 === 0 ? 5 : value * 16, number };
        if (operation === 'add') {
          index.add(entry.hash, entry);
          held.push(entry);
          continue;
        }
        const first = held.find(({ hash }) => hash === entry.hash);
        if (first === undefined) continue;
        remove(index, first);
        held = held.filter((one) => one !== first);
      }
      const copy = index.clone((entry) => ({ ...entry }));
      for (const hash of new Set([...held.map((entry) => entry.hash), 5, 16, 999])) {
        const expected = held.filter((entry) => entry.hash === hash);
        expect(found(index, hash)).toEqual(expected);
        expect(found(copy, hash)).toEqual(expected);
      }
      expect([...index.entries()].length).toBe(held.length);
      index.clear();
      expect([...index.entries()]).toEqual([]);
      expect([...copy.entries()].length).toBe(held.length);
    }),
    { numRuns: 500 },
  );
});
