/** Several hosts in one lab: what is joined, what answers where, and what belongs to whom. */
import { describe, expect, test } from 'vitest';
import { check } from '../../src/compile.ts';
import { policyTopology, topologyAt } from '../../src/lab/policy-topology.ts';
import type { LabNamespace, Topology } from '../../src/lab/topology.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { formatAddress } from '../../src/net/address.ts';

function topologyOf(text: string): Topology {
  const { model, diagnostics } = check({ name: 'policy.ctfw', text }, () => ({ error: '' }), emptyLock);
  if (model === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return policyTopology(model);
}

function named(topology: Topology, name: string): LabNamespace {
  const found = topology.namespaces.find((namespace) => namespace.name === name);
  if (found === undefined) throw new Error(`no ${name} among ${topology.namespaces.map((one) => one.name).join(', ')}`);
  return found;
}

const containers = `
network front on a { subnet 172.17.0.0/16 }
network back on b { subnet 172.18.0.0/16 }
container web { attach front 172.17.0.2 }
container db { attach back 172.18.0.2 }
container agent on b { network host }
`;

describe('two hosts', () => {
  const apart = `host a { interface eth0 { address 192.168.1.4/24 } }\nhost b { interface eth0 { address 192.168.2.6/24 } }\n${containers}`;
  const together = `host a { interface eth0 { address 192.168.1.4/24 }; route default via 192.168.1.1 }\nhost b { interface eth0 { address 192.168.1.6/24 }; route default via 192.168.1.4 }\n${containers}`;

  test('have namespaces, containers and MAC addresses of their own', () => {
    const topology = topologyOf(apart);
    expect(topology.namespaces.map(({ name }) => name).sort()).toEqual([
      'container/db',
      'container/web',
      'host/a',
      'host/b',
      'outside/a.eth0',
      'outside/b.eth0',
    ]);
    expect(topology.containers).toEqual({ web: 'container/web', db: 'container/db', agent: 'host/b' });
    expect(named(topology, 'host/a').bridges.map(({ name }) => name)).toEqual(['br-front']);
    const macs = topology.links.flatMap(({ ends }) => ends.map(({ mac }) => mac));
    expect(new Set(macs).size).toBe(macs.length);
    expect(topologyAt(topology, 'b').outsides.eth0?.namespace).toBe('outside/b.eth0');
  });

  test('on one link share a world that answers for everybody but them', () => {
    const topology = topologyOf(together);
    const world = named(topology, 'outside/a.eth0');
    expect(topology.namespaces.map(({ name }) => name)).not.toContain('outside/b.eth0');
    expect(world.notAnswered?.map(formatAddress)).toEqual(['192.168.1.4', '192.168.1.6']);
    expect(world.addresses.map(({ address }) => formatAddress(address))).toEqual(['192.168.1.1']);
    expect(world.bridges.map(({ name }) => name)).toEqual([world.answersOn]);
    const onBridge = topology.links.flatMap(({ ends }) => ends).filter(({ namespace }) => namespace === world.name);
    expect(onBridge.map(({ interface: name, bridge }) => [name, bridge])).toEqual([
      ['port0', 'eth0'],
      ['port1', 'eth0'],
    ]);
  });

  test('with one address cannot be on one link', () => {
    const topology = topologyOf(together.replace('192.168.1.6/24', '192.168.1.4/24'));
    expect(topology.namespaces.map(({ name }) => name)).toContain('outside/b.eth0');
  });
});

test('trunks of one switch network are one cable, and the switch has what its NIC had', () => {
  const topology = topologyOf(`host a { interface eno1 { address 192.168.1.4/24 } }
host b { interface eno1 { address 10.9.0.6/24 } }
network blue on a via eno1, b via eno1 { switch ovs1; vlan 100; subnet 10.1.0.0/24 }
container one on a { attach blue 10.1.0.2 }
container two on b { attach blue 10.1.0.3 }
`);
  const host = named(topology, 'host/a');
  expect(host.switches?.map(({ name }) => name)).toEqual(['ovs1']);
  expect(host.addresses.map((held) => [held.interface, formatAddress(held.address)])).toEqual([
    ['ovs1', '192.168.1.4'],
  ]);
  const trunk = topology.links
    .flatMap(({ ends }) => ends)
    .find(({ namespace, interface: name }) => namespace === 'host/a' && name === 'eno1');
  expect(trunk).toMatchObject({ bridge: 'ovs1', vlan: { kind: 'trunk', tags: [0, 100] } });
  expect(topologyAt(topology, 'b').outsides.ovs1?.namespace).toBe('outside/a.eno1');
  expect(topology.moves).toEqual([]);
});

test('an overlay is a tunnel of each host to the others', () => {
  const topology = topologyOf(`host a { interface eth0 { address 192.168.1.4/24 } }
host b { interface eth0 { address 192.168.1.6/24 } }
host c { interface eth0 { address 192.168.1.7/24 } }
network mesh on a, b, c { vxlan 42; subnet 10.32.0.0/16; mtu 1450 }
container one on a { attach mesh }
`);
  const [tunnel] = named(topology, 'host/b').tunnels ?? [];
  expect(
    tunnel && { ...tunnel, mac: '', local: formatAddress(tunnel.local), remotes: tunnel.remotes.map(formatAddress) },
  ).toEqual({
    interface: 'vxlan42',
    bridge: 'br-mesh',
    identifier: 42,
    port: 4789,
    mtu: 1450,
    mac: '',
    local: '192.168.1.6',
    remotes: ['192.168.1.4', '192.168.1.7'],
  });
});
