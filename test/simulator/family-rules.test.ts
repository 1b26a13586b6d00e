/** The law of rules by family: a chain in which rules of other families are passed over does what walking past every rule does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, ct, type Expression, masked, meta, payload } from '../../src/ruleset/expression.ts';
import {
  accept,
  anyOf,
  counter,
  differs,
  drop,
  equals,
  hasBits,
  inSet,
  type Statement,
} from '../../src/ruleset/statement.ts';
import { addressValue, concatenation, integer, interfaceName, type Value } from '../../src/ruleset/value.ts';
import { packetFrom } from '../../src/simulator/packet/input.ts';
import { runChain } from '../../src/simulator/rules/chains.ts';
import { compileRulesets } from '../../src/simulator/rules/compile.ts';
import type { EvaluationContext } from '../../src/simulator/rules/context.ts';
import { RuleState } from '../../src/simulator/rules/state.ts';
import { address, baseChain, dnat, rule, table, udp } from './hosts.ts';

const lan4 = addressValue(address('192.168.10.2'));
const lan6 = addressValue(address('fd10::2'));
const saddr4 = payload('ip', 'saddr');
const saddr6 = payload('ip6', 'saddr');
const port: Expression = payload('udp', 'dport');
const eth0: Value = interfaceName('eth0');

/** Counts whatever the packet, and translates IPv4 packets only. */
const balanced: Statement = {
  kind: 'nat',
  type: 'dnat',
  family: 'ip',
  address: {
    kind: 'expression',
    expression: {
      kind: 'map',
      key: { kind: 'numgen', mode: 'inc', modulus: 2, offset: 0 },
      map: {
        kind: 'anonymous',
        elements: [0, 1].map((place) => ({
          key: integer(place),
          data: { kind: 'value', value: addressValue(address(`172.17.0.${place + 2}`)) },
          origins: [],
        })),
      },
    },
  },
  port: undefined,
  shiftBase: undefined,
  flags: [],
};

/** Statements that decide by family, that have effects, and that are not known, in any order. */
const statements: fc.Arbitrary<Statement> = fc.constantFrom<Statement>(
  equals(saddr4, lan4),
  differs(saddr4, lan4),
  equals(saddr6, lan6),
  differs(saddr6, lan6),
  anyOf(saddr6, [lan6]),
  equals(concat(meta('iifname'), saddr4), concatenation(eth0, lan4)),
  equals(concat(saddr6, port), concatenation(lan6, integer(53))),
  equals(masked(saddr6, { kind: 'address', address: address('ffff::') }), addressValue(address('fd10::'))),
  equals(meta('nfproto'), integer(2)),
  equals(meta('nfproto'), integer(10)),
  differs(meta('nfproto'), integer(2)),
  equals(port, integer(53)),
  hasBits(ct('state'), 8),
  equals(meta('cgroup'), integer(7)),
  inSet(saddr4, 'missing'),
  { kind: 'set-update', operation: 'add', set: 'seen', key: port, timeout: undefined } as Statement,
  inSet(port, 'seen'),
  balanced,
  dnat('172.17.0.2'),
  counter,
);

const chains = fc.array(
  fc.tuple(fc.array(statements, { maxLength: 4 }), fc.constantFrom<Statement | undefined>(accept, drop, undefined)),
  { minLength: 1, maxLength: 8 },
);

const sent = [
  udp('192.168.10.2', 4000, '192.168.10.1', 53),
  udp('192.168.10.3', 4000, '192.168.10.1', 54),
  udp('fd10::2', 4000, 'fd10::1', 53),
  udp('fd10::3', 4000, 'fd10::1', 54),
];

function outcomes(rules: ReturnType<typeof compileRulesets>): unknown {
  const state = new RuleState(rules.stateSize);
  const chosen: string[] = [];
  const results = sent.map((packet) => {
    const context: EvaluationContext = {
      packet: packetFrom(packet),
      family: packet.source.family === 'ipv4' ? 'ip' : 'ip6',
      hook: 'forward',
      input: { name: 'eth0', index: 2, hardwareType: 1, mac: undefined, master: undefined },
      output: undefined,
      services: {
        hostName: 'host',
        now: 0,
        addressType: () => 1,
        routeOutput: () => undefined,
        choose: (_, what) => chosen.push(what) % 2,
      },
      state,
      trace: undefined,
      nat: undefined,
      reject: undefined,
      unknown: undefined,
      element: undefined,
      place: undefined,
    };
    const [base] = rules.baseChains;
    return base === undefined ? undefined : [runChain(base.chain, context), context.place, context.unknown];
  });
  return { results, chosen, counted: [...state.numbers], added: [...state.dynamic] };
}

test('rules of other families are passed over, with the same verdicts, counters, choices and elements', () => {
  let divided = 0;
  fc.assert(
    fc.property(chains, fc.constantFrom('inet' as const, 'bridge' as const), (drawn, family) => {
      const rules = drawn.map(([matches, verdict]) => rule(...matches, ...(verdict === undefined ? [] : [verdict])));
      const ruleset = table('t', [baseChain('base', 'forward', 0, rules)], family);
      const byFamily = compileRulesets([ruleset]);
      if (byFamily.baseChains.some(({ chain }) => chain.index !== undefined)) divided++;
      expect(outcomes(byFamily)).toEqual(outcomes(compileRulesets([ruleset], { indexed: false })));
    }),
    { numRuns: 500 },
  );
  expect(divided).toBeGreaterThan(200);
});
