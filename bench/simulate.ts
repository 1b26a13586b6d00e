/** New flows per second through map-shaped rules, for growing maps: the cost should stay the same. Run: node scripts/run-bench.mjs */
import type { HostView } from '../src/host-view/host-view.ts';
import { parseAddress } from '../src/net/address.ts';
import { parseInterfaceAddress, parsePrefix } from '../src/net/prefix.ts';
import { concat, ct, meta, payload } from '../src/ruleset/expression.ts';
import type { Ruleset } from '../src/ruleset/ruleset.ts';
import type { MapElement, SetElement } from '../src/ruleset/set.ts';
import { accept, anyOf, equals, hasBits, inSet, type NatStatement } from '../src/ruleset/statement.ts';
import { addressValue, concatenation, integer, interfaceName } from '../src/ruleset/value.ts';
import { createSimulation } from '../src/simulator/simulation.ts';

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a constant of the benchmark is malformed');
  return value;
}

const view: HostView = {
  source: 'declared',
  name: 'host',
  interfaces: ['192.0.2.1/24', '172.17.0.1/16'].map((address, index) => ({
    name: index === 0 ? 'eth0' : 'br0',
    kind: index === 0 ? 'ethernet' : 'bridge',
    mac: undefined,
    mtu: 1500,
    up: true,
    addresses: [{ ...known(parseInterfaceAddress(address)), scope: 'universe', deprecated: false }],
    bridgePort: undefined,
  })),
  routes: [
    {
      destination: known(parsePrefix('0.0.0.0/0')),
      via: known(parseAddress('192.0.2.254')),
      interface: 'eth0',
      kind: 'unicast',
      metric: 0,
      table: 'main',
    },
  ],
  rules: [],
  neighbours: undefined,
  sysctls: { 'net.ipv4.ip_forward': '1' },
  capabilities: { brNetfilter: false, bridgeConntrack: false, bridgeName: false },
};

function containerAddress(index: number): ReturnType<typeof addressValue> {
  return addressValue({ family: 'ipv4', value: 0xac11_0002n + BigInt(index % 60_000) });
}

function rules(count: number): Ruleset {
  const port = (index: number): ReturnType<typeof integer> => integer(1024 + (index % 60_000));
  const protocol = (index: number): ReturnType<typeof integer> => integer(index < 60_000 ? 17 : 6);
  const published: MapElement[] = [];
  const allowed: SetElement[] = [];
  for (let index = 0; index < count; index++) {
    published.push({
      key: concatenation(protocol(index), port(index)),
      data: { kind: 'value', value: concatenation(containerAddress(index), integer(80)) },
      origins: [],
    });
    allowed.push({ value: concatenation(containerAddress(index), protocol(index), integer(80)), origins: [] });
  }
  const collection = { interval: false, counter: false, autoMerge: false, dynamic: false, timeout: undefined } as const;
  const dnat: NatStatement = {
    kind: 'nat',
    type: 'dnat',
    family: 'ip',
    address: {
      kind: 'expression',
      expression: {
        kind: 'map',
        key: concat(meta('l4proto'), payload('th', 'dport')),
        map: { kind: 'named', name: 'published' },
      },
    },
    port: undefined,
    shiftBase: undefined,
    flags: [],
  };
  const chain = (
    name: string,
    type: 'filter' | 'nat',
    hook: 'prerouting' | 'forward' | 'postrouting',
    priority: number,
  ) => ({
    name,
    base: { type, hook, priority, policy: type === 'nat' ? 'accept' : 'drop', devices: [] } as const,
  });
  const rule = (...statements: Ruleset['tables'][number]['chains'][number]['rules'][number]['statements']) => ({
    statements,
    origins: [],
  });
  return {
    tables: [
      {
        family: 'inet',
        name: 'bench',
        engine: 'nftables',
        chains: [
          {
            ...chain('dnat', 'nat', 'prerouting', -100),
            rules: [rule(anyOf(meta('iifname'), [interfaceName('eth0')]), dnat)],
          },
          {
            ...chain('forward', 'filter', 'forward', 0),
            rules: [
              rule(hasBits(ct('state'), 6), accept),
              rule(inSet(concat(payload('ip', 'daddr'), meta('l4proto'), payload('th', 'dport')), 'allowed'), accept),
            ],
          },
          {
            ...chain('masquerade', 'nat', 'postrouting', 100),
            rules: [
              rule(equals(meta('oifname'), interfaceName('eth0')), {
                ...dnat,
                type: 'masquerade',
                family: undefined,
                address: undefined,
              }),
            ],
          },
        ],
        sets: [
          {
            ...collection,
            kind: 'set',
            name: 'allowed',
            keyTypes: ['ipv4_addr', 'inet_proto', 'inet_service'],
            elements: allowed,
          },
        ],
        maps: [
          {
            ...collection,
            kind: 'map',
            name: 'published',
            keyTypes: ['inet_proto', 'inet_service'],
            dataTypes: ['ipv4_addr', 'inet_service'],
            elements: published,
          },
        ],
      },
    ],
  };
}

/** New flows per second of processor time to the published ports. */
export function flowsPerSecond(count: number, flows: number): number {
  const simulation = createSimulation({ hosts: [{ view, rulesets: [rules(count)] }] });
  const target = known(parseAddress('192.0.2.1'));
  const start = process.cpuUsage();
  let left = 0;
  for (let flow = 0; flow < flows; flow++) {
    const element = flow % count;
    const { ways } = simulation.receive('host', 'eth0', {
      source: { family: 'ipv4', value: 0xc000_0202n + BigInt((flow >> 14) & 0x7f) },
      destination: target,
      protocol: element < 60_000 ? 17 : 6,
      sourcePort: 1024 + (flow & 0x3fff),
      destinationPort: 1024 + (element % 60_000),
    });
    if (ways[0]?.outcomes[0]?.kind === 'left') left++;
  }
  if (left !== flows) throw new Error(`only ${left} of ${flows} packets went through`);
  const { user, system } = process.cpuUsage(start);
  return flows / ((user + system) / 1e6);
}

/** Prints one line a size. */
export function main(): void {
  flowsPerSecond(10, 20_000);
  for (const count of [10, 1000, 10_000, 100_000]) {
    process.stdout.write(
      `${count} published ports: ${Math.round(flowsPerSecond(count, 100_000))} new flows per second of processor time\n`,
    );
  }
}
