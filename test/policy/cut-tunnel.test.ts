/** A deny that covers the datagrams of a tunnel cuts it: "a deny still binds". What the frames inside mean is what the rules do to them. */
import { describe, expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { tunnelCut } from '../../src/diagnostics/catalogue/checks.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { meaningSets } from '../../src/policy/sets/meaning-sets.ts';
import { verdictBySets } from '../../src/policy/sets/membership.ts';
import { emittedRules, ruleTargets } from '../../src/proving/emitted-rules.ts';
import { prove } from '../../src/verifier/verifier.ts';
import { simulatedAgreement } from '../support/simulated-agreement.ts';

const hosts = `host a { interface eth0 { address 192.168.1.4/24 } }
host b { interface eth0 { address 192.168.1.6/24 }; interface eth1 { address 10.9.0.1/24 } }
zone lan  = 192.168.1.0/24 on eth0
zone side = any on eth1
network mesh on a, b { vxlan 42; subnet 10.32.0.0/16; mtu 1450 }
container one on a { attach mesh 10.32.0.2 }
container two on b { attach mesh 10.32.0.3 }
`;

function compiledWith(statements: string): {
  readonly compiled: readonly Compiled[];
  readonly codes: readonly string[];
} {
  const { compiled, diagnostics } = compile(
    { name: 'policy.ctfw', text: hosts + statements },
    () => ({ error: 'nothing is included' }),
    emptyLock,
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors).toEqual([]);
  return { compiled, codes: diagnostics.map(({ code }) => code) };
}

/** Statements, and which ways of the overlay are still open. */
const cases: readonly (readonly [statements: string, forth: boolean, back: boolean])[] = [
  ['', true, true],
  ['deny a -> b', false, true],
  ['deny a -> b 4000-5000/udp reject', false, true],
  ['deny b -> a udp', true, false],
  ['deny a -> b 4788/udp', true, true],
  ['deny a -> b tcp', true, true],
  ['deny any -> any 4789/udp', false, false],
  ['deny lan -> b', false, true],
  ['deny lan -> a', true, false],
  ['deny a -> lan udp', false, true],
  ['deny a -> side udp', true, true],
  ['deny side -> b', true, true],
  ['deny 192.168.1.4/32 -> 192.168.1.6/32', false, true],
  ['deny mesh -> b\ndeny one -> b', true, true],
  ['deny a -> mesh', true, true],
  ['deny one -> two reject', false, true],
];

describe.each(cases)('%s', (statements, forth, back) => {
  const outcome = (open: boolean): string => (open ? 'allowed' : 'blocked');
  const isCut = !statements.includes('one ->') && !(forth && back);

  test('is told, where it cuts', () => {
    expect(compiledWith(statements).codes.filter((code) => code === tunnelCut.code)).toHaveLength(isCut ? 1 : 0);
  });

  test('expectations know it', () => {
    const expectations = `expect one -> two 80/tcp ${statements.includes('one -> two reject') ? 'rejected' : outcome(forth)}\nexpect two -> one 80/tcp ${outcome(back)}\n`;
    compiledWith(`${statements}\n${expectations}`);
  });

  test.each(ruleTargets)('the rules for %s do what is meant', (target) => {
    const { compiled } = compiledWith(statements);
    for (const brNetfilter of [true, false]) {
      const rulesOf = (one: Compiled) => emittedRules(one, target).rulesets;
      const { compared, problems } = simulatedAgreement(compiled, rulesOf, brNetfilter, 400);
      expect(problems).toEqual([]);
      expect(compared).toBeGreaterThan(100);
    }
    for (const one of compiled) expect(prove(one.meaning, emittedRules(one, target).rulesets).kind).toBe('proved');
  });

  test('the sets say it too', () => {
    const { compiled } = compiledWith(statements);
    const [a, b] = compiled;
    if (a === undefined || b === undefined) throw new Error('two hosts');
    const address = (last: bigint) => ({ family: 'ipv4' as const, value: 0x0a20_0000n + last });
    const flow = (from: bigint, to: bigint) => ({
      arrivesBy: 'br-mesh',
      source: address(from),
      destination: address(to),
      protocol: 6,
      sourcePort: 40_000,
      destinationPort: 80,
      icmpType: undefined,
    });
    // What one of the two hosts stops does not get through.
    const passes = (from: bigint, to: bigint): boolean =>
      [a, b].every(({ meaning }) => verdictBySets(meaningSets(meaning), meaning.atlas, flow(from, to)) === 'allowed');
    expect([passes(2n, 3n), passes(3n, 2n)]).toEqual([forth, back]);
  });
});
