/** Points of a set of packets: every atom product (one class of every field) where there are few, uniformly chosen ones above. */

import type { Point } from '../../src/verifier/proof/example.ts';
import { everything, type SetId } from '../../src/verifier/sets/diagrams.ts';
import type { Field } from '../../src/verifier/space/fields.ts';
import type { Space } from '../../src/verifier/space/space.ts';

export interface Atoms {
  /** How many atom products the set holds. */
  readonly count: bigint;
  /** Whether `points` are all of them. */
  readonly all: boolean;
  readonly points: Iterable<Point>;
}

/** At most `most` points over these fields; `set` must not depend on others. `seed` decides which, where there are more. */
export function atomsOf(space: Space, set: SetId, fields: readonly Field[], most: number, seed: number): Atoms {
  const { diagrams } = space;
  const marks = [...space.markLevels.values()].map(({ arrival }) => arrival);
  const levels = [...marks, ...fields.flatMap((field) => space.levelsOf(field))].sort((left, right) => left - right);
  const known = new Map<number, bigint>();
  const isAt = (node: SetId, place: number): boolean => node > everything && diagrams.levelOf(node) === levels[place];
  const count = (node: SetId, place: number): bigint => {
    if (node === 0) return 0n;
    if (place === levels.length) return 1n;
    const key = node * (levels.length + 1) + place;
    let result = known.get(key);
    if (result === undefined) {
      result = isAt(node, place)
        ? count(diagrams.lowOf(node), place + 1) + count(diagrams.highOf(node), place + 1)
        : 2n * count(node, place + 1);
      known.set(key, result);
    }
    return result;
  };
  const at = (number: bigint): Point => {
    const bits = new Map<number, boolean>();
    let [node, rest] = [set, number];
    for (const [place, level] of levels.entries()) {
      const here = isAt(node, place);
      const low = here ? diagrams.lowOf(node) : node;
      const below = count(low, place + 1);
      const high = rest >= below;
      bits.set(level, high);
      if (high) rest -= below;
      node = high && here ? diagrams.highOf(node) : low;
    }
    return { space, bits };
  };
  const total = count(set, 0);
  const all = total <= BigInt(most);
  const numbers = function* (): Generator<bigint> {
    if (all) for (let number = 0n; number < total; number++) yield number;
    else {
      const random = randomNumbers(seed);
      for (let turn = 0; turn < most; turn++) yield random(total);
    }
  };
  return {
    count: total,
    all,
    points: {
      *[Symbol.iterator]() {
        for (const number of numbers()) yield at(number);
      },
    },
  };
}

/** Numbers below a limit, the same for the same seed (xorshift). */
function randomNumbers(seed: number): (limit: bigint) => bigint {
  let state = (seed | 1) >>> 0;
  const next = (): bigint => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return BigInt(state);
  };
  return (limit) => {
    let value = 0n;
    for (let reach = 1n; reach < limit << 32n; reach <<= 32n) value = (value << 32n) | next();
    return value % limit;
  };
}
