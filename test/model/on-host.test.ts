/** The model of one host of several: what is in it, and how the others look from there. */
import { describe, expect, test } from 'vitest';
import type { CheckedModel, Host, Subject } from '../../src/model/model.ts';
import { modelOnHost } from '../../src/model/on-host.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { modelOf } from './support.ts';

const policy = `
host a { interface eno1 { address 192.168.1.4/24 } }
host b { interface eth0 { address 192.168.1.6/24 } }
zone lan = 192.168.1.0/24 on eno1
zone far = 10.0.0.0/8 on eth0
network front on a { subnet 172.17.0.0/16 }
network back on b { subnet 172.18.0.0/16 }
network same on b { subnet 172.17.0.0/16 }
network mesh on a via eno1, b { vxlan 42; subnet 10.32.0.0/16 }
network blue on a via eno1 { switch ovs1; vlan 100; subnet 10.1.0.0/24 }
container web { attach front 172.17.0.2; attach blue 10.1.0.2 }
container db { attach back 172.18.0.2; publish 8080:80-80, 5432:5432 }
container one on a { attach mesh 10.32.0.2 }
container two on b { attach mesh 10.32.0.3; attach back 172.18.0.3 }
`;

function onHost(name: string, statements = ''): CheckedModel {
  const model = modelOf(policy.replace('8080:80-80', '8080:80') + statements) as CheckedModel;
  return modelOnHost(model, model.hosts.find((host) => host.name === name) as Host);
}

function shown(subject: Subject): string {
  switch (subject.kind) {
    case 'any':
      return 'any';
    case 'prefix':
      return formatPrefix(subject.prefix);
    case 'zone':
      return `zone ${subject.name} ${subject.prefixes.map(formatPrefix).join(', ')}`;
    case 'container':
      return `container ${subject.name} ${subject.endpoints.map(({ network }) => network.name).join(', ')}`;
    case 'host':
    case 'network':
      return `${subject.kind} ${subject.name}`;
  }
}

function sides(name: string, statements: string): readonly string[] {
  return onHost(name, statements).access.map(
    ({ from, to, services }) =>
      `${from.map(shown).join(' and ')} -> ${to.map(shown).join(' and ')} ${services.map((one) => (one.kind === 'ports' ? `${one.ports.first}` : one.kind)).join()}`,
  );
}

test('a zone is behind the bridge that took the place of its NIC, on the host that has that bridge', () => {
  const lans = `
host a { interface eth0 { address 192.168.1.4/24 } }
host b { interface eth0 { address 192.168.1.6/24 } }
zone lan = 192.168.1.0/24 on eth0
zone bridged = 192.168.1.0/24 on br0
zone left = 10.9.0.0/16 on br-old
network wide on a { physical br0 on eth0; subnet 192.168.1.0/24; gateway 192.168.1.1 }
network old on b { bridge br-old; subnet 10.9.0.0/24; unmanaged }
container web { attach wide 192.168.1.50 }
deny lan -> web 22/tcp
deny bridged -> b
deny left -> b
`;
  const model = modelOf(lans) as CheckedModel;
  const seen = model.hosts.map((host) => {
    const { zones, access } = modelOnHost(model, host);
    return [zones.map((zone) => `${zone.name} on ${zone.interface}`), access.length];
  });
  expect(seen).toEqual([
    [['lan on br0', 'bridged on br0'], 2],
    [['lan on eth0', 'left on br-old'], 2],
  ]);
});

test('a container that only itself may reach through its publication is told apart as any other', () => {
  const { containers } = onHost('b', 'container own on b { attach back 172.18.0.9; publish 81:81 from own, web }\n');
  const own = containers.find(({ name }) => name === 'own');
  expect(own?.publications.map(({ from }) => from?.map(shown))).toEqual([
    ['container own back', 'zone web 172.17.0.2/32'],
  ]);
});

describe('what a host has', () => {
  test('its networks that meet rules, its containers, and those behind its tunnels', () => {
    const model = onHost('a');
    expect(model.networks.map(({ name }) => name)).toEqual(['front', 'mesh']);
    expect(
      model.containers.map(({ name, endpoints }) => [
        name,
        ...endpoints.map((one) => `${one.network.name} ${one.port}`),
      ]),
    ).toEqual([
      ['web', 'front undefined'],
      ['one', 'mesh undefined'],
      ['two', 'mesh vxlan42'],
    ]);
    expect(model.containers.flatMap(({ publications }) => publications)).toEqual([]);
  });

  test('a NIC of a switch is seen as the switch, by zones too; zones on interfaces of others are not seen', () => {
    const model = onHost('a');
    expect(model.hosts[0]?.interfaces.map(({ name }) => name)).toEqual(['ovs1']);
    expect(model.zones.map(({ name, interface: on }) => [name, on])).toEqual([['lan', 'ovs1']]);
  });

  test('elsewhere: subnets of other hosts that are none of its own, and the ends of tunnels', () => {
    const { elsewhere } = onHost('a');
    expect(elsewhere?.subnets.map(formatPrefix)).toEqual(['172.18.0.0/16']);
    expect(elsewhere?.tunnels.map(({ interface: name, peers }) => [name, peers.map(({ host }) => host)])).toEqual([
      ['vxlan42', ['b']],
    ]);
  });

  test('a policy with one host and no switch is its own', () => {
    const model = modelOf('network front { subnet 172.17.0.0/16 }\ncontainer x { attach front }\n') as CheckedModel;
    expect(modelOnHost(model, model.hosts[0] as Host)).toBe(model);
  });
});

describe('statements', () => {
  test('others are zones of their addresses; a container on a switch is not there by its address on it', () => {
    expect(sides('a', 'allow web -> db 22/tcp\nallow b -> a 22/tcp\n')).toEqual([
      'container web front -> zone db 172.18.0.2/32 22',
      'zone b 192.168.1.6/32, 172.18.0.1/32, 172.17.0.1/32, 10.32.0.1/32 -> host a 22',
    ]);
    expect(sides('a', 'allow two -> lan 22/tcp\n')).toEqual([
      'container two mesh and zone two 172.18.0.3/32 -> zone lan 192.168.1.0/24 22',
    ]);
  });

  test('a network elsewhere is its containers when allowed, its subnet when denied', () => {
    expect(sides('a', 'allow web -> back 22/tcp\n')).toEqual([
      'container web front -> zone back 172.18.0.2/32, 172.18.0.3/32 22',
    ]);
    expect(sides('a', 'deny web -> back 22/tcp\n')[0]).toBe('container web front -> zone back 172.18.0.0/16 22');
  });

  test('a deny towards what another host publishes covers its ports there', () => {
    expect(sides('a', 'deny web -> db 80/tcp\n').slice(1)).toEqual([
      'container web front -> zone b 192.168.1.6/32, 172.18.0.1/32, 172.17.0.1/32, 10.32.0.1/32 8080',
    ]);
    expect(
      sides('a', 'deny web -> db\n')
        .slice(1)
        .map((one) => one.split(' ').at(-1)),
    ).toEqual(['8080', '5432']);
    expect(sides('a', 'deny web -> db 81/tcp\n')).toHaveLength(1);
    expect(sides('a', 'deny web -> db icmp\n')).toHaveLength(1);
  });

  test('what has a side that is nowhere in sight says nothing', () => {
    expect(sides('b', 'allow lan -> db 22/tcp\n')).toEqual([]);
  });
});
