/** Packets on whose way nobody looks at what a mutation changed fare as before: that is why only the others are compared. */
import { expect, test } from 'vitest';
import { fixturesOf, includeReader } from '../../support/fixtures.ts';
import { MutantJudge } from './judge.ts';
import { byKind, subjectsOf } from './subjects.ts';

for (const [number, name] of ['h4-masquerade', 'deny-inside-bridge'].entries()) {
  test(`packets of ${name} that do not come to what was changed`, { timeout: 120_000 }, () => {
    const fixture = fixturesOf('valid').find((one) => one.name === name);
    if (fixture === undefined) throw new Error(`no fixture ${name}`);
    let [asked, kinds] = [0, 0];
    for (const subject of subjectsOf(fixture.policy, includeReader(fixture))) {
      const judge = new MutantJudge(subject.compiled, subject.rules, { packets: 4, seed: number + 1 });
      for (const [kind, places] of byKind([subject])) {
        const { mutation } = places[(number * 31) % places.length] ?? {};
        if (mutation === undefined) continue;
        const { packets, different } = judge.elsewhere(mutation);
        expect(different, `${subject.target}: ${kind}, ${mutation.where}`).toEqual([]);
        asked += packets;
        kinds++;
      }
    }
    expect(asked).toBeGreaterThan(0);
    expect(kinds).toBeGreaterThanOrEqual(20);
  });
}
