import fc from 'fast-check';

/**
 * Asserts a property, and that it was tried on a case that is drawn seldom: until `seen` says so, it is drawn again. A case that
 * can no longer be drawn at all is an error.
 */
export function assertSeeing<Ts>(property: fc.IProperty<Ts>, parameters: fc.Parameters<Ts>, seen: () => boolean): void {
  const { seed } = fc.readConfigureGlobal();
  for (let round = 0; round < mostRounds; round++) {
    fc.assert(property, { ...parameters, ...(seed !== undefined && { seed: seed + round }) });
    if (seen()) return;
  }
  throw new Error(`what the property is about was drawn in none of ${mostRounds} rounds`);
}

const mostRounds = 20;
