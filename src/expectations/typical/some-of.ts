/** Some of many. */

/** The first of them, `most` at most; no more of them are made. */
export function firstOf<T>(items: Iterable<T>, most: number): readonly T[] {
  const result: T[] = [];
  for (const item of items) {
    if (result.length >= most) break;
    result.push(item);
  }
  return result;
}

/** `most` of them, spread evenly from the first on. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)] as T);
}
