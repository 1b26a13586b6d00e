/** The networks that random cases are played in: a router with a LAN, the outside, and two bridges with containers. */
import type { HostConfig } from '../scenario/types.ts';
import { type FuzzCase, rulesOf } from './case.ts';

function container(address: string, gateway: string): HostConfig {
  const [first, , last] = address.split('.');
  return {
    ifaces: { eth0: { addr: [`172.${address}/16`, `fd${first}::${last}/64`] } },
    routes: [`default via 172.${gateway}`, `default via fd${first}::1`],
    listen: ['udp/80', 'tcp/80'],
  };
}

const wan: HostConfig = {
  ifaces: { eth0: {}, lo: { addr: ['8.8.8.8/32', '2001:4860::8888/128'] } },
  listen: ['udp/53', 'tcp/443'],
};

const outside: Record<string, HostConfig> = {
  wan: {
    ...wan,
    ifaces: { ...wan.ifaces, eth0: { addr: ['203.0.113.2/24', '2001:db8:1::2/64'] } },
    routes: ['default via 203.0.113.1', 'default via 2001:db8:1::1'],
  },
};

function outsideBehindRouter(fuzzed: FuzzCase): Record<string, HostConfig> {
  const rules = rulesOf(fuzzed, 'isp');
  return {
    isp: {
      forward: true,
      ifaces: {
        eth0: { addr: ['203.0.113.2/24', '2001:db8:1::2/64'] },
        eth1: { peer: 'wan:eth0', addr: ['198.51.100.1/24', '2001:db8:2::1/64'] },
      },
      routes: [
        'default via 198.51.100.2',
        'default via 2001:db8:2::2',
        '192.168.10.0/24 via 203.0.113.1',
        '172.16.0.0/12 via 203.0.113.1',
        'fd00::/8 via 2001:db8:1::1',
      ],
      listen: ['udp/9'],
      ...(rules.length > 0 && { ruleset: rules }),
    },
    wan: {
      ...wan,
      ifaces: { ...wan.ifaces, eth0: { addr: ['198.51.100.2/24', '2001:db8:2::2/64'] } },
      routes: ['default via 198.51.100.1', 'default via 2001:db8:2::1'],
    },
  };
}

/** The network of a case. */
export function hostsOf(fuzzed: FuzzCase): Record<string, HostConfig> {
  const { shape, sysctls } = fuzzed;
  const addresses = [
    '203.0.113.1/24',
    ...(shape.manyAddresses ? ['203.0.113.9/24', '198.18.0.1/24', '203.0.113.77/32'] : []),
  ];
  const exec = [
    ...(shape.isolated ? ['bridge link set dev vc1 isolated on', 'bridge link set dev vc2 isolated on'] : []),
    ...(shape.policyRouting
      ? [
          'ip rule add fwmark 1 table 100',
          'ip route add default via 192.168.10.2 table 100',
          'ip rule add from 172.18.0.0/16 table 100',
        ]
      : []),
  ];
  return {
    router: {
      ifaces: {
        eth0: { peer: 'lan:eth0', addr: ['192.168.10.1/24', 'fd10::1/64'] },
        eth1: { peer: shape.twoRouters ? 'isp:eth0' : 'wan:eth0', addr: [...addresses, '2001:db8:1::1/64'] },
        br0: { type: 'bridge', addr: ['172.17.0.1/16', 'fd17::1/64'] },
        vc1: { peer: 'c1:eth0', master: 'br0', ...(shape.hairpin && { hairpin: true }) },
        vc2: { peer: 'c2:eth0', master: 'br0' },
        br1: { type: 'bridge', addr: ['172.18.0.1/16', 'fd18::1/64'] },
        vc3: { peer: 'c3:eth0', master: 'br1' },
      },
      routes: ['default via 203.0.113.2', 'default via 2001:db8:1::2'],
      listen: ['udp/9', 'tcp/9'],
      sysctl: sysctls,
      ...(exec.length > 0 && { exec }),
    },
    lan: {
      ifaces: { eth0: { addr: ['192.168.10.2/24', '192.168.10.3/24', 'fd10::2/64'] } },
      routes: ['default via 192.168.10.1', 'default via fd10::1'],
      listen: ['udp/7', 'tcp/7'],
    },
    ...(shape.twoRouters ? outsideBehindRouter(fuzzed) : outside),
    c1: container('17.0.2', '17.0.1'),
    c2: container('17.0.3', '17.0.1'),
    c3: container('18.0.2', '18.0.1'),
  };
}
