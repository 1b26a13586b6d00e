import { describe, expect, test } from 'vitest';
import { labTopology } from '../../src/lab/build-topology.ts';
import { encodeMoves, encodeTopology } from '../../src/lab/encode-topology.ts';
import { hostNamespace, type LabNamespace, type Topology } from '../../src/lab/topology.ts';
import { formatAddress } from '../../src/net/address.ts';
import { parseMac } from '../../src/net/mac.ts';
import { port } from '../../src/net/port.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import {
  aContainer,
  aHost,
  aModel,
  aNetwork,
  anEndpoint,
  cidr,
  edgeModel,
  held,
  ip,
  nowhere,
} from './support/models.ts';

function namespace(topology: Topology, name: string): LabNamespace {
  const found = topology.namespaces.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no namespace ${name}`);
  return found;
}

const addressesOf = ({ addresses }: LabNamespace): string[] =>
  addresses.map(({ interface: name, ...address }) => `${name} ${formatPrefix(address)}`);

const routesOf = ({ routes }: LabNamespace): string[] =>
  routes.map(({ destination, via, interface: name }) =>
    [formatPrefix(destination), via === undefined ? 'on link' : formatAddress(via), name].join(' '),
  );

const sysctl = ({ sysctls, interfaceSysctls }: LabNamespace, name: string): string | undefined =>
  [...sysctls, ...interfaceSysctls].findLast((entry) => entry.name === name)?.value;

describe('a host with two wires and two networks', () => {
  const { model, host } = edgeModel();
  const topology = labTopology(model, host);

  test('one namespace for the host, each container that has its own, and each wire', () => {
    expect(topology.namespaces.map(({ name }) => name)).toEqual([
      'host',
      'container/web',
      'container/app',
      'container/db',
      'outside/lan0',
      'outside/wan0',
    ]);
    expect(topology.containers).toEqual({
      web: 'container/web',
      app: 'container/app',
      db: 'container/db',
      metrics: 'container/web',
      agent: 'host',
    });
  });

  test('the host holds its addresses and the gateways', () => {
    const hostSide = namespace(topology, hostNamespace);
    expect(addressesOf(hostSide)).toEqual([
      'lan0 192.168.1.5/24',
      'lan0 2001:db8:2::5/64',
      'wan0 203.0.113.10/24',
      'wan0 2001:db8:1::10/64',
      'br-front 172.17.0.1/16',
      'br-front fd00:17::1/64',
      'br-back 172.18.0.1/16',
      'br-back fd00:18::1/64',
    ]);
    expect(routesOf(hostSide)).toEqual(['0.0.0.0/0 203.0.113.1 wan0', '::/0 2001:db8:1::1 wan0']);
    expect(hostSide.bridges.map(({ name, mtu }) => `${name} ${mtu}`)).toEqual(['br-front 1500', 'br-back 1500']);
  });

  test('containers leave by their first network that is not internal', () => {
    expect(addressesOf(namespace(topology, 'container/web'))).toEqual([
      'eth0 172.17.0.2/16',
      'eth0 fd00:17::2/64',
      'eth1 172.18.0.2/16',
      'eth1 fd00:18::2/64',
    ]);
    expect(routesOf(namespace(topology, 'container/web'))).toEqual([
      '0.0.0.0/0 172.17.0.1 eth0',
      '::/0 fd00:17::1 eth0',
    ]);
    expect(routesOf(namespace(topology, 'container/db'))).toEqual([]);
  });

  test('outside, the next hops of the host’s routes are held, and everything leads to the host', () => {
    const wan = namespace(topology, 'outside/wan0');
    expect(addressesOf(wan)).toEqual(['eth0 203.0.113.1/32', 'eth0 2001:db8:1::1/128']);
    expect(routesOf(wan)).toEqual([
      '203.0.113.0/24 on link eth0',
      '2001:db8:1::/64 on link eth0',
      '0.0.0.0/0 203.0.113.10 eth0',
      '::/0 2001:db8:1::10 eth0',
    ]);
    expect(wan.answersOn).toBe('eth0');
    expect(addressesOf(namespace(topology, 'outside/lan0'))).toEqual([
      'eth0 192.168.1.254/32',
      'eth0 2001:db8:2:0:ffff:ffff:ffff:ffff/128',
    ]);
  });

  test('every interface name is known once in its namespace, every MAC address once in the lab', () => {
    const ends = topology.links.flatMap((link) => link.ends);
    const names = [
      ...ends.map(({ namespace: name, interface: end }) => `${name} ${end}`),
      ...topology.namespaces.flatMap(({ name, bridges }) => bridges.map((bridge) => `${name} ${bridge.name}`)),
    ];
    expect(new Set(names).size).toBe(names.length);
    const macs = [
      ...ends.map(({ mac }) => mac),
      ...topology.namespaces.flatMap(({ bridges }) => bridges.map(({ mac }) => mac)),
    ];
    expect(new Set(macs).size).toBe(macs.length);
    expect(macs.every((mac) => parseMac(mac) === mac && Number.parseInt(mac.slice(0, 2), 16) % 4 === 2)).toBe(true);
  });

  test('what the policy serves is listened to', () => {
    expect(topology.served).toEqual([{ protocol: 'tcp', port: 80 }]);
  });

  test('the same policy gives the same lab', () => {
    const again = edgeModel();
    expect(labTopology(again.model, again.host)).toEqual(topology);
  });

  test.each([
    [{}, 'net.ipv4.ip_forward', '1'],
    [{}, 'net.ipv6.conf.all.forwarding', '1'],
    [{}, 'net.ipv4.conf.all.rp_filter', '0'],
    [{ reversePathFilter: 2 }, 'net.ipv4.conf.default.rp_filter', '2'],
    [{}, 'net.bridge.bridge-nf-call-iptables', '0'],
    [{ brNetfilter: true }, 'net.bridge.bridge-nf-call-iptables', '1'],
    [{ brNetfilter: true }, 'net.bridge.bridge-nf-call-ip6tables', '1'],
    [{ sysctls: { 'net.ipv4.ip_forward': '0' } }, 'net.ipv4.ip_forward', '0'],
    [{ sysctls: { 'net.ipv4.conf.lan0.route_localnet': '1' } }, 'net.ipv4.conf.lan0.route_localnet', '1'],
  ] as const)('settings %o set %s', (settings, name, value) => {
    expect(sysctl(namespace(labTopology(model, host, settings), hostNamespace), name)).toBe(value);
  });

  test('settings of single interfaces come when the interfaces are there', () => {
    const settings = { sysctls: { 'net.ipv4.conf.lan0.route_localnet': '1', 'net.ipv4.conf.all.log_martians': '1' } };
    const hostSide = namespace(labTopology(model, host, settings), hostNamespace);
    expect(hostSide.interfaceSysctls).toEqual([{ name: 'net.ipv4.conf.lan0.route_localnet', value: '1' }]);
  });
});

describe('hosts', () => {
  const front = aNetwork('front', 'docker0', ['172.17.0.1/16']);

  test('one without interfaces gets a wire of documentation addresses', () => {
    const host = aHost({ declared: false });
    const topology = labTopology(aModel({ hosts: [host], networks: [front] }), host);
    expect(addressesOf(namespace(topology, hostNamespace))).toEqual([
      'out0 192.0.2.1/24',
      'out0 2001:db8:ffff::1/64',
      'docker0 172.17.0.1/16',
    ]);
    expect(routesOf(namespace(topology, hostNamespace))).toEqual([
      '0.0.0.0/0 192.0.2.254 out0',
      '::/0 2001:db8:ffff::fffe out0',
    ]);
    expect(topology.outsides.out0?.addresses.map(formatAddress)).toEqual(['192.0.2.254', '2001:db8:ffff::fffe']);
  });

  test('the wire keeps out of the way of the policy’s own networks and names', () => {
    const host = aHost();
    const odd = aNetwork('odd', 'out0', ['192.0.2.1/25', '2001:db8:ffff::1/64']);
    const topology = labTopology(aModel({ hosts: [host], networks: [odd] }), host);
    expect(addressesOf(namespace(topology, hostNamespace)).slice(0, 2)).toEqual([
      'out1 198.51.100.1/24',
      'out1 2001:db8:fffe::1/64',
    ]);
  });

  test('the loopback interface is no wire', () => {
    const addresses = [held('127.0.0.1/8'), held('10.99.0.1/32'), held('::1/128')];
    const host = aHost({ interfaces: [{ name: 'lo', addresses, mtu: undefined, span: nowhere }] });
    const topology = labTopology(aModel({ hosts: [host] }), host);
    expect(addressesOf(namespace(topology, hostNamespace))).toEqual(['lo 10.99.0.1/32']);
    expect(topology.outsides).toEqual({});
  });

  test('the bridge of an isolated network has no address', () => {
    const host = aHost();
    const isolated = aNetwork('cell', 'br-cell', ['10.0.0.1/24'], { gatewayMode: 'isolated', internal: true });
    const topology = labTopology(aModel({ hosts: [host], networks: [isolated] }), host);
    expect(addressesOf(namespace(topology, hostNamespace)).filter((text) => text.startsWith('br-cell'))).toEqual([]);
  });

  test('networks of other hosts are left out, and switches are no bridges', () => {
    const host = aHost({ name: 'a' });
    const place = (name: string): { hosts: { host: string; via: undefined }[] } => ({
      hosts: [{ host: name, via: undefined }],
    });
    const networks = [
      aNetwork('here', 'br-here', ['10.0.1.1/24'], place('a')),
      aNetwork('there', 'br-there', ['10.0.2.1/24'], place('b')),
      aNetwork('blue', 'ovs1', ['10.0.3.1/24'], { networkKind: 'switch', vlan: 100, internal: true }),
    ];
    const containers = [
      aContainer('c', {
        endpoints: networks.map((network, index) => anEndpoint('c', network, [`10.0.${index + 1}.9`])),
      }),
    ];
    const topology = labTopology(aModel({ hosts: [host], networks, containers }), host);
    expect(topology.attachments.map(({ network }) => network)).toEqual(['here', 'blue']);
    expect(namespace(topology, hostNamespace).bridges.map(({ name }) => name)).toEqual(['br-here']);
    expect(namespace(topology, hostNamespace).switches?.map(({ name }) => name)).toEqual(['ovs1']);
    expect(topology.links.flatMap(({ ends }) => ends).find(({ bridge }) => bridge === 'ovs1')?.vlan).toEqual({
      kind: 'access',
      tag: 100,
    });
  });

  test.each([
    [{ loopbackPublish: true }, { kind: 'all', families: ['ipv4'] }, '1'],
    [{}, { kind: 'all', families: ['ipv4'] }, undefined],
    [{}, { kind: 'address', address: ip('127.0.0.1') }, '1'],
    [{}, { kind: 'address', address: ip('192.168.1.5') }, undefined],
  ] as const)('route_localnet on the bridge with host %o and listener %o', (overrides, listener, value) => {
    const host = aHost(overrides);
    const target = anEndpoint('web', front, ['172.17.0.2']);
    const range = { first: port(80), last: port(80) };
    const publication = {
      container: 'web',
      target,
      listener,
      protocol: 'tcp',
      hostPorts: range,
      containerPorts: range,
      from: undefined,
      span: nowhere,
    } as const;
    const web = aContainer('web', { endpoints: [target], publications: [publication] });
    const topology = labTopology(aModel({ hosts: [host], networks: [front], containers: [web] }), host);
    expect(sysctl(namespace(topology, hostNamespace), 'net.ipv4.conf.docker0.route_localnet')).toBe(value);
  });
});

describe('containers', () => {
  const host = aHost();
  const front = aNetwork('front', 'docker0', ['172.17.0.1/16', 'fd00:17::1/64'], { mtu: 1400 });
  const other = aNetwork('other', 'br-other', ['172.19.0.1/16']);

  test('written gateways, routes, ports and MAC addresses are taken', () => {
    const mac = parseMac('02:00:00:00:00:07');
    const web = aContainer('web', {
      endpoints: [
        anEndpoint('web', front, ['172.17.0.2'], { port: 'vethweb', ...(mac === undefined ? {} : { mac }) }),
        anEndpoint('web', other, ['172.19.0.2'], { gateways: [ip('172.19.0.254')] }),
      ],
      routes: [{ destination: cidr('10.0.0.0/8'), via: ip('172.17.0.9'), span: nowhere }],
    });
    const topology = labTopology(aModel({ hosts: [host], networks: [front, other], containers: [web] }), host);
    expect(routesOf(namespace(topology, 'container/web'))).toEqual([
      '10.0.0.0/8 172.17.0.9 eth0',
      '0.0.0.0/0 172.19.0.254 eth1',
    ]);
    const [first] = topology.attachments;
    expect(first).toMatchObject({ port: 'vethweb', mac: '02:00:00:00:00:07', interface: 'eth0' });
    const wire = topology.links.find(({ ends }) => ends[0].interface === 'vethweb');
    expect(wire).toMatchObject({ mtu: 1400, ends: [{ bridge: 'docker0' }, { namespace: 'container/web' }] });
  });

  test('a MAC address is that of the IPv4 address, as Docker gives them', () => {
    const web = aContainer('web', { endpoints: [anEndpoint('web', front, ['172.17.0.2'])] });
    const topology = labTopology(aModel({ hosts: [host], networks: [front], containers: [web] }), host);
    expect(topology.attachments[0]?.mac).toBe('02:42:ac:11:00:02');
  });

  test('a container of mode none has nothing but what is plumbed', () => {
    const plumb = {
      interface: 'eth0',
      addresses: [held('172.17.0.100/16')],
      via: ip('172.17.0.1'),
      network: front,
      span: nowhere,
    };
    const place = anEndpoint('wired', front, ['172.17.0.100'], {
      gateways: [plumb.via],
      wired: { interface: 'eth0', peer: undefined },
    });
    const containers = [
      aContainer('bare', { mode: { kind: 'none' } }),
      aContainer('wired', { mode: { kind: 'none' }, plumbs: [plumb], endpoints: [place] }),
    ];
    const topology = labTopology(aModel({ hosts: [host], networks: [front], containers }), host);
    expect(addressesOf(namespace(topology, 'container/bare'))).toEqual([]);
    expect(addressesOf(namespace(topology, 'container/wired'))).toEqual(['eth0 172.17.0.100/16']);
    expect(routesOf(namespace(topology, 'container/wired'))).toEqual(['0.0.0.0/0 172.17.0.1 eth0']);
    expect(topology.attachments.map(({ port: name }) => name)).toEqual([expect.stringMatching(/^veth[0-9a-f]{8}$/)]);
  });

  test('a connection is a wire with one address at each end', () => {
    const between = aNetwork('one', 'wire-b', [], { networkKind: 'wire', gatewayMode: 'isolated', internal: true });
    const toHost = aNetwork('two', 'wire-b2', [], {
      networkKind: 'wire',
      hosts: [{ host: host.name, via: undefined }],
      subnets: { ipv6: { prefix: cidr('fd00::2/128'), gateway: ip('fd00::1') } },
    });
    const end = (name: string, network: typeof between, own: string, peer: string) =>
      anEndpoint(name, network, [own], { wired: { interface: network.bridge, peer: ip(peer) } });
    const containers = [
      aContainer('a', { mode: { kind: 'none' }, endpoints: [end('a', between, '10.1.1.1', '10.1.1.2')] }),
      aContainer('b', {
        mode: { kind: 'none' },
        endpoints: [end('b', between, '10.1.1.2', '10.1.1.1'), end('b', toHost, 'fd00::2', 'fd00::1')],
      }),
    ];
    const topology = labTopology(aModel({ hosts: [host], networks: [between, toHost], containers }), host);
    expect(addressesOf(namespace(topology, 'container/a'))).toEqual(['wire-b 10.1.1.1/32']);
    expect(routesOf(namespace(topology, 'container/a'))).toEqual(['10.1.1.2/32 on link wire-b']);
    expect(addressesOf(namespace(topology, 'container/b'))).toEqual(['wire-b 10.1.1.2/32', 'wire-b2 fd00::2/128']);
    expect(routesOf(namespace(topology, hostNamespace))).toContain('fd00::2/128 on link wire-b2');
    expect(routesOf(namespace(topology, hostNamespace))).not.toContain('10.1.1.2/32 on link wire-b');
  });

  test('a bridge takes the NIC over: addresses, routes and containers are on the bridge, and the LAN does not answer for them', () => {
    const router = aHost({
      interfaces: [{ name: 'eno1', addresses: [held('192.168.1.4/24')], mtu: undefined, span: nowhere }],
      routes: [{ destination: cidr('0.0.0.0/0'), via: ip('192.168.1.1'), interface: 'eno1', span: nowhere }],
    });
    const lan = aNetwork('lan', 'br0', [], {
      networkKind: 'physical',
      nic: 'eno1',
      subnets: { ipv4: { prefix: cidr('192.168.1.0/24'), gateway: ip('192.168.1.1') } },
    });
    const web = aContainer('web', { endpoints: [anEndpoint('web', lan, ['192.168.1.100'])] });
    const topology = labTopology(aModel({ hosts: [router], networks: [lan], containers: [web] }), router);
    expect(addressesOf(namespace(topology, hostNamespace))).toEqual(['br0 192.168.1.4/24']);
    expect(routesOf(namespace(topology, hostNamespace))).toEqual(['0.0.0.0/0 192.168.1.1 br0']);
    expect(routesOf(namespace(topology, 'container/web'))).toEqual(['0.0.0.0/0 192.168.1.1 eth0']);
    expect(topology.moves).toEqual([{ namespace: 'host', nic: 'eno1', bridge: 'br0' }]);
    expect(topology.outsides.br0).toMatchObject({ namespace: 'outside/eno1', addresses: [ip('192.168.1.1')] });
    expect(namespace(topology, 'outside/eno1').notAnswered).toEqual([ip('192.168.1.4'), ip('192.168.1.100')]);
    const before = encodeTopology(topology).namespaces.find(({ name }) => name === 'host');
    expect(before?.addresses.map((one) => one.interface)).toEqual(['eno1']);
    expect(encodeMoves(topology)[0]).toMatchObject({ nic: 'eno1', addresses: [{ address: '192.168.1.4' }] });
  });
});
