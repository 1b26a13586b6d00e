/** Choices of random policies, made by a tape of numbers: a failing policy shrinks with its tape. */
import fc from 'fast-check';

/** Reads choices from a tape; at its end every choice is the first. */
export class Choices {
  #position = 0;
  readonly #tape: readonly number[];
  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }
  below(limit: number): number {
    return (this.#tape[this.#position++] ?? 0) % limit;
  }
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }
  one<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }
  some<T>(items: readonly T[], most: number): readonly T[] {
    return [...new Set(Array.from({ length: 1 + this.below(most) }, () => this.one(items)))];
  }
}

/** Texts made by choices. */
export function textBy(write: (choices: Choices) => string): fc.Arbitrary<string> {
  return fc.array(fc.nat(9999), { minLength: 60, maxLength: 160 }).map((tape) => write(new Choices(tape)));
}
