/**
 * Wires, LANs, macvlan and overlays in the proof: what their rules are for is missed when it is gone. Every rule that has one
 * of the comments is left out, of either target; the packet that shows it is one that the simulator confirms.
 */
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../src/lower/context.ts';
import { compiledRules, type RuleTarget, ruleTargets } from '../../src/proving/emitted-rules.ts';
import type { Rule, Ruleset } from '../../src/ruleset/ruleset.ts';
import type { Statement } from '../../src/ruleset/statement.ts';
import { type Counterexample, sentText } from '../../src/verifier/proof/counterexample.ts';
import { prove } from '../../src/verifier/proof/prove.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
import { resultOf } from './support.ts';

interface Lost {
  readonly scenario: string;
  readonly host?: string;
  /** The comment of the rules that are lost. */
  readonly comment: string | RegExp;
  /** What becomes of them: they are left out, or let in what they dropped. */
  readonly change?: 'accepts';
  readonly obligation: Counterexample['obligation'];
  /** A part of what is sent. */
  readonly packet: string | RegExp;
}

const losses: readonly Lost[] = [
  {
    scenario: 'c1-wire-to-the-host',
    comment: 'forged: not an address given to a container here',
    obligation: 'forged first packets',
    packet: /arriving at (wire-probe|veth)/,
  },
  {
    scenario: 'c1-wire-to-the-host',
    comment: 'not published, not allowed',
    change: 'accepts',
    obligation: 'first packets',
    packet: /arriving at/,
  },
  {
    scenario: 'c1-wire-between-containers',
    comment: 'an address of a network, but not towards its bridge',
    obligation: 'first packets',
    packet: /-> 10\.1\.1\.\d/,
  },
  {
    scenario: 'c1-wire-between-containers',
    comment: 'forged: an address of a network, from elsewhere',
    obligation: 'forged first packets',
    packet: /^10\.1\.1\.\d .*arriving at eth0/,
  },
  {
    scenario: 'c2-physical',
    comment: 'forged: the address of a container, from the LAN',
    obligation: 'forged first packets',
    packet: /^192\.168\.1\.10[01] .*arriving at eno16777736/,
  },
  {
    scenario: 'c2-physical',
    comment: 'forged: an address of the LAN that was given to no container',
    obligation: 'forged first packets',
    packet: /^192\.168\.1\.\d+ .*arriving at veth/,
  },
  {
    scenario: 'c2-physical',
    comment: 'forged: an address of the LAN, from elsewhere',
    obligation: 'forged first packets',
    packet: /^192\.168\.1\.\d+ .*arriving at any outside interface/,
  },
  {
    scenario: 'c2-physical',
    comment: 'an address of another network, out to the LAN',
    obligation: 'forged first packets without br_netfilter',
    packet: /^172\.17\.0\.\d+ .*arriving at veth/,
  },
  {
    scenario: 'c2-physical',
    comment: 'an address of another network, out to the LAN',
    obligation: 'frames past the host',
    packet: /arriving at veth/,
  },
  {
    scenario: 'c2-physical-icc-off',
    comment: 'icc off',
    obligation: 'first packets',
    packet: /^192\.168\.1\.\d+ .*-> 192\.168\.1\.\d+/,
  },
  {
    scenario: 'c2-macvlan',
    comment: 'forged: an address of the LAN, from elsewhere',
    obligation: 'forged first packets',
    packet: /^192\.168\.1\.\d+ .*arriving at wan0/,
  },
  {
    scenario: 'c6-overlay',
    host: 'a',
    comment: 'forged: not from the other end of a tunnel',
    change: 'accepts',
    obligation: 'first packets',
    packet: /port 4789, udp/,
  },
  {
    scenario: 'c6-overlay',
    host: 'a',
    comment: 'only the host itself speaks into its tunnels',
    obligation: 'first packets',
    packet: /-> 192\.168\.1\.6 port 4789, udp/,
  },
  {
    scenario: 'c6-overlay',
    host: 'a',
    comment: 'the host, and what it routes, stays out of tunnels',
    obligation: 'first packets',
    packet: /-> 10\.3[23]\.0\.3/,
  },
  {
    scenario: 'c6-overlay',
    host: 'a',
    comment: /^from a tunnel, and for (another network|no container)$/,
    obligation: 'first packets',
    packet: /arriving at vxlan4[23]/,
  },
  {
    scenario: 'c6-overlay',
    host: 'a',
    comment: 'forged: the address of a container with a port of its own',
    obligation: 'forged first packets',
    packet: /^10\.3[23]\.0\.3 .*arriving at veth/,
  },
  {
    scenario: 'c6-overlay',
    host: 'a',
    comment: 'forged: not the address of the container behind this port',
    obligation: 'forged first packets',
    packet: /arriving at vxlan4[23]/,
  },
];

for (const target of ruleTargets)
  for (const lost of losses)
    test(`${target}: ${lost.scenario} without "${lost.comment}"`, () => {
      const compiled = compiledFor(lost, target);
      const whole = prove(compiled.meaning, compiledRules(compiled, target));
      expect(resultOf(whole)).toBe('proved');
      const mutant = { ...compiled, ruleset: changed(compiled.ruleset, lost) };
      expect(mutant.ruleset).not.toEqual(compiled.ruleset);
      const proof = prove(compiled.meaning, compiledRules(mutant, target), { most: 3 });
      if (proof.kind !== 'refuted') throw new Error(resultOf(proof));
      expect(proof.counterexamples.every(({ confirmed }) => confirmed)).toBe(true);
      const told = proof.counterexamples.map(({ obligation, packets }) => ({
        obligation,
        packet: packets.map(sentText).join('; '),
      }));
      expect(told).toContainEqual({ obligation: lost.obligation, packet: expect.stringMatching(lost.packet) });
    });

function compiledFor({ scenario, host }: Lost, target: RuleTarget): Compiled {
  const fixture = fixturesOf('valid').find(({ name }) => name === scenario);
  if (fixture === undefined) throw new Error(`no fixture ${scenario}`);
  const options = { ...defaultLowerOptions, target: target === 'nft' ? ('nftables' as const) : target };
  const { compiled } = compile(fixture.policy, includeReader(fixture), emptyLock, options);
  const one = compiled.find((candidate) => host === undefined || candidate.host.name === host);
  if (one === undefined) throw new Error(`${scenario} does not compile`);
  return one;
}

function changed(ruleset: Ruleset, { comment, change }: Lost): Ruleset {
  const accepting = (statement: Statement): Statement =>
    statement.kind === 'verdict' && statement.verdict.kind === 'drop'
      ? { kind: 'verdict', verdict: { kind: 'accept' } }
      : statement;
  const ofRule = (rule: Rule): readonly Rule[] => {
    const isLost = typeof comment === 'string' ? rule.comment === comment : comment.test(rule.comment ?? '');
    if (!isLost) return [rule];
    return change === undefined ? [] : [{ ...rule, statements: rule.statements.map(accepting) }];
  };
  return {
    ...ruleset,
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.flatMap(ofRule) })),
    })),
  };
}
