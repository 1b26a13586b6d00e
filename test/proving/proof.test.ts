/** What compile says when rules are not what the policy means: that never happens to a policy, so the rules are changed here. */
import { expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { proofDiagnostics } from '../../src/proving/proof.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { prove } from '../../src/verifier/verifier.ts';
import { emitted } from '../verifier/support.ts';

const text =
  'network n { subnet 10.0.0.0/24; icc off }\ncontainer a { attach n 10.0.0.2 }\ncontainer b { attach n 10.0.0.3 }\n';

function compiledOf() {
  const [compiled] = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock).compiled;
  if (compiled === undefined) throw new Error('the policy does not compile');
  return compiled;
}

/** The rules without the one with this comment. */
function without(ruleset: Ruleset, comment: string): Ruleset {
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => rule.comment !== comment) })),
  }));
  return { tables };
}

test('a lost drop is refuted with a packet, what is meant, what happens, and its path', () => {
  const compiled = compiledOf();
  const [diagnostic] = proofDiagnostics(
    prove(compiled.meaning, [without(emitted(compiled), 'not published, not allowed')]),
    compiled.host.span,
  );
  expect(diagnostic?.code).toBe('CTFW5003');
  expect(diagnostic?.message).toMatch(
    /^the rules are not what the policy means \(first packets\): for .* arriving at /,
  );
  expect(diagnostic?.help).toMatch(/meant is: blocked .*; what happens: delivered to .* Its path: .*inet forward/);
});

test('a rule that is not known leaves the answer open, and says what it rests on', () => {
  const compiled = compiledOf();
  const rules = emitted(compiled);
  const mystery: Ruleset = {
    tables: [
      {
        family: 'inet',
        name: 'foreign',
        engine: 'nftables',
        sets: [],
        maps: [],
        chains: [
          {
            name: 'forward',
            base: { type: 'filter', hook: 'forward', priority: -5, policy: 'accept', devices: [] },
            rules: [
              {
                statements: [
                  { kind: 'unknown', text: 'mystery', effect: 'match' },
                  { kind: 'verdict', verdict: { kind: 'drop' } },
                ],
                origins: [],
              },
            ],
          },
        ],
      },
    ],
  };
  const [diagnostic] = proofDiagnostics(prove(compiled.meaning, [rules, mystery]), compiled.host.span);
  expect(diagnostic?.code).toBe('CTFW5004');
  expect(diagnostic?.message).toContain('mystery');
});

test('proved rules leave nothing to say', () => {
  const compiled = compiledOf();
  expect(proofDiagnostics(prove(compiled.meaning, [emitted(compiled)]), compiled.host.span)).toEqual([]);
});
