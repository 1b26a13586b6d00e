/** The simulator as its callers use it: one host, packets in, outcomes and traces out. */
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { ct, meta, payload } from '../../src/ruleset/expression.ts';
import { accept, counter, drop, equals, hasBits, jump, type Statement } from '../../src/ruleset/statement.ts';
import { integer, interfaceName } from '../../src/ruleset/value.ts';
import { createSimulation, type Outcome, type SimulationResult } from '../../src/simulator/simulation.ts';
import { address, baseChain, dnat, host, masquerade, router, rule, table, tcp, udp } from './hosts.ts';

const dport = (value: number) => equals(payload('udp', 'dport'), integer(value));

/** What became of a packet, in a word and its addresses. */
function told({ ways }: SimulationResult): string[] {
  return ways.flatMap(({ outcomes }) => outcomes.map(line));
}

function line(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'left':
    case 'delivered': {
      const { source, sourcePort, destination, destinationPort } = outcome.packet;
      return `${outcome.kind} ${outcome.interface} ${formatAddress(source)}:${sourcePort}>${formatAddress(destination)}:${destinationPort}`;
    }
    case 'dropped':
    case 'rejected':
    case 'unknown':
      return outcome.kind;
    case 'send-error':
      return outcome.error;
  }
}

describe('without rules', () => {
  const simulation = createSimulation({ hosts: [{ view: router }] });

  test('a packet for another network is forwarded [18]', () => {
    expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80)))).toEqual([
      'left br0 192.0.2.9:1>172.17.0.2:80',
    ]);
  });

  test('a packet for any of its addresses is its own [112]', () => {
    expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.1', 80)))).toEqual([
      'delivered eth0 192.0.2.9:1>172.17.0.1:80',
    ]);
  });

  test('IPv6 alike', () => {
    expect(told(simulation.receive('host', 'eth0', udp('fd00::9', 1, 'fd17::2', 80)))).toEqual([
      'left br0 fd00::9:1>fd17::2:80',
    ]);
  });

  test('a source that is the host itself is dropped [109]', () => {
    expect(told(simulation.receive('host', 'eth0', udp('172.17.0.1', 1, '172.17.0.2', 80)))).toEqual(['dropped']);
  });

  test('IPv6 takes in nothing from a multicast address', () => {
    expect(told(simulation.receive('host', 'eth0', udp('ff02::9', 1, 'fd17::2', 80)))).toEqual(['dropped']);
  });

  test('a hop limit of one is answered [115]', () => {
    const result = simulation.receive('host', 'eth0', { ...udp('192.0.2.9', 1, '172.17.0.2', 80), ttl: 1 });
    expect(told(result)).toEqual(['rejected']);
    expect(result.ways[0]?.answers.map(line)).toEqual(['left eth0 192.0.2.1:0>192.0.2.9:0']);
  });

  test('forwarding off is silent [110]', () => {
    const view = host({
      interfaces: { eth0: ['192.0.2.1/24'], br0: ['172.17.0.1/16'] },
      sysctls: { 'net.ipv4.ip_forward': '0' },
    });
    const off = createSimulation({ hosts: [{ view }] });
    expect(told(off.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80)))).toEqual(['dropped']);
  });

  test('a host’s own packet gets the address of its way out', () => {
    expect(told(simulation.send('host', udp('0.0.0.0', 5, '8.8.8.8', 53), { chooseSource: true }))).toEqual([
      'left eth0 192.0.2.1:5>8.8.8.8:53',
    ]);
  });
});

