/** Cases in which the symbolic run and the simulator once parted; how it is was tried on a kernel (6.18), in namespaces. */
import { expect, test } from 'vitest';
import type { HostView } from '../../src/host-view/host-view.ts';
import { parseMac } from '../../src/net/mac.ts';
import { prefixOf } from '../../src/net/prefix.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { accept, drop, type Statement } from '../../src/ruleset/statement.ts';
import { addressValue, integer, rangeValue } from '../../src/ruleset/value.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import { fateText } from '../../src/verifier/proof/counterexample.ts';
import { type Fate, send } from '../../src/verifier/proof/replay.ts';
import { Rules } from '../../src/verifier/run/hooks/hook.ts';
import { spaceOf } from '../../src/verifier/space/space-of.ts';
import { address, baseChain, dnat, host, rule, table, udp } from '../simulator/hosts.ts';
import type { Sending } from './agreement-host.ts';
import { PointRun, realFate } from './agreement-point.ts';

const plain = host({
  interfaces: {
    eth0: ['192.0.2.1/24', '2001:db8::1/64'],
    br0: ['172.17.0.1/16', 'fd17::1/64'],
  },
  sysctls: { 'net.ipv4.conf.all.rp_filter': '1', 'net.bridge.bridge-nf-call-iptables': '1' },
});

/** With a bridge of two ports, whose packets meet the inet hooks. */
const bridged: HostView = {
  ...plain,
  source: 'gathered',
  routes: plain.interfaces.flatMap(({ name, addresses }) =>
    addresses.map(({ address: own, length }) => ({
      destination: prefixOf(own, length),
      via: undefined,
      interface: name,
      kind: 'unicast' as const,
      metric: 0,
      table: 'main',
    })),
  ),
  capabilities: { ...plain.capabilities, brNetfilter: true },
  interfaces: [
    ...plain.interfaces.map((entry, index) => ({ ...entry, mac: parseMac(`02:00:00:00:00:0${index + 1}`) })),
    ...['veth1', 'veth2'].map((name, index) => ({
      name,
      kind: 'veth' as const,
      mac: parseMac(`02:00:00:00:01:0${index + 1}`),
      mtu: 1500,
      up: true,
      addresses: [],
      bridgePort: { bridge: 'br0', hairpin: true, isolated: false },
    })),
  ],
};

/** What becomes of a packet in the simulator; the symbolic run must say that it may. */
function fate(rules: Ruleset, sent: Sending): { readonly fate: Fate; readonly problem: string | undefined } {
  const { family } = sent.packet.source;
  const space = spaceOf(family, {
    view: bridged,
    rulesets: [rules],
    cut: (cuts) => {
      for (const end of [sent.packet.source, sent.packet.destination]) cuts.addAddress(end);
      for (const port of [sent.packet.sourcePort, sent.packet.destinationPort])
        if (port !== undefined) cuts.add('port', port, port);
      cuts.add('hopLimit', 64, 64);
    },
  });
  const run = PointRun.of(new Rules(space, [rules]), sent);
  if (run === undefined) throw new Error('the symbolic run does not speak of this packet');
  const simulation = createSimulation({ hosts: [{ view: bridged, rulesets: [rules] }] });
  const real = realFate(send(simulation, bridged, sent)?.outcomes ?? []);
  return { fate: real, problem: run.first(real) };
}

const translating = (...statements: readonly Statement[]): Ruleset =>
  table('translations', [baseChain('pre', 'prerouting', -100, [rule(...statements)], { type: 'nat' })]);

test('DNAT to the address that a packet is sent to redirects nothing on a bridge, whatever rp_filter says of its source', () => {
  const sent = { device: 'veth1', packet: udp('192.0.2.9', 10, '172.17.0.8', 9999) };
  const same = fate(translating(dnat('172.17.0.8', 80)), sent);
  expect([fateText(same.fate).split(' by ')[0], same.problem]).toEqual(['delivered to 172.17.0.8 port 80', undefined]);
  const other = fate(translating(dnat('172.17.0.9', 80)), sent);
  expect([fateText(other.fate), other.problem]).toEqual(['dropped', undefined]);
});

test('of translation to a link-local address nothing is said', () => {
  const sent = { device: 'veth1', packet: udp('fd17::8', 10, 'fd17::9', 80) };
  expect(fate(translating(dnat('fe80::100')), sent).problem).toBeUndefined();
});

test('a range of IPv6 addresses gives addresses outside of it', () => {
  const range: Statement = {
    kind: 'nat',
    type: 'dnat',
    family: 'ip6',
    address: {
      kind: 'value',
      value: rangeValue(addressValue(address('fd18:0:0:5::ffff:0')), addressValue(address('fd19::1'))),
    },
    port: undefined,
    shiftBase: undefined,
    flags: [],
  };
  for (let port = 1; port < 20; port++) {
    const sent = { device: 'eth0', packet: udp('2001:db8::9', port, 'fd17::9', 80) };
    expect(fate(translating(range), sent).problem).toBeUndefined();
  }
});

test('the type of an address that has no route, and the way back to a link-local one', () => {
  const isType = (value: number): Statement => ({
    kind: 'match',
    left: { kind: 'fib', flags: ['saddr'], result: 'type' },
    operator: '==',
    right: { kind: 'value', value: integer(value) },
  });
  const filtering = (statement: Statement): Ruleset =>
    table('check', [baseChain('pre', 'prerouting', -300, [rule(statement, drop), rule(accept)])]);
  for (const [source, type] of [
    ['fdff::9', 7],
    ['fe80::9', 1],
    ['fd17::9', 1],
    ['192.0.2.9', 1],
  ] as const) {
    const sent = { device: 'eth0', packet: udp(source, 10, source.includes(':') ? 'fd17::1' : '172.17.0.1', 80) };
    for (const asked of [1, 7]) {
      const { fate: real, problem } = fate(filtering(isType(asked)), sent);
      expect([source, asked, real.kind, problem]).toEqual([
        source,
        asked,
        asked === type ? 'dropped' : 'delivered',
        undefined,
      ]);
    }
  }
});
