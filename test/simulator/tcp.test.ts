/** TCP tracking as rules see it: states, windows and resets [33-39]. */
import { describe, expect, test } from 'vitest';
import { ct } from '../../src/ruleset/expression.ts';
import { counter, hasBits } from '../../src/ruleset/statement.ts';
import type { PacketInput } from '../../src/simulator/packet/input.ts';
import { createSimulation, type Simulation } from '../../src/simulator/simulation.ts';
import { baseChain, host, router, rule, table, tcp } from './hosts.ts';

const [fin, syn, rst, ack] = [1, 2, 4, 16];
const states = [
  ['invalid', 1],
  ['established', 2],
  ['related', 4],
  ['new', 8],
  ['untracked', 64],
] as const;

const watching = table('t', [
  baseChain(
    'p',
    'prerouting',
    0,
    states.map(([name, bit]) => rule(hasBits(ct('state'), bit), { ...counter, name } as typeof counter)),
  ),
]);

class Flow {
  private readonly simulation: Simulation;
  private before = new Map<string, number>();

  constructor(sysctls: Readonly<Record<string, string>> = {}) {
    const view = host({
      interfaces: { eth0: ['192.0.2.1/24'], br0: ['172.17.0.1/16'] },
      gateway: '192.0.2.254',
      sysctls,
    });
    this.simulation = createSimulation({
      hosts: [{ view: Object.keys(sysctls).length === 0 ? router : view, rulesets: [watching] }],
    });
  }

  /** The state in which a client's segment was seen. */
  client(flags: number, sequence: number, acknowledgement = 0): string {
    return this.see('eth0', { ...tcp('192.0.2.9', 5000, '172.17.0.2', 80, flags), sequence, acknowledgement });
  }

  server(flags: number, sequence: number, acknowledgement = 0): string {
    return this.see('br0', { ...tcp('172.17.0.2', 80, '192.0.2.9', 5000, flags), sequence, acknowledgement });
  }

  private see(interfaceName: string, packet: PacketInput): string {
    this.simulation.receive('host', interfaceName, packet);
    const now = new Map(states.map(([name]) => [name as string, this.simulation.counter('host', name) ?? 0]));
    const seen = [...now].filter(([name, count]) => count !== (this.before.get(name) ?? 0)).map(([name]) => name);
    this.before = now;
    return seen.join(' ');
  }

  /** A handshake: client at 1001, server at 5001. */
  open(): void {
    this.client(syn, 1000);
    this.server(syn | ack, 5000, 1001);
    this.client(ack, 1001, 5001);
  }
}

describe('states', () => {
  test('SYN, SYN/ACK, ACK [33]', () => {
    const flow = new Flow();
    expect([
      flow.client(syn, 1000),
      flow.client(syn, 1000),
      flow.server(syn | ack, 5000, 1001),
      flow.client(ack, 1001, 5001),
    ]).toEqual(['new', 'new', 'established', 'established']);
  });

  test('an ACK before the SYN/ACK is invalid [34]', () => {
    const flow = new Flow();
    flow.client(syn, 1000);
    expect(flow.client(ack, 1001, 5001)).toBe('invalid');
  });

  test('a reset that answers a SYN removes the entry [35]', () => {
    const flow = new Flow();
    flow.client(syn, 1000);
    expect(flow.server(rst | ack, 0, 1001)).toBe('established');
    expect(flow.client(syn, 2000)).toBe('new');
  });

  test.each([
    ['RST', rst],
    ['FIN', fin],
    ['SYN/ACK', syn | ack],
    ['nothing', 0],
    ['SYN+FIN', syn | fin],
    ['SYN+RST', syn | rst],
  ])('%s opens nothing [37]', (_, flags) => {
    expect(new Flow().client(flags, 1000)).toBe('invalid');
  });

  test('a bare ACK is picked up, unless the host is strict [38]', () => {
    expect(new Flow().client(ack, 1000, 7)).toBe('new');
    expect(new Flow({ 'net.netfilter.nf_conntrack_tcp_loose': '0' }).client(ack, 1000, 7)).toBe('invalid');
  });

  test('after both sides closed, a SYN opens a new connection [36]', () => {
    const flow = new Flow();
    flow.open();
    flow.client(fin | ack, 1001, 5001);
    flow.server(fin | ack, 5001, 1002);
    flow.client(ack, 1002, 5002);
    expect(flow.client(syn, 90_000)).toBe('new');
  });
});

describe('windows', () => {
  test('segments far ahead are invalid, both ways [39]', () => {
    const flow = new Flow();
    flow.open();
    expect(flow.client(ack, 1_001_001, 5001)).toBe('invalid');
    expect(flow.server(rst, 5_005_001)).toBe('invalid');
    expect(flow.client(ack, 1001, 5001)).toBe('established');
  });

  test('a liberal host accepts the ACK [39]', () => {
    const flow = new Flow({ 'net.netfilter.nf_conntrack_tcp_be_liberal': '1' });
    flow.open();
    expect(flow.client(ack, 1_001_001, 5001)).toBe('established');
  });

  test('a SYN inside a connection changes nothing [36]', () => {
    const flow = new Flow();
    flow.open();
    expect(flow.client(syn, 50_000)).toBe('established');
    expect(flow.server(ack, 5001, 1001)).toBe('established');
  });
});