describe('chains', () => {
  test('accept ends only its own base chain [3]', () => {
    const rules = table('t', [
      baseChain('a', 'forward', 0, [rule(accept)]),
      baseChain('b', 'forward', 1, [rule(dport(81), drop)]),
    ]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80)))).toEqual([
      'left br0 192.0.2.9:1>172.17.0.2:80',
    ]);
    expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 81)))).toEqual(['dropped']);
  });

  test('of equal priorities the last registered runs first [4]', () => {
    const mark = (value: number): Statement => ({
      kind: 'assign',
      target: meta('mark'),
      value: { kind: 'constant', value: integer(value) },
    });
    const rules = table('t', [
      baseChain('first', 'forward', 0, [rule(equals(meta('mark'), integer(7)), drop)]),
      baseChain('second', 'forward', 0, [rule(mark(7))]),
    ]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80)))).toEqual(['dropped']);
  });

  test('the trace names table, chain, rule and the failing statement', () => {
    const rules = table('t', [
      { name: 'sub', base: undefined, rules: [rule(dport(99), drop)] },
      baseChain('f', 'forward', 0, [
        rule(equals(meta('iifname'), interfaceName('eth0')), jump('sub')),
        rule(dport(80), counter, drop),
      ]),
    ]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    const { ways } = simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80), { trace: true });
    const met = (ways[0]?.trace ?? []).flatMap((step) =>
      step.kind === 'rule'
        ? [`${step.place.table} ${step.place.chain} ${step.place.index} ${step.failedAt ?? step.verdict}`]
        : [],
    );
    expect(met).toEqual(['t f 0 jump sub', 't sub 0 0', 't f 1 drop']);
  });

  test('the trace carries the policy lines of a rule', () => {
    const origin = { file: 'policy.ctfw', line: 3 } as never;
    const rules = table('t', [baseChain('f', 'forward', 0, [{ statements: [drop], origins: [origin] }])]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    const { ways } = simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80), { trace: true });
    expect((ways[0]?.trace ?? []).flatMap((step) => (step.kind === 'rule' ? step.origins : []))).toEqual([origin]);
  });
});

describe('connections and translation', () => {
  const rules = table('n', [
    baseChain('p', 'prerouting', -100, [rule(dport(8080), dnat('172.17.0.2', 80))], { type: 'nat' }),
    baseChain('q', 'postrouting', 100, [rule(equals(meta('oifname'), interfaceName('eth0')), masquerade)], {
      type: 'nat',
    }),
    baseChain(
      'f',
      'forward',
      0,
      [
        rule(hasBits(ct('state'), 6), accept),
        rule(hasBits(ct('status'), 32), accept),
        rule(equals(meta('iifname'), interfaceName('br0')), accept),
      ],
      {
        policy: 'drop',
      },
    ),
  ]);

  test('a published port and its answer [54]', () => {
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 5000, '192.0.2.1', 8080)))).toEqual([
      'left br0 192.0.2.9:5000>172.17.0.2:80',
    ]);
    expect(told(simulation.receive('host', 'br0', udp('172.17.0.2', 80, '192.0.2.9', 5000)))).toEqual([
      'left eth0 192.0.2.1:8080>192.0.2.9:5000',
    ]);
  });

  test('masquerade takes another port when the first is taken [61]', () => {
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    expect(told(simulation.receive('host', 'br0', udp('172.17.0.2', 5000, '8.8.8.8', 53)))).toEqual([
      'left eth0 192.0.2.1:5000>8.8.8.8:53',
    ]);
    const second = simulation.receive('host', 'br0', udp('172.17.0.3', 5000, '8.8.8.8', 53)).ways[0]?.outcomes[0];
    expect(second?.kind === 'left' ? second.packet.randomSourcePort : undefined).toEqual({ first: 1024, last: 65_535 });
  });

  test('connections end with their time [32]', () => {
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    simulation.receive('host', 'eth0', udp('192.0.2.9', 5000, '192.0.2.1', 8080));
    simulation.advance(29_000);
    expect(told(simulation.receive('host', 'br0', udp('172.17.0.2', 80, '192.0.2.9', 5000)))).toEqual([
      'left eth0 192.0.2.1:8080>192.0.2.9:5000',
    ]);
    simulation.advance(31_000);
    expect(told(simulation.receive('host', 'br0', udp('172.17.0.2', 80, '192.0.2.9', 5000)))).toEqual([
      'left eth0 192.0.2.1:80>192.0.2.9:5000',
    ]);
  });

  test('a segment that opens nothing is invalid and stays untranslated [44]', () => {
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    expect(told(simulation.receive('host', 'br0', tcp('172.17.0.2', 5000, '8.8.8.8', 443, 4)))).toEqual([
      'left eth0 172.17.0.2:5000>8.8.8.8:443',
    ]);
  });
});

