import { describe, expect, test } from 'vitest';
import { emptyLock } from '../../src/lock/lock.ts';
import { resolve } from '../../src/model/resolve.ts';
import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { containerNamed, modelOf, networkNamed, parsed, placeOf, resolved } from './support.ts';

describe('defaults', () => {
  test('a policy without a host block has an implied host', () => {
    const [host, ...others] = modelOf('network front { subnet 10.0.0.0/24 }\n').hosts;
    expect(others).toEqual([]);
    expect(host).toMatchObject({
      name: 'host',
      declared: false,
      interfaces: [],
      routes: [],
      ipForward: true,
      transit: true,
      protectHost: false,
      loopbackPublish: false,
      publishAddress: undefined,
      autoPorts: { first: 32768, last: 60999 },
      span: { start: 0, end: 0 },
    });
  });

  test('no files at all are an empty policy', () => {
    const { model, diagnostics, lock } = resolve([], emptyLock);
    expect(diagnostics).toEqual([]);
    expect(model.hosts).toHaveLength(1);
    expect(lock).toEqual(emptyLock);
  });

  test('of a network', () => {
    expect(networkNamed(modelOf('network front { subnet 10.0.0.0/24, fd00::/64 }\n'), 'front')).toMatchObject({
      networkKind: 'bridge',
      bridge: 'br-front',
      nic: undefined,
      hosts: [{ host: 'host', via: undefined }],
      mtu: 1500,
      icc: true,
      internal: false,
      masquerade: true,
      gatewayMode: 'nat',
      spoofingAllowed: false,
      unmanaged: false,
    });
  });

  test('the gateway is the first address of the subnet, or what `gateway` says', () => {
    const { subnets } = networkNamed(
      modelOf('network front { subnet 10.0.0.0/24, fd00::/64; gateway 10.0.0.254 }\n'),
      'front',
    );
    expect(subnets.ipv4 && formatAddress(subnets.ipv4.gateway)).toBe('10.0.0.254');
    expect(subnets.ipv6 && formatAddress(subnets.ipv6.gateway)).toBe('fd00::1');
  });
});

describe('what networks and containers inherit', () => {
  const policy = [
    'host edge { icc off; dns 9.9.9.9; dns-search example.org; publish-address 0.0.0.0 }',
    'network a { subnet 10.1.0.0/24 }',
    'network b { subnet 10.2.0.0/24; icc on; dns 1.1.1.1 }',
    'container x { attach a; publish 8080:80 }',
    'container y { attach b; dns-search example.net }',
    'container z { network host }',
  ].join('\n');

  test('icc is the host default unless the network says otherwise', () => {
    const model = modelOf(policy);
    expect([networkNamed(model, 'a').icc, networkNamed(model, 'b').icc]).toEqual([false, true]);
  });

  test('each list of name server settings on its own', () => {
    const model = modelOf(policy);
    const fromHost = { servers: ['9.9.9.9'], search: ['example.org'], options: [] };
    expect(networkNamed(model, 'a').dns).toEqual(fromHost);
    expect(containerNamed(model, 'x').dns).toEqual(fromHost);
    expect(containerNamed(model, 'y').dns).toEqual({ servers: ['1.1.1.1'], search: ['example.net'], options: [] });
    expect(containerNamed(model, 'z').dns).toEqual(fromHost);
  });

  test('publish-address 0.0.0.0 is every IPv4 address', () => {
    expect(containerNamed(modelOf(policy), 'x').publications[0]?.listener).toEqual({ kind: 'all', families: ['ipv4'] });
  });
});

