/** Law: neighbouring rules that do the same, taken together, do what they do one after the other (as they are when somebody observes them). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { families } from '../../../../src/net/address.ts';
import type { Ruleset } from '../../../../src/ruleset/ruleset.ts';
import { type Behaviour, behaviourOf } from '../../../../src/verifier/run/behaviour.ts';
import { everything } from '../../../../src/verifier/sets/diagrams.ts';
import { spaceOf } from '../../../../src/verifier/space/space-of.ts';
import { arbitraryHost, arbitraryRules } from '../../agreement-host.ts';

const runs = Number(process.env.CTFW_STRETCH_RUNS ?? 60);

/** Only rules of iptables are taken together. */
const asIptables = ({ tables }: Ruleset): Ruleset => ({
  tables: tables.map((table) => ({ ...table, engine: 'iptables-nft' as const })),
});

const setsOf = ({ delivered, rejected, dropped, unknown }: Behaviour) => ({
  delivered: delivered.map(({ binding, set }) => ({ binding, set })),
  rejected: [...rejected],
  dropped,
  unknown,
});

test('of random rules', () => {
  const property = fc.property(arbitraryHost, arbitraryRules, (view, random) => {
    const rulesets = [asIptables(random)];
    for (const family of families) {
      const space = spaceOf(family, { view, rulesets });
      const packets = space.wellFormed();
      expect(packets).not.toBe(everything);
      const together = behaviourOf(space, rulesets, packets);
      expect(setsOf(together)).toEqual(setsOf(behaviourOf(space, rulesets, packets, { observe: () => {} })));
    }
  });
  fc.assert(property, { numRuns: runs });
}, 600_000);
