/** Containers that share each other's network namespace in a circle. */

/** One member of each circle. `sharedWith` gives the container whose namespace one uses, undefined for one of its own. Linear. */
export function sharingCircles<T>(all: Iterable<T>, sharedWith: (one: T) => T | undefined): readonly T[] {
  const settled = new Set<T>();
  const circles: T[] = [];
  for (const start of all) {
    const path = new Set<T>();
    for (let next: T | undefined = start; next !== undefined && !settled.has(next); next = sharedWith(next)) {
      if (path.has(next)) {
        circles.push(next);
        break;
      }
      path.add(next);
    }
    for (const visited of path) settled.add(visited);
  }
  return circles;
}
