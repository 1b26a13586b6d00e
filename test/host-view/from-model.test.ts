import { describe, expect, test } from 'vitest';
import { hostViewOf } from '../../src/host-view/from-model.ts';
import type { HostView, InterfaceView } from '../../src/host-view/host-view.ts';
import { routingOf } from '../../src/host-view/routing.ts';
import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { modelOf } from '../model/support.ts';
import { address, shown } from './view.ts';

function viewOf(text: string, index = 0): HostView {
  const model = modelOf(text);
  const host = model.hosts[index];
  if (host === undefined) throw new Error('no host');
  return hostViewOf(model, host);
}

function interfaceNamed(view: HostView, name: string): InterfaceView {
  const found = view.interfaces.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no interface ${name}`);
  return found;
}

function routes(view: HostView): string[] {
  return view.routes.map(
    ({ destination, via, interface: out, metric }) =>
      `${formatPrefix(destination)} ${shown(via) ?? 'on link'} ${out} ${metric}`,
  );
}

const edge = [
  'host edge {',
  '  interface lan0 { address 192.168.1.5/24, 192.168.1.6/24; mtu 9000 }',
  '  interface wan0 { address 203.0.113.10/24, 2001:db8:1::10/64, 2001:db8:1::11/64, fe80::9/64 }',
  '  route default via 203.0.113.1',
  '  route default via fe80::1 on wan0',
  '  route 10.9.0.0/16 via 172.17.0.9',
  '}',
  'network front { bridge docker0; subnet 172.17.0.0/16, fd00:17::/64; mtu 1400 }',
  'network back { subnet 172.18.0.0/16; gateway-mode isolated }',
  'network own { subnet 172.19.0.0/16; unmanaged }',
  'network blue { switch ovs1; vlan 1; subnet 172.20.0.0/16 }',
  'container web { attach front { port vethweb }; attach back; attach own }',
  'container db { attach back }',
  '',
].join('\n');

describe('the view of a policy', () => {
  const view = viewOf(edge);

  test('says where it comes from and what it takes for granted', () => {
    expect(view).toMatchObject({
      source: 'declared',
      name: 'edge',
      neighbours: undefined,
      capabilities: { brNetfilter: true, bridgeConntrack: false, bridgeName: false },
      sysctls: {
        'net.ipv4.ip_forward': '1',
        'net.ipv6.conf.all.forwarding': '1',
        'net.bridge.bridge-nf-call-iptables': '1',
        'net.bridge.bridge-nf-call-ip6tables': '1',
      },
    });
  });

  test('has the interfaces of the host, then bridges, then a port an endpoint', () => {
    expect(
      view.interfaces.map(({ name, kind, mtu, bridgePort }) => [
        name.replace(/[0-9a-f]{8}$/, '#'),
        kind,
        mtu,
        bridgePort?.bridge,
      ]),
    ).toEqual([
      ['lo', 'loopback', 65536, undefined],
      ['lan0', 'ethernet', 9000, undefined],
      ['wan0', 'ethernet', 1500, undefined],
      ['ovs1', 'switch', 1500, undefined],
      ['docker0', 'bridge', 1400, undefined],
      ['br-back', 'bridge', 1500, undefined],
      ['br-own', 'bridge', 1500, undefined],
      ['vethweb', 'veth', 1400, 'docker0'],
      ['veth#', 'veth', 1500, 'br-back'],
      ['veth#', 'veth', 1500, 'br-own'],
      ['veth#', 'veth', 1500, 'br-back'],
    ]);
    expect(
      view.interfaces
        .flatMap(({ bridgePort }) => bridgePort ?? [])
        .every(({ hairpin, isolated }) => hairpin && !isolated),
    ).toBe(true);
  });

  test('holds addresses as the kernel does: IPv4 as added, of IPv6 the newest first', () => {
    const show = (name: string): string[] =>
      interfaceNamed(view, name).addresses.map(
        (entry) => `${formatAddress(entry.address)}/${entry.length} ${entry.scope}`,
      );
    expect(show('lo')).toEqual(['127.0.0.1/8 host', '::1/128 host']);
    expect(show('lan0')).toEqual(['192.168.1.5/24 universe', '192.168.1.6/24 universe']);
    expect(show('wan0')).toEqual([
      '203.0.113.10/24 universe',
      'fe80::9/64 link',
      '2001:db8:1::11/64 universe',
      '2001:db8:1::10/64 universe',
    ]);
    expect(show('docker0')).toEqual(['172.17.0.1/16 universe', 'fd00:17::1/64 universe']);
    expect(show('br-back')).toEqual([]);
    expect(show('br-own')).toEqual(['172.19.0.1/16 universe']);
  });

  test('has connected and declared routes', () => {
    expect(routes(view)).toEqual([
      '192.168.1.0/24 on link lan0 0',
      '203.0.113.0/24 on link wan0 0',
      'fe80::/64 on link wan0 256',
      '2001:db8:1::/64 on link wan0 256',
      '172.17.0.0/16 on link docker0 0',
      'fd00:17::/64 on link docker0 256',
      '172.19.0.0/16 on link br-own 0',
      '0.0.0.0/0 203.0.113.1 wan0 0',
      '::/0 fe80::1 wan0 1024',
      '10.9.0.0/16 172.17.0.9 docker0 0',
    ]);
  });

  test('routes and masquerades as the host will', () => {
    const routing = routingOf(view);
    expect(routing.lookup(address('172.17.0.9'))).toEqual({ interface: 'docker0', via: undefined });
    expect(routing.lookup(address('8.8.8.8'))).toEqual({ interface: 'wan0', via: address('203.0.113.1') });
    expect(routing.lookup(address('172.17.0.1'))).toBe('local');
    expect(shown(routing.masqueradeAddress('wan0', address('203.0.113.1')))).toBe('203.0.113.10');
    expect(shown(routing.masqueradeAddress('wan0', address('2606:4700::1')))).toBe('2001:db8:1::11');
  });
});

describe('port names', () => {
  const policy = (names: readonly string[]): string =>
    `network front { subnet 172.17.0.0/16 }\n${names.map((name) => `container ${name} { attach front }`).join('\n')}\n`;
  const names = (text: string): Record<string, string> => {
    const ports = viewOf(text).interfaces.filter(({ kind }) => kind === 'veth');
    return Object.fromEntries(modelOf(text).containers.map(({ name }, index) => [name, ports[index]?.name ?? '']));
  };

  test('do not depend on what else is there, and fit', () => {
    const few = names(policy(['web', 'db']));
    const many = names(policy(['x', 'db', 'y', 'web']));
    expect([many.web, many.db]).toEqual([few.web, few.db]);
    expect(few.web).toMatch(/^veth[0-9a-f]{8}$/);
  });

  test('are all different', () => {
    const all = Object.values(names(policy(Array.from({ length: 60_000 }, (_, index) => `c${index}`))));
    expect(new Set(all).size).toBe(60_000);
  });
});

describe('settings', () => {
  const network =
    'network front { subnet 172.17.0.0/16 }\nnetwork routed { subnet 172.18.0.0/16; gateway-mode routed }\n';
  const localnet = (text: string): string[] =>
    Object.keys(viewOf(text).sysctls).filter((name) => name.endsWith('route_localnet'));

  test('ip-forward off is both families', () => {
    expect(viewOf('host h { ip-forward off }\n').sysctls).toMatchObject({
      'net.ipv4.ip_forward': '0',
      'net.ipv6.conf.all.forwarding': '0',
    });
  });

  for (const [text, expected] of [
    ['container x { attach front; publish 127.0.0.1:8080:80 }', ['net.ipv4.conf.br-front.route_localnet']],
    ['container x { attach front; publish 8080:80 }', []],
    [
      'host h { loopback-publish on }\ncontainer x { attach front; publish 8080:80 }',
      ['net.ipv4.conf.br-front.route_localnet'],
    ],
    ['host h { loopback-publish on }\ncontainer x { attach front; publish 192.168.1.5:8080:80 }', []],
    ['host h { loopback-publish on }\ncontainer x { attach routed; publish 8080:80 }', []],
  ] as const)
    test(`route_localnet: ${text}`, () => expect(localnet(`${network}${text}\n`)).toEqual(expected));
});

test('each host of a policy has a view of its own networks', () => {
  const text =
    'host a { }\nhost b { }\nnetwork x on a { subnet 10.0.0.0/24 }\nnetwork y on b { subnet 10.1.0.0/24 }\ncontainer p { attach x }\ncontainer q { attach y }\n';
  expect(
    [0, 1].map((index) =>
      viewOf(text, index)
        .interfaces.filter(({ kind }) => kind !== 'veth')
        .map(({ name }) => name),
    ),
  ).toEqual([
    ['lo', 'br-x'],
    ['lo', 'br-y'],
  ]);
  expect(viewOf(text, 1).interfaces.filter(({ kind }) => kind === 'veth')).toHaveLength(1);
});

test('addresses on lo are added to those it has', () => {
  const view = viewOf('host h { interface lo { address 10.7.7.7/32 } }\n');
  expect(
    view.interfaces.map(({ name, addresses }) => [name, addresses.map((entry) => formatAddress(entry.address))]),
  ).toEqual([['lo', ['127.0.0.1', '10.7.7.7', '::1']]]);
  expect(routes(view)).toEqual([]);
});

describe('addresses that publications name', () => {
  const published =
    'network front { subnet 172.17.0.0/16 }\ncontainer web { attach front; publish 192.0.2.9:80:80, 192.0.2.9:81:81, 127.0.0.1:82:82 }\n';

  test('are the own ones of a host of which the policy says no interface', () => {
    const view = viewOf(published);
    expect(
      interfaceNamed(view, 'lo').addresses.map(({ address: one, length }) => `${formatAddress(one)}/${length}`),
    ).toEqual(['127.0.0.1/8', '192.0.2.9/32', '::1/128']);
    expect(routingOf(view).lookup(address('192.0.2.9'))).toBe('local');
  });

  test('are where the policy says them, and nowhere else', () => {
    const view = viewOf(`host box { interface eth0 { address 192.0.2.9/24 } }\n${published}`);
    expect(interfaceNamed(view, 'lo').addresses.length).toBe(2);
  });
});
