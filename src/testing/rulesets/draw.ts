/** Drawing from a generator: numbers, members of lists, orders. */
import fc, { type GeneratorValue } from 'fast-check';

export type Draw = GeneratorValue;

export const between = (draw: Draw, min: number, max: number): number => draw(fc.integer, { min, max });
export const chance = (draw: Draw, outOf: number): boolean => between(draw, 1, outOf) === 1;

export function pick<T>(draw: Draw, values: readonly T[]): T {
  const index = between(draw, 0, values.length - 1);
  return values[index] as T;
}

export const shuffled = <T>(draw: Draw, values: readonly T[]): readonly T[] =>
  values
    .map((value) => ({ value, place: between(draw, 0, 1000) }))
    .sort((left, right) => left.place - right.place)
    .map(({ value }) => value);

export const some = <T>(draw: Draw, values: readonly T[], minimum = 0): readonly T[] => {
  const chosen = values.filter(() => chance(draw, 2));
  return chosen.length < minimum ? values.slice(0, minimum) : chosen;
};
export const many = <T>(draw: Draw, min: number, max: number, make: (index: number) => T): T[] =>
  Array.from({ length: between(draw, min, max) }, (_, index) => make(index));
