/** Values that are made when they are first needed. */

/** A function that makes its value at the first call and gives the same one at every other. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