describe('networks', () => {
  test('gateway-mode isolated implies internal', () => {
    const network = networkNamed(modelOf('network a { subnet 10.0.0.0/24; gateway-mode isolated }\n'), 'a');
    expect([network.gatewayMode, network.internal]).toEqual(['isolated', true]);
  });

  test('options are taken over', () => {
    const text =
      'network a { bridge docker0; subnet 10.0.0.0/24; mtu 9000; masquerade off; spoofing allowed; unmanaged; icc off; internal }\n';
    expect(networkNamed(modelOf(text), 'a')).toMatchObject({
      bridge: 'docker0',
      mtu: 9000,
      masquerade: false,
      spoofingAllowed: true,
      unmanaged: true,
      icc: false,
      internal: true,
    });
  });

  test('switch, physical and macvlan networks are resolved, whoever compiles them', () => {
    const model = modelOf(
      [
        'network blue { switch ovs1; vlan 100; subnet 10.1.0.0/24 }',
        'network lan { physical br0 on eno1; subnet 192.168.1.0/24; gateway 192.168.1.1 }',
        'network direct { macvlan on eno2; subnet 192.168.2.0/24 }',
        'network over { subnet 10.5.0.0/24; vxlan 42 }',
      ].join('\n'),
    );
    expect(
      model.networks.map(({ networkKind, bridge, nic, vlan, vxlan }) => [networkKind, bridge, nic, vlan, vxlan]),
    ).toEqual([
      ['switch', 'ovs1', undefined, 100, undefined],
      ['physical', 'br0', 'eno1', undefined, undefined],
      ['macvlan', 'eno2', 'eno2', undefined, undefined],
      ['bridge', 'br-over', undefined, undefined, 42],
    ]);
  });

  test('several hosts: a network is where it says', () => {
    const model = modelOf(
      'host a { icc off }\nhost b { }\nnetwork x on b { subnet 10.1.0.0/24 }\nnetwork y { switch ovs1; vlan 7; subnet 10.2.0.0/24; on a via eth0, b via eth1 }\n',
    );
    expect(networkNamed(model, 'x')).toMatchObject({ hosts: [{ host: 'b', via: undefined }], icc: true });
    expect(networkNamed(model, 'y')).toMatchObject({
      hosts: [
        { host: 'a', via: 'eth0' },
        { host: 'b', via: 'eth1' },
      ],
      icc: false,
    });
  });
});

describe('containers', () => {
  test('aliases hold everywhere, or on the network they name', () => {
    const model = modelOf(
      'network a { subnet 10.1.0.0/24 }\nnetwork b { subnet 10.2.0.0/24 }\ncontainer x { attach a { alias inner }; attach b; alias www; alias db on b; hostname web-1 }\n',
    );
    const container = containerNamed(model, 'x');
    expect(container.aliases).toEqual(['www']);
    expect(container.endpoints.map(({ aliases }) => aliases)).toEqual([['inner'], ['db']]);
    expect(container.hostname).toBe('web-1');
  });

  test('attachment options are taken over', () => {
    const model = modelOf(
      'network a { subnet 10.1.0.0/24 }\ncontainer x { attach a 10.1.0.9 { port vethx; mac 02:42:AC:11:00:02; gateway 10.1.0.254 } }\n',
    );
    const [endpoint] = containerNamed(model, 'x').endpoints;
    expect(endpoint).toMatchObject({ container: 'x', port: 'vethx', mac: '02:42:ac:11:00:02' });
    expect(endpoint?.gateways.map(formatAddress)).toEqual(['10.1.0.254']);
  });

  test('routes and plumbing', () => {
    const model = modelOf(
      'network a { subnet 192.168.10.0/24 }\ncontainer x { network none; plumb eth0 192.168.10.100/24 via 192.168.10.1 on a; route default via 192.168.10.1 }\n',
    );
    const { routes, plumbs, mode } = containerNamed(model, 'x');
    expect(mode).toEqual({ kind: 'none' });
    expect(routes.map(({ destination, via }) => [formatPrefix(destination), formatAddress(via)])).toEqual([
      ['0.0.0.0/0', '192.168.10.1'],
    ]);
    expect(plumbs[0]).toMatchObject({ interface: 'eth0', network: { name: 'a' } });
  });
});

