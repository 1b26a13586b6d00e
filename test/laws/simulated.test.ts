/** Laws of the simulator over random policies and rules: it agrees with what policies mean, in every target, and with itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Compiled, compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { emittedRules, ruleTargets } from '../../src/proving/emitted-rules.ts';
import { meta, payload } from '../../src/ruleset/expression.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { accept, counter, drop, equals, jump, type Statement } from '../../src/ruleset/statement.ts';
import { addressValue, integer, interfaceName } from '../../src/ruleset/value.ts';
import { packetFrom } from '../../src/simulator/packet/input.ts';
import { runChain } from '../../src/simulator/rules/chains.ts';
import { type CompiledRuleset, compileRulesets } from '../../src/simulator/rules/compile.ts';
import type { EvaluationContext, InterfaceReference, RuleServices } from '../../src/simulator/rules/context.ts';
import { RuleState } from '../../src/simulator/rules/state.ts';
import { type ArrivingPacket, packets } from '../../src/testing/index.ts';
import { address, rule } from '../simulator/hosts.ts';
import { arbitraryPolicyOfHosts, arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { simulatedAgreement } from '../support/simulated-agreement.ts';

const seed = Number(process.env.CTFW_SEED ?? Date.now() % 1_000_000);
/** Flows tried of each policy: evenly spread over all of its universe. */
const flowsOfEach = 150;

function compiledOf(text: string): readonly Compiled[] {
  const { compiled, diagnostics } = compile(
    { name: 'policy.ctfw', text },
    () => ({ error: 'nothing is included' }),
    emptyLock,
  );
  fc.pre(!diagnostics.some(({ severity }) => severity === 'error'));
  return compiled;
}

/** Policies of one host and of two: every topology that can be written. */
const topologies = [
  ['one host', arbitraryPolicyText, 5],
  ['two hosts', arbitraryPolicyOfHosts, 3],
] as const;

for (const target of ruleTargets)
  test.each(topologies)(
    `what a policy of %s means is what its rules for ${target} do, emitted and read back (CTFW_SEED=${seed})`,
    (_, policies, numRuns) => {
      let total = 0;
      const property = fc.property(policies, fc.boolean(), (text, brNetfilter) => {
        const rulesOf = (compiled: Compiled) => emittedRules(compiled, target).rulesets;
        const { compared, problems } = simulatedAgreement(compiledOf(text), rulesOf, brNetfilter, flowsOfEach);
        total += compared;
        expect(problems).toEqual([]);
      });
      fc.assert(property, { numRuns, seed, endOnFailure: true });
      expect(total).toBeGreaterThan(150);
    },
    240_000,
  );

const names = ['eth0', 'br0', 'br1'];
const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(address);

/** Rules of which most ask for a port or an address, as engines write them, in one or two chains. */
const longRules: fc.Arbitrary<Ruleset> = fc
  .array(
    fc.tuple(
      fc.constantFrom('tcp', 'udp'),
      fc.integer({ min: 80, max: 110 }),
      fc.constantFrom(...addresses),
      fc.constantFrom(...names),
      fc.nat(8),
    ),
    { minLength: 10, maxLength: 80 },
  )
  .map((drawn) => {
    const rules = drawn.map(([protocol, port, to, name, form]) =>
      rule(...statementsOf(form, protocol as 'tcp' | 'udp', port, to, name)),
    );
    const chain = (chainName: string, own: typeof rules) => ({ name: chainName, base: undefined, rules: own });
    const half = Math.floor(rules.length / 2);
    const base = { type: 'filter', hook: 'forward', priority: 0, policy: 'accept', devices: [] } as const;
    const chains = [{ name: 'base', base, rules: rules.slice(half) }, chain('sub', withoutJumps(rules.slice(0, half)))];
    return { tables: [{ family: 'inet', name: 't', engine: 'nftables', chains, sets: [], maps: [] }] };
  });

function statementsOf(
  form: number,
  protocol: 'tcp' | 'udp',
  port: number,
  to: (typeof addresses)[number],
  name: string,
): Statement[] {
  const asksPort = equals(payload(protocol, 'dport'), integer(port));
  const asksAddress = equals(payload('ip', 'daddr'), addressValue(to));
  const counts: Statement = { ...counter };
  switch (form) {
    case 0:
      return [counts, asksPort, drop];
    case 1:
      return [asksAddress, asksPort, drop];
    case 2:
      return [equals(meta('oifname'), interfaceName(name)), asksPort, accept];
    case 3:
      return [asksPort, jump('sub')];
    case 4:
      return [asksPort, counts];
    case 5:
      return [{ ...asksPort, operator: '!=' }, counts];
    case 6:
      return [counts];
    default:
      return [asksPort, asksAddress, accept];
  }
}

function withoutJumps(rules: Ruleset['tables'][number]['chains'][number]['rules']) {
  return rules.map((one) => ({
    ...one,
    statements: one.statements.filter((statement) => statement.kind !== 'verdict' || statement.verdict.kind !== 'jump'),
  }));
}

test('an indexed chain does what walking past every rule does: verdicts, places and counters', () => {
  let indexed = 0;
  const property = fc.property(
    longRules.chain((ruleset) =>
      fc.record({ ruleset: fc.constant(ruleset), sent: fc.array(packets([ruleset]), { minLength: 1, maxLength: 20 }) }),
    ),
    ({ ruleset, sent }) => {
      const withIndex = compileRulesets([ruleset]);
      const walking = compileRulesets([ruleset], { indexed: false });
      if (withIndex.baseChains.some(({ chain }) => [...chain.chains.values()].some(({ index }) => index !== undefined)))
        indexed++;
      expect(outcomes(withIndex, sent)).toEqual(outcomes(walking, sent));
    },
  );
  fc.assert(property, { numRuns: 300, seed });
  expect(indexed).toBeGreaterThan(20);
});

const services: RuleServices = {
  hostName: 'host',
  now: 0,
  addressType: () => 1,
  routeOutput: () => undefined,
  choose: () => 0,
};

function reference(name: string): InterfaceReference {
  return { name, index: names.indexOf(name) + 2, hardwareType: 1, mac: undefined, master: undefined };
}

/** What chains decide of packets, where, and what they counted. */
function outcomes(rules: CompiledRuleset, sent: readonly ArrivingPacket[]): unknown {
  const state = new RuleState(rules.stateSize);
  const verdicts = sent.map(({ interface: name, packet }) => {
    const context: EvaluationContext = {
      packet: packetFrom(packet),
      family: packet.source.family === 'ipv4' ? 'ip' : 'ip6',
      hook: 'forward',
      input: reference(name),
      output: reference('br0'),
      services,
      state,
      trace: undefined,
      nat: undefined,
      reject: undefined,
      unknown: undefined,
      element: undefined,
      place: undefined,
    };
    const [base] = rules.baseChains;
    return base === undefined ? undefined : [runChain(base.chain, context), context.place];
  });
  return { verdicts, counted: [...state.numbers] };
}
