/** "Did you mean": the candidate that a word was most likely meant to be. */

/** Longer words are not compared: nobody mistypes them, and comparing costs their length squared. */
const longestWord = 64;

/**
 * The candidate nearest to a word by edit distance (insertions, deletions, replacements, swaps of neighbours), or undefined
 * when none is near: one edit for two to four letters, one more for every three further letters, case not counting. Of
 * equally near candidates the first one.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > longestWord) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bound = Math.min(word.length, Math.max(1, Math.floor((word.length + 1) / 3)) + 1);
  for (const candidate of candidates) {
    if (candidate === word || candidate.length > longestWord) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bound - 1);
    if (distance >= bound) continue;
    best = candidate;
    bound = distance;
    if (bound === 0) break;
  }
  return best;
}

/** The edit distance of two words, or more than `most` as soon as it is known to be larger. */
export function editDistance(left: string, right: string, most: number): number {
  if (Math.abs(left.length - right.length) > most) return most + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= right.length; column++) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      let distance = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) distance = Math.min(distance, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(distance);
      least = Math.min(least, distance);
    }
    if (least > most) return most + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