describe('errors', () => {
  test('all of a policy are found in one run', () => {
    const { diagnostics, model } = resolved(
      [
        'network front { subnet 172.17.0.0/16; icc on; icc off }',
        'network front { subnet 10.0.0.0/24 }',
        'container web { attach fornt; publish 8080:80 }',
        'container db { attach front }',
        'allow web -> dbb 80/tcp',
        'deny any -> db icmp echo-reqest',
        'link db -> front',
        'expect db -> web 80/tcp reaches nobody 80/tcp',
      ].join('\n'),
    );
    expect(diagnostics.map((diagnostic) => [diagnostic.code, placeOf(diagnostic)])).toEqual([
      ['CTFW2005', 'icc off'],
      ['CTFW2001', 'front'],
      ['CTFW2003', 'fornt'],
      ['CTFW2003', 'dbb'],
      ['CTFW2007', 'echo-reqest'],
      ['CTFW2004', 'front'],
      ['CTFW2003', 'nobody'],
    ]);
    expect(model.containers.map(({ name }) => name)).toEqual(['web', 'db']);
    expect(model.access).toEqual([]);
  });

  test('an unknown name gets a suggestion of the right kind', () => {
    const { diagnostics } = resolved('zone fron = 10.1.0.0/16\nnetwork front { }\ncontainer web { attach frnt }\n');
    expect(diagnostics.map(({ message, help }) => [message, help])).toEqual([
      ['no network is declared under the name `frnt`', 'did you mean `front`?'],
    ]);
  });

  test('a duplicate shows both places, whatever the two kinds are', () => {
    const { diagnostics } = resolved('zone a = 10.1.0.0/16\ncontainer a { network none }\nservice a = 22/tcp\n');
    expect(
      diagnostics.map(({ message, span, related }) => [message, span.start, related.map((place) => place.span.start)]),
    ).toEqual([['`a` is already the name of a zone, and is declared here as a container', 31, [5]]]);
  });

  test('nothing resolves to something wider: a statement whose side is unknown is left out', () => {
    const { model } = resolved(
      'container a { network none }\nallow a, b -> c\nallow a, b -> a\nallow a -> a nothing\n',
    );
    expect(
      model.access.map(({ from }) => from.map((subject) => ('name' in subject ? subject.name : subject.kind))),
    ).toEqual([['a']]);
  });

  test('the implied host has no name to be spoken of', () => {
    const { diagnostics } = resolved('allow any -> host 22/tcp\n');
    expect(diagnostics.map(({ code, help }) => [code, help])).toEqual([
      ['CTFW2003', 'to speak of the host, declare it: `host NAME { }`'],
    ]);
  });

  test('a service in the place of a subject, and the reverse, are named as what they are', () => {
    const { diagnostics } = resolved(
      'service dns = 53/udp\nzone inet = any\nallow dns -> inet\nallow inet -> 10.0.0.1 inet\n',
    );
    expect(diagnostics.map(({ code, help }) => [code, help])).toEqual([
      ['CTFW2003', '`dns` is a service, and services come after both sides'],
      ['CTFW2006', '`inet` is a zone; several subjects of one side are separated by commas'],
    ]);
  });

  test('many unknown names among many declared ones take no time to speak of', () => {
    const lines = Array.from({ length: 4000 }, (_, index) => `container c${index} { attach nowhere${index} }`);
    expect(resolved(lines.join('\n')).diagnostics).toHaveLength(4000);
  });
});

test('several files share one name space', () => {
  const { diagnostics, model } = resolve(
    [
      parsed('network a { subnet 10.1.0.0/24 }\n', 'one.ctfw'),
      parsed('container x { attach a }\nzone a = any\n', 'two.ctfw'),
    ],
    emptyLock,
  );
  expect(model.containers[0]?.endpoints[0]?.network.name).toBe('a');
  expect(diagnostics.map(({ code, span, related }) => [code, span.file.name, related[0]?.span.file.name])).toEqual([
    ['CTFW2001', 'two.ctfw', 'one.ctfw'],
  ]);
});
