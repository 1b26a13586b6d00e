import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { normalizeIptables } from '../../../src/backends/iptables/normal/normalize.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../../src/backends/iptables/parse-ebtables.ts';
import { expressibleRulesets } from './arbitrary.ts';
import { bridgeRulesets } from './bridge-arbitrary.ts';

describe.each(['ip', 'ip6'] as const)('%s', (family) => {
  const rulesets = expressibleRulesets(family, 'iptables-nft', 4);

  test('what is written reads back as the canonical form', () => {
    fc.assert(
      fc.property(rulesets, (ruleset) => {
        const { v4, v6, bridge, diagnostics } = emitIptables(ruleset);
        expect(diagnostics).toEqual([]);
        expect(family === 'ip' ? v6 : v4).toBe('');
        expect(bridge).toBe(undefined);
        const text = family === 'ip' ? v4 : v6;
        const back = parseIptablesSave(text, 'rules', { family, engine: 'iptables-nft' });
        expect(back.diagnostics).toEqual([]);
        expect(back.ruleset).toEqual(normalizeIptables(ruleset));
      }),
      { numRuns: 500 },
    );
  });

  test('the canonical form is its own', () => {
    fc.assert(
      fc.property(rulesets, (ruleset) => {
        const normal = normalizeIptables(ruleset);
        expect(normalizeIptables(normal)).toEqual(normal);
        expect(emitIptables(normal)).toEqual(emitIptables(ruleset));
      }),
      { numRuns: 300 },
    );
  });
});

test('bridge rules that are written read back as the canonical form', () => {
  fc.assert(
    fc.property(bridgeRulesets(4), (ruleset) => {
      const { bridge, diagnostics } = emitIptables(ruleset);
      expect(diagnostics).toEqual([]);
      const back = parseEbtablesSave(bridge ?? '', 'rules', { engine: 'iptables-nft' });
      expect(back.diagnostics).toEqual([]);
      const normal = normalizeIptables(ruleset);
      expect(back.ruleset).toEqual(normal);
      expect(normalizeIptables(normal)).toEqual(normal);
    }),
    { numRuns: 300 },
  );
});
