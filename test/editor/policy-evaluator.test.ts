/** What the thread of the language server answers: rules and expectations, as `ctfw compile` proves them. */
import { expect, test } from 'vitest';
import type { Evaluation } from '../../src/editor/workspace/evaluation.ts';
import { PolicyEvaluator } from '../../src/editor/workspace/policy-evaluator.ts';

const evaluated = (text: string, lock?: string, evaluator = new PolicyEvaluator()): Evaluation =>
  evaluator.evaluate({
    root: { name: 'policy.ctfw', text },
    files: [{ name: 'part.ctfw', text: 'zone far = 198.51.100.0/24\n' }],
    lock: lock === undefined ? undefined : { name: 'policy.ctfw.lock', text: lock },
  });

const small = `network n { subnet 10.0.0.0/24; icc off }
container a { attach n }
container b { attach n }
allow a -> b 80/tcp
`;

test('expectations are shown for every packet, and the rules are proved', () => {
  const { expectations, rules } = evaluated(`${small}expect a -> b 80/tcp allowed\nexpect b -> a 80/tcp allowed\n`);
  expect(rules).toMatchObject([{ kind: 'proved', diagnostics: [] }]);
  expect(rules[0]?.classes).toBeGreaterThan(0n);
  expect(expectations).toMatchObject([
    { kind: 'holds', proved: true },
    { kind: 'fails', proved: false, diagnostics: [{ code: 'CTFW5001' }] },
  ]);
});

test('included files and the lock file belong to it', () => {
  const text = `include "part.ctfw"\n${small}expect far -> 10.0.0.9 80/tcp blocked\n`;
  const { rules, expectations } = evaluated(text, 'ctfw-lock 1\naddress n a 10.0.0.9\n');
  expect(rules).toMatchObject([{ kind: 'proved' }]);
  expect(expectations).toMatchObject([{ kind: 'holds' }]);
});

test('every host of several has rules of its own; expectations go along the whole way', () => {
  const { rules, expectations } = evaluated(`host one { interface eth0 { address 192.0.2.1/24 } }
host two { interface eth0 { address 192.0.2.2/24 } }
network mesh on one, two { vxlan 42; subnet 10.30.0.0/24 }
container a on one { attach mesh }
container b on two { attach mesh }
expect a -> b 80/tcp allowed
`);
  expect(rules).toMatchObject([
    { host: 'one', kind: 'proved' },
    { host: 'two', kind: 'proved' },
  ]);
  expect(expectations).toMatchObject([{ kind: 'holds', proved: false }]);
});

test('a policy with errors has no answer; one after it has', () => {
  const evaluator = new PolicyEvaluator();
  expect(evaluated(`${small}allow a -> nobody\n`, undefined, evaluator)).toEqual({ expectations: [], rules: [] });
  expect(evaluated(small, undefined, evaluator).rules).toMatchObject([{ kind: 'proved' }]);
});

test('thousands of containers are left to compile', () => {
  const many = Array.from({ length: 2001 }, (_, index) => `container c${index} { attach n }\n`).join('');
  const { rules, expectations } = evaluated(
    `network n { subnet 10.0.0.0/16 }\n${many}expect c0 -> c1 80/tcp allowed\n`,
  );
  expect(rules).toMatchObject([{ kind: 'left-out', diagnostics: [] }]);
  expect(expectations).toMatchObject([{ kind: 'holds', proved: false }]);
});
