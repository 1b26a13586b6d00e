/** Switches with VLANs, simulated on the hosts of the scenario that the kernel runs too: who hears whom is the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/compile.ts';
import { hostViewOf } from '../../src/host-view/from-model.ts';
import type { HostView } from '../../src/host-view/host-view.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import type { CheckedModel } from '../../src/model/model.ts';
import type { Link } from '../../src/simulator/network/network.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import { fixturesFolder } from '../support/fixtures.ts';
import { host, udp } from './hosts.ts';

const folder = join(fixturesFolder, 'valid/c4-vlans-across-hosts');
const text = readFileSync(join(folder, 'policy.ctfw'), 'utf8');

function modelOf(): CheckedModel {
  const { model } = check({ name: 'policy.ctfw', text }, () => ({ error: '' }), emptyLock);
  if (model === undefined) throw new Error('the scenario has errors');
  return model;
}

/** Every interface its own address on the link. */
function withMacs(view: HostView, number: number): HostView {
  const mac = (index: number) => `02:00:00:00:0${number}:${index.toString(16).padStart(2, '0')}`;
  return {
    ...view,
    interfaces: view.interfaces.map((one, index) => ({ ...one, mac: mac(index) as NonNullable<typeof one.mac> })),
  };
}

const containers = {
  test1: ['a', '10.1.0.1'],
  test2: ['a', '10.1.0.2'],
  test3: ['b', '10.1.0.3'],
  test4: ['b', '10.1.0.4'],
} as const;
type Name = keyof typeof containers;

describe('VLANs across hosts', () => {
  const model = modelOf();
  const views = new Map(model.hosts.map((one, index) => [one.name, withMacs(hostViewOf(model, one), index)]));
  const portOf = (name: Name): Link => {
    const [on] = containers[name];
    const blue = name === 'test1' || name === 'test3';
    const port = views.get(on)?.interfaces.find(({ bridgePort }) => {
      const vlan = bridgePort?.vlan;
      return vlan?.kind === 'access' && vlan.tag === (blue ? 100 : 200);
    });
    return { from: { host: on, interface: port?.name ?? '' }, to: { host: name, interface: 'eth0' } };
  };
  const names = Object.keys(containers) as Name[];
  const simulation = createSimulation({
    hosts: [
      ...[...views.values()].map((view) => ({ view })),
      ...names.map((name, index) => {
        const view = host({ interfaces: { eth0: [`${containers[name][1]}/24`] } });
        return { view: withMacs({ ...view, name }, index + 2) };
      }),
    ],
    links: [{ from: { host: 'a', interface: 'eno1' }, to: { host: 'b', interface: 'eno1' } }, ...names.map(portOf)],
  });

  function delivered(from: string, source: string, destination: string): readonly string[] {
    const { ways } = simulation.send(from, udp(source, 1, destination, 7));
    return ways.flatMap(({ outcomes }) =>
      outcomes.flatMap((outcome) => (outcome.kind === 'delivered' ? [`${outcome.host} ${outcome.interface}`] : [])),
    );
  }

  for (const from of names)
    for (const to of names.filter((name) => name !== from)) {
      const same = Number(from.at(-1)) % 2 === Number(to.at(-1)) % 2;
      test(`${from} is ${same ? '' : 'not '}heard by ${to}`, () => {
        expect(delivered(from, containers[from][1], containers[to][1])).toEqual(same ? [`${to} eth0`] : []);
      });
    }

  test('the hosts hear each other untagged, by their switches', () => {
    expect(delivered('a', '192.168.1.4', '192.168.1.6')).toEqual(['b ovs1']);
  });

  test('a container is not heard by a host', () => {
    expect(delivered('test1', '10.1.0.1', '192.168.1.4')).toEqual([]);
  });
});
