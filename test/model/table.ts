/** Tables of policies and the findings that they give, for the tests of single checks. */
import { expect, test } from 'vitest';
import { diagnosticsOf, placeOf } from './support.ts';

/**
 * One test a row: a policy and the places that a code underlines in it, in order. Other codes do not count: each check is
 * tested alone.
 */
export function places(
  code: string,
  base: string,
  rows: readonly (readonly [policy: string, ...places: string[]])[],
): void {
  for (const [policy, ...expected] of rows)
    test(policy, () => {
      const found = diagnosticsOf(`${base}${policy}\n`).filter((diagnostic) => diagnostic.code === code);
      expect(found.map(placeOf)).toEqual(expected);
    });
}

/** The messages of a code, for rows where the place is not what matters. */
export function messagesOf(code: string, policy: string): string[] {
  return diagnosticsOf(policy)
    .filter((diagnostic) => diagnostic.code === code)
    .map(({ message }) => message);
}

/** The places that explain a finding. */
export function relatedOf(code: string, policy: string): string[] {
  return diagnosticsOf(policy)
    .filter((diagnostic) => diagnostic.code === code)
    .flatMap(({ related }) => related.map(({ span }) => span.file.text.slice(span.start, span.end)));
}