describe('what is not determined', () => {
  const unknown = (effect: 'match' | 'effect'): Statement => ({
    kind: 'unknown',
    text: '-m geoip --source NL',
    effect,
  });

  test('a match that is not modelled gives both results', () => {
    const rules = table('t', [baseChain('f', 'forward', 0, [rule(unknown('match'), drop)])]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    const result = simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80));
    expect(told(result).sort()).toEqual(['dropped', 'left br0 192.0.2.9:1>172.17.0.2:80']);
    expect(result.ways.map(({ choices }) => choices)).toEqual([
      ['-m geoip --source NL: 0'],
      ['-m geoip --source NL: 1'],
    ]);
  });

  test('a match that does not matter gives one result', () => {
    const rules = table('t', [baseChain('f', 'forward', 0, [rule(unknown('match'), counter)])]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80)))).toEqual([
      'left br0 192.0.2.9:1>172.17.0.2:80',
    ]);
  });

  test('an effect that is not modelled is told with its rule', () => {
    const rules = table('t', [baseChain('f', 'forward', 0, [rule(unknown('effect'))])]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    const outcome = simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80)).ways[0]?.outcomes[0];
    expect(outcome).toEqual({
      kind: 'unknown',
      host: 'host',
      place: { engine: 'nftables', family: 'inet', table: 't', chain: 'f', index: 0 },
      text: '-m geoip --source NL',
    });
  });

  test('exploring leaves connections as the first way left them', () => {
    const rules = table('t', [
      baseChain('p', 'prerouting', 0, [rule(hasBits(ct('state'), 2), drop)]),
      baseChain('f', 'forward', 0, [rule(unknown('match'), drop)]),
    ]);
    const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
    simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80));
    expect(told(simulation.receive('host', 'br0', udp('172.17.0.2', 80, '192.0.2.9', 1)))).toHaveLength(2);
  });
});

test('a link-local source has its route on the link that it came by, whichever that is', () => {
  const missing: Statement = {
    kind: 'match',
    left: { kind: 'fib', flags: ['saddr', 'iif'], result: 'oif' },
    operator: '==',
    right: { kind: 'value', value: integer(0) },
  };
  const rulesets = [table('check', [baseChain('pre', 'prerouting', -300, [rule(missing, drop)])])];
  for (const name of ['eth0', 'br0']) {
    const simulation = createSimulation({ hosts: [{ view: router, rulesets }] });
    expect(told(simulation.receive('host', name, udp('fe80::9', 1, 'fd17::1', 80)))).toEqual([
      `delivered ${name} fe80::9:1>fd17::1:80`,
    ]);
    expect(told(simulation.receive('host', name, udp('fdff::9', 1, 'fd17::1', 80)))).toEqual(['dropped']);
  }
});

test('a rule set can be replaced while connections live [83]', () => {
  const nat = table('n', [
    baseChain('p', 'prerouting', -100, [rule(dport(8080), dnat('172.17.0.2', 80))], { type: 'nat' }),
  ]);
  const changed = table('n', [
    baseChain('p', 'prerouting', -100, [rule(dport(8080), dnat('172.17.0.3', 80))], { type: 'nat' }),
  ]);
  const simulation = createSimulation({ hosts: [{ view: router, rulesets: [nat] }] });
  simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '192.0.2.1', 8080));
  simulation.loadRules('host', [changed]);
  expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '192.0.2.1', 8080)))).toEqual([
    'left br0 192.0.2.9:1>172.17.0.2:80',
  ]);
  expect(told(simulation.receive('host', 'eth0', udp('192.0.2.9', 2, '192.0.2.1', 8080)))).toEqual([
    'left br0 192.0.2.9:2>172.17.0.3:80',
  ]);
  expect(address('192.0.2.1').family).toBe('ipv4');
});

describe('a blacked-out value', () => {
  const hidden = (operator: '==' | '!='): Statement => ({
    kind: 'match',
    left: payload('ip', 'saddr'),
    operator,
    right: { kind: 'redacted', text: 'X.X.X.X' },
  });
  const simulate = (...rules: readonly (readonly Statement[])[]) => {
    const simulation = createSimulation({ hosts: [{ view: router }] });
    const chains = [
      baseChain(
        'forward',
        'forward',
        0,
        rules.map((statements) => rule(...statements)),
      ),
    ];
    simulation.loadRules('host', [table('filter', chains)]);
    return told(simulation.receive('host', 'eth0', udp('192.0.2.9', 1, '172.17.0.2', 80)));
  };
  const passes = 'left br0 192.0.2.9:1>172.17.0.2:80';

  test('may be this one or not: both are followed', () => {
    expect(simulate([hidden('=='), drop]).sort()).toEqual(['dropped', passes].sort());
    expect(simulate([hidden('!='), drop]).sort()).toEqual(['dropped', passes].sort());
  });

  test('is not needed where the packet has no such field', () => {
    expect(simulate([{ ...hidden('=='), left: payload('icmp', 'type') } as Statement, drop])).toEqual([passes]);
  });

  test('elsewhere is another constant', () => {
    // Were both the same, the packet would pass in every case.
    expect(new Set(simulate([hidden('=='), accept], [hidden('!='), accept], [drop]))).toEqual(
      new Set(['dropped', passes]),
    );
  });
});
