/** The arbitraries: what they give is near what the rules mention, and changes are noticed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { checkRuleset } from '../../src/ruleset/check/check-ruleset.ts';
import { payload } from '../../src/ruleset/expression.ts';
import { accept, drop, equals } from '../../src/ruleset/statement.ts';
import { addressValue, integer } from '../../src/ruleset/value.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import {
  conversations,
  flows,
  mentionedIn,
  packets,
  policies,
  policiesOfHosts,
  prepare,
  rulesetMutations,
  rulesets,
} from '../../src/testing/index.ts';
import { address, baseChain, router, rule, table } from '../simulator/hosts.ts';

const seed = 20_261_122;
const rules = table('f', [
  baseChain('f', 'forward', 0, [
    rule(
      equals(payload('ip', 'daddr'), addressValue(address('172.17.0.2'))),
      equals(payload('udp', 'dport'), integer(443)),
      drop,
    ),
    rule(accept),
  ]),
]);

test('what rules mention, and what lies beside it', () => {
  const { addresses, ports } = mentionedIn([rules]);
  expect(addresses.map(formatAddress)).toEqual(['172.17.0.1', '172.17.0.2', '172.17.0.3']);
  expect(ports).toEqual([442, 443, 444]);
});

test('packets hit rules and narrowly miss them', () => {
  const counts = { hit: 0, missed: 0 };
  fc.assert(
    fc.property(packets([rules]), ({ packet }) => {
      const near = formatAddress(packet.destination) === '172.17.0.2' && packet.protocol === 17;
      if (near && packet.destinationPort === 443) counts.hit++;
      else if (near && (packet.destinationPort === 442 || packet.destinationPort === 444)) counts.missed++;
    }),
    { numRuns: 3000, seed },
  );
  expect(counts.hit).toBeGreaterThan(5);
  expect(counts.missed).toBeGreaterThan(5);
});

test('a mutation changes what some packet meets', () => {
  const simulate = (ruleset: typeof rules, packet: Parameters<ReturnType<typeof createSimulation>['receive']>[2]) =>
    createSimulation({ hosts: [{ view: router, rulesets: [ruleset] }] })
      .receive('host', 'eth0', packet)
      .ways.flatMap(({ outcomes }) => outcomes.map(({ kind }) => kind))
      .join();
  const noticed = fc.check(
    fc.property(rulesetMutations(rules), packets([rules]), ({ ruleset }, { packet }) => {
      expect(simulate(ruleset, packet)).toBe(simulate(rules, packet));
    }),
    { numRuns: 2000, seed },
  );
  expect(noticed.failed).toBe(true);
});

test('mutations of any ruleset are rulesets, and change it', () => {
  fc.assert(
    fc.property(
      rulesets().chain((ruleset) => rulesetMutations(ruleset).map((mutation) => ({ ruleset, mutation }))),
      ({ ruleset, mutation }) => {
        expect(mutation.change).not.toBe('');
        expect(mutation.ruleset.tables.map(({ name }) => name)).toEqual(ruleset.tables.map(({ name }) => name));
        expect(checkRuleset(ruleset)).toEqual([]);
      },
    ),
    { numRuns: 50, seed },
  );
});

test('conversations come to answers of their first packet', () => {
  let answers = 0;
  fc.assert(
    fc.property(conversations([rules], { interfaces: ['eth0'] }), ([first, ...others]) => {
      if (first === undefined) throw new Error('a conversation has a first packet');
      expect(first.pause).toBe(0);
      answers += others.filter(({ packet }) => packet.source === first.packet.destination).length;
    }),
    { numRuns: 100, seed },
  );
  expect(answers).toBeGreaterThan(50);
});

test('flows belong to the policy’s world', () => {
  const policy =
    'host edge {}\nnetwork front { subnet 172.20.0.0/24 }\ncontainer web { attach front; publish 8080:80 }\n';
  const ports = new Set<number | undefined>();
  fc.assert(
    fc.property(flows(policy), ({ flow }) => void ports.add(flow.destinationPort)),
    { numRuns: 500, seed },
  );
  for (const port of [8079, 8080, 8081]) expect(ports).toContain(port);
});

test('random policies hold no error', () => {
  for (const arbitrary of [policies, policiesOfHosts])
    for (const text of fc.sample(arbitrary, { numRuns: 25, seed })) expect(() => prepare(text)).not.toThrow();
}, 60_000);
