/** The shape of the iptables rules: own chains only, one jump a built-in chain, and a cost that grows like a logarithm. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generatePolicy } from '../../../bench/policy-text.ts';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { normalizeIptables } from '../../../src/backends/iptables/normal/normalize.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../../src/lower/context.ts';
import { depthOf } from '../../../src/lower/iptables/depth.ts';
import type { Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import { arbitraryPolicyText } from '../../support/arbitrary-policy.ts';
import { mostRulesMet } from '../../support/rules-met.ts';

function rulesOf(text: string): Ruleset | undefined {
  const { compiled } = compile({ name: 'policy.ctfw', text }, () => ({ error: 'none' }), emptyLock, {
    ...defaultLowerOptions,
    target: 'iptables',
  });
  return compiled[0]?.ruleset;
}

test('random policies: everything can be said, is ours, and reads back', () => {
  let compiled = 0;
  fc.assert(
    fc.property(arbitraryPolicyText, (text) => {
      const ruleset = rulesOf(text);
      fc.pre(ruleset !== undefined);
      if (ruleset === undefined) return;
      compiled++;
      const own = emitIptables(ruleset, { ownChains: 'CTFW-' });
      expect(own.diagnostics).toEqual([]);
      for (const table of ruleset.tables) expectOwn(table);
      const whole = emitIptables(ruleset);
      for (const [family, text] of [
        ['ip', whole.v4],
        ['ip6', whole.v6],
      ] as const) {
        const back = parseIptablesSave(text, 'rules', { family, engine: 'iptables-nft' });
        expect(back.diagnostics).toEqual([]);
        const tables = ruleset.tables.filter((table) => table.family === family);
        expect(back.ruleset).toEqual(normalizeIptables({ tables }));
      }
    }),
    { numRuns: 40 },
  );
  expect(compiled).toBeGreaterThan(20);
});

function expectOwn(table: Table): void {
  expect(depthOf(table)).toBeLessThanOrEqual(15);
  expect([table.sets, table.maps]).toEqual([[], []]);
  for (const { name, base, rules } of table.chains) {
    if (base === undefined) expect(name).toMatch(/^CTFW-.{1,23}$/);
    else
      expect(rules).toEqual([
        { statements: [{ kind: 'verdict', verdict: { kind: 'jump', chain: `CTFW-${name}` } }], origins: [] },
      ]);
  }
}

test('a packet meets a number of rules that grows like the logarithm of the publications', () => {
  const met = [100, 1000, 4000].map((size) => {
    const ruleset = rulesOf(generatePolicy(size).text);
    if (ruleset === undefined) throw new Error('not compiled');
    return ruleset.tables.map((table) => ({ name: `${table.family} ${table.name}`, most: mostRulesMet(table) }));
  });
  const [small = [], , large = []] = met;
  console.log(met.map((tables) => tables.map(({ name, most }) => `${name} ${most}`).join(', ')).join('\n'));
  for (const [index, { name, most }] of large.entries()) {
    // Forty times as many: a linear chain would meet forty times as many rules.
    expect([name, most <= 2.5 * (small[index]?.most ?? 0) + 20]).toEqual([name, true]);
  }
});
