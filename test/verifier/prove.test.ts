/** What is compiled is proved: every scenario and random policies. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { defaultLowerOptions, type LowerOptions } from '../../src/lower/context.ts';
import { compiledRules, type RuleTarget, ruleTargets } from '../../src/proving/emitted-rules.ts';
import { arbitraryPolicyOfHosts } from '../../src/testing/policies/arbitrary-hosts.ts';
import { prove } from '../../src/verifier/proof/prove.ts';
import { arbitraryHostsText } from '../support/arbitrary-hosts.ts';
import { arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
import { mutationsOf } from './mutation/mutations.ts';
import { emitted, resultOf } from './support.ts';

for (const fixture of fixturesOf('valid'))
  test(`the rules of ${fixture.name} are proved, for both targets`, () => {
    for (const target of ruleTargets)
      for (const compiled of compile(fixture.policy, includeReader(fixture), emptyLock, lowerOptions(target)).compiled)
        expect(resultOf(prove(compiled.meaning, compiledRules(compiled, target)))).toBe('proved');
  });

function lowerOptions(target: RuleTarget): LowerOptions {
  return { ...defaultLowerOptions, target: target === 'nft' ? 'nftables' : target };
}

const runs = Number(process.env.CTFW_PROVE_RUNS ?? 25);

for (const [what, texts, share] of [
  ['policies', arbitraryPolicyText, 1],
  ['policies of two hosts', arbitraryHostsText, 0.4],
  ['policies of two hosts with LANs and trunks', arbitraryPolicyOfHosts, 0.3],
] as const)
  test(`the rules of random ${what} are proved, for both targets`, () => {
    const property = fc.property(texts, fc.constantFrom(...ruleTargets), (text, target) => {
      const source = { name: 'policy.ctfw', text };
      const { compiled, diagnostics } = compile(source, () => ({ error: 'nothing' }), emptyLock, lowerOptions(target));
      fc.pre(diagnostics.every(({ severity }) => severity !== 'error'));
      for (const one of compiled) expect(resultOf(prove(one.meaning, compiledRules(one, target)))).toBe('proved');
    });
    fc.assert(property, { numRuns: Math.ceil(runs * share), endOnFailure: true });
  }, 600_000);

// Policies whose rules once did something else.
for (const [what, text] of [
  [
    'addresses of an overlay, forged on a LAN',
    `host a { interface eth0 { address 192.168.1.4/24 } }
host b { interface eth0 { address 192.168.1.6/24 } }
network mesh on a, b { vxlan 43; subnet 10.31.0.0/16 }
network lan on a { physical br0 on eth0; subnet 192.168.1.0/24; gateway 192.168.1.1; icc off }
container one on a { attach mesh }
container two on b { attach mesh }
`,
  ],
  [
    'addresses of a LAN, from where spoofing is allowed',
    `host box { interface eth0 { address 192.168.1.4/24 } }
network loose { subnet 172.20.0.0/24; spoofing allowed }
network lan { physical br0 on eth0; subnet 192.168.1.0/24; gateway 192.168.1.1 }
container one { attach loose }
container two { attach lan }
`,
  ],
  [
    'addresses of a wire between containers, by the gateway of a LAN',
    `host box { interface eth0 { address 192.168.1.4/24 } }
network lan { physical br0 on eth0; subnet 192.168.1.0/24; gateway 192.168.1.1 }
container one { attach lan }
container two { network none }
connect one 10.1.1.1 <-> two 10.1.1.2
`,
  ],
  [
    'from a tunnel to an address that nobody has',
    `host a { interface eth0 { address 192.168.1.4/24 } }
host b { interface eth0 { address 192.168.1.6/24 } }
network mesh on a, b { vxlan 42; subnet 10.32.0.0/24; icc off }
container one on a { attach mesh }
container two on b { attach mesh }
allow two -> any 80/tcp
deny any -> one 53/udp reject
`,
  ],
  [
    'to a network without an address on the host, whose default route is on a LAN',
    `host box { interface eth0 { address 192.168.1.4/24 }; route default via 192.168.1.1 }
network apart { subnet 172.20.0.0/24; gateway-mode isolated }
network lan { physical br0 on eth0; subnet 192.168.1.0/24; gateway 192.168.1.1 }
container one { attach lan }
`,
  ],
  [
    'errors about a made-up source, across a network without an address on the host',
    `host edge { interface lan0 { address 192.168.1.5/24, fd00:1::5/64 } }
network net0 { subnet 172.20.0.0/24, fd00:20::/64; gateway-mode isolated; spoofing allowed }
network net1 { subnet 172.21.0.0/24; icc off }
container box0 { attach net1; attach net0 }
`,
  ],
  [
    'into a tunnel, from machines and containers of a LAN',
    `host a { interface eth0 { address 192.168.1.4/24, fd00:1::4/64 }; route default via 192.168.1.1 }
host b { interface eth0 { address 192.168.1.6/24, fd00:1::6/64 }; route default via 192.168.1.1 }
network mesh on a, b { vxlan 42; subnet 10.30.0.0/16; mtu 1450 }
network near on a { physical br0 on eth0; subnet 192.168.1.0/24, fd00:1::/64; gateway 192.168.1.1 }
network far on b { macvlan on eth0; subnet 192.168.1.0/24, fd00:1::/64; gateway 192.168.1.1 }
container one on a { attach mesh }
container two on a { attach near 192.168.1.20, fd00:1::20 }
container three on b { attach far 192.168.1.21, fd00:1::21 }
`,
  ],
] as const)
  test(`proved: ${what}`, () => {
    for (const target of ruleTargets) {
      const source = { name: 'policy.ctfw', text };
      const { compiled } = compile(source, () => ({ error: 'nothing' }), emptyLock, lowerOptions(target));
      expect(compiled.length).toBeGreaterThan(0);
      for (const one of compiled) expect(resultOf(prove(one.meaning, compiledRules(one, target)))).toBe('proved');
    }
  });

// Mutants that were once accepted, or refuted by a packet that nobody confirmed.
for (const [name, kind, where] of [
  ['deny-of-published', 'rule moved to the end', 'inet deny-to-host rule 1'], // reject wins over drop
  ['isolated-network', 'rule moved to the end', 'inet network rule 3'], // not by a packet to its own sender
  ['isolated-network', 'hook changed', 'bridge source-check base'], // a neighbour's frame is not for the bridge
  ['h4-masquerade', 'drop becomes accept', 'inet source-check rule 5'], // ::1 from a wire without br_netfilter is taken in by nobody
] as const) {
  test(`${kind} in ${where} of ${name} is refuted`, () => {
    const fixture = fixturesOf('valid').find((one) => one.name === name);
    if (fixture === undefined) throw new Error(`no fixture ${name}`);
    const proofs = compile(fixture.policy, includeReader(fixture), emptyLock).compiled.flatMap((compiled) =>
      [...mutationsOf([emitted(compiled)])]
        .filter((mutation) => mutation.kind === kind && mutation.where === where)
        .map(({ mutant }) => prove(compiled.meaning, mutant)),
    );
    expect(proofs.map((proof) => proof.kind)).toEqual(['refuted']);
    for (const proof of proofs)
      expect(proof.kind === 'refuted' && proof.counterexamples.every(({ confirmed }) => confirmed)).toBe(true);
  });
}

// A reject is an answer, and one to a made-up source goes to whoever has that address.
for (const where of ['inet source-check rule 2', 'inet source-check rule 6'])
  test(`drop becomes accept in ${where} is refuted by a forged packet that is rejected`, () => {
    const text = `host box { interface eth0 { address 192.0.2.10/24 }; protect host }
network front { subnet 172.17.0.0/30 }
container web { attach front 172.17.0.2 }
deny front -> box 22/tcp reject
`;
    const [compiled] = compile({ name: 'policy.ctfw', text }, () => ({ error: 'nothing' }), emptyLock).compiled;
    if (compiled === undefined) throw new Error('the policy does not compile');
    const proofs = [...mutationsOf([emitted(compiled)])]
      .filter((mutation) => mutation.kind === 'drop becomes accept' && mutation.where === where)
      .map(({ mutant }) => prove(compiled.meaning, mutant));
    expect(proofs.map((proof) => proof.kind)).toEqual(['refuted']);
    for (const proof of proofs) {
      const [example] = proof.kind === 'refuted' ? proof.counterexamples : [];
      expect(example).toMatchObject({ obligation: 'forged first packets', confirmed: true, expected: 'dropped' });
      expect(example?.got).toContain('rejected');
    }
  });

// Mutants that once left the proof undecided: the symbolic run let through, or kept back, what no packet can do.
for (const [name, target, kind, where] of [
  // The receiver of a made-up source answers by way of its gateway, not across the bridge.
  ['source-checks', 'nft', 'match dropped', 'bridge forward rule 1'],
  ['source-checks', 'nft', 'negation flipped', 'bridge forward rule 4'],
  // A tunnel gets nothing back of what came out of it.
  ['c6-overlay', 'iptables', 'return becomes accept', 'bridge CTFW-PREROUTING.5 rule 5'],
  // A forged reply to the host meets the bridge's input hook.
  ['c6-overlay', 'iptables', 'interface changed', 'bridge CTFW-PREROUTING rule 20'],
] as const) {
  test(`${kind} in ${where} of ${name}, ${target}, is decided`, () => {
    const fixture = fixturesOf('valid').find((one) => one.name === name);
    if (fixture === undefined) throw new Error(`no fixture ${name}`);
    const { compiled } = compile(fixture.policy, includeReader(fixture), emptyLock, lowerOptions(target));
    const proofs = compiled.flatMap((one) =>
      [...mutationsOf(compiledRules(one, target))]
        .filter((mutation) => mutation.kind === kind && mutation.where === where)
        .map(({ mutant }) => prove(one.meaning, mutant)),
    );
    expect(proofs.length).toBeGreaterThan(0);
    expect(proofs.map((proof) => (proof.kind === 'undecided' ? resultOf(proof) : 'decided'))).toEqual(
      proofs.map(() => 'decided'),
    );
  });
}
