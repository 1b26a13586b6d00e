/**
 * Numbers for classes with room between them, so that an edit that cuts a class in two leaves the others their numbers, and
 * with them every set that was made. A class of several values may have several numbers, which nothing tells apart; one of a
 * single value has one.
 */

/** The first number of each class, ascending, and behind them how many numbers there are. */
export type Numbering = Int32Array;

/** How many values each class has, or more than anybody wants numbers for. */
export type Widths = readonly number[];

/** Room for an edit that cuts every class of several values twice, and what is left below a power of two. */
export function withRoom(widths: Widths): Numbering {
  const wide = widths.filter((width) => width > 1).length;
  return spread(widths, 2 ** Math.ceil(Math.log2(Math.max(2, widths.length + 2 * wide))));
}

/** As many numbers as there may be, at most `most`: what is over goes to classes of several values, evenly. */
function spread(widths: Widths, most: number): Numbering {
  const counts = shares(widths, most);
  const firsts = new Int32Array(widths.length + 1);
  let next = 0;
  for (const [index, count] of counts.entries()) {
    next += count;
    firsts[index + 1] = next;
  }
  return firsts;
}

/** How many numbers each class gets of `available`, which are no fewer than classes. */
function shares(widths: Widths, available: number): readonly number[] {
  const counts = widths.map(() => 1);
  let left = available - widths.length;
  let open = widths.flatMap((width, index) => (width > 1 ? [index] : []));
  while (left > 0 && open.length > 0) {
    const each = Math.max(1, Math.floor(left / open.length));
    for (const index of open) {
      const more = Math.min(each, left, (widths[index] as number) - (counts[index] as number));
      counts[index] = (counts[index] as number) + more;
      left -= more;
    }
    open = open.filter((index) => (counts[index] as number) < (widths[index] as number));
  }
  return counts;
}

/**
 * Numbers for classes of which some begin where old ones began: these keep their first number. `known`: for each class the old
 * one that begins there, -1 for none; the first is 0. Undefined where there is no room.
 */
export function continued(old: Numbering, known: readonly number[], widths: Widths): Numbering | undefined {
  const firsts = new Int32Array(widths.length + 1);
  for (let from = 0; from < widths.length; ) {
    let to = from + 1;
    while (to < widths.length && known[to] === -1) to++;
    const start = old[known[from] as number] as number;
    const end = old[to === widths.length ? old.length - 1 : (known[to] as number)] as number;
    if (to - from > end - start) return undefined;
    const between = spread(widths.slice(from, to), end - start);
    // Numbers that no class can take would stand for nothing in the midst of others.
    if (between.at(-1) !== end - start) return undefined;
    for (const [index, first] of between.entries()) firsts[from + index] = start + first;
    from = to;
  }
  return firsts;
}
