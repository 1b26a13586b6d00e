import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FlattenItem, flatten } from '../../src/model/flatten.ts';

type Nodes = Record<string, readonly (number | string)[]>;

/** Numbers are leaves, texts are references. */
function flat(nodes: Nodes): { members: Record<string, readonly number[]>; circles: readonly (readonly string[])[] } {
  const items = new Map(
    Object.entries(nodes).map(([name, list]): [string, FlattenItem<number>[]] => [
      name,
      list.map((item) => (typeof item === 'number' ? { leaf: item } : { reference: item })),
    ]),
  );
  const { members, circles } = flatten(items, (leaf) => leaf);
  return { members: Object.fromEntries(members), circles };
}

describe('flatten', () => {
  test('own members and those of nodes referred to, in the order written, each once', () => {
    expect(flat({ a: [1, 'b', 2, 3], b: [3, 4, 'c'], c: [1] }).members).toEqual({
      a: [1, 3, 4, 2],
      b: [3, 4, 1],
      c: [1],
    });
  });

  test('references to nothing are passed over', () => {
    expect(flat({ a: ['x', 1] })).toEqual({ members: { a: [1] }, circles: [] });
  });

  test('a circle is found once and its nodes have the leaves of all of it', () => {
    const { members, circles } = flat({ a: [1, 'b'], b: [2, 'c'], c: ['a', 'd'], d: [3], e: ['e', 4], f: ['a', 5] });
    expect(circles.map((circle) => [...circle].sort())).toEqual([['a', 'b', 'c'], ['e']]);
    expect([...(members.a ?? [])].sort()).toEqual([1, 2, 3]);
    expect(members.b).toEqual(members.a);
    expect([...(members.f ?? [])].sort()).toEqual([1, 2, 3, 5]);
    expect(members.e).toEqual([4]);
  });

  test('nesting may be as deep as the policy is long', () => {
    const depth = 50_000;
    const nodes = Object.fromEntries(Array.from({ length: depth }, (_, index) => [`n${index}`, [`n${index + 1}`]]));
    expect(flat({ ...nodes, [`n${depth}`]: [7] }).members.n0).toEqual([7]);
  });

  test('members are exactly the leaves that can be reached', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const node = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(...names)), { maxLength: 5 });
    fc.assert(
      fc.property(fc.record(Object.fromEntries(names.map((name) => [name, node]))), (nodes) => {
        const { members } = flat(nodes as Nodes);
        for (const name of names) {
          const reached = new Set<string>([name]);
          for (const next of reached)
            for (const item of nodes[next] ?? []) if (typeof item === 'string') reached.add(item);
          const leaves = [...reached].flatMap((next) => (nodes[next] ?? []).filter((item) => typeof item === 'number'));
          expect(new Set(members[name])).toEqual(new Set(leaves));
        }
      }),
    );
  });
});
