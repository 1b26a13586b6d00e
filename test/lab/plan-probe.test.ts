import { describe, expect, test } from 'vitest';
import { labTopology } from '../../src/lab/build-topology.ts';
import { LabError } from '../../src/lab/lab-error.ts';
import { macOf } from '../../src/lab/link-layer.ts';
import { egress, probePlanner } from '../../src/lab/plan-probe.ts';
import { parseMac } from '../../src/net/mac.ts';
import { edgeModel, ip } from './support/models.ts';
import { probe } from './support/words.ts';

const { model, host } = edgeModel();
const topology = labTopology(model, host);
const plan = probePlanner(topology);
const web = topology.attachments.find(({ container, network }) => container === 'web' && network === 'back');

describe('where a probe starts', () => {
  test('a container’s own routes decide when no network is named', () => {
    expect(plan(probe('web -> 198.51.100.9 tcp/80'))).toEqual({
      namespace: 'container/web',
      mode: 'crafted',
      protocol: 6,
      destination: '198.51.100.9',
      destinationPort: 80,
      tcpFlags: 2,
    });
  });

  test('the named network gives the source, and a frame where the routes lead elsewhere', () => {
    expect(plan(probe('web@front -> 198.51.100.9 udp/53'))).toEqual({
      namespace: 'container/web',
      mode: 'crafted',
      protocol: 17,
      source: '172.17.0.2',
      destination: '198.51.100.9',
      destinationPort: 53,
    });
    expect(plan(probe('web@back -> 2001:db8::9 udp/53'))).toEqual({
      namespace: 'container/web',
      mode: 'crafted',
      protocol: 17,
      source: 'fd00:18::2',
      destination: '2001:db8::9',
      destinationPort: 53,
      frame: { interface: 'eth1', sourceMac: web?.mac, destinationMac: macOf('bridge', 'br-back') },
    });
    expect(plan(probe('web@back -> 172.18.0.3 udp/53')).frame).toBeUndefined();
  });

  test('a shared container stands where the other one does', () => {
    expect(plan(probe('metrics@back -> 172.18.0.3 udp/53'))).toMatchObject({
      namespace: 'container/web',
      source: '172.18.0.2',
    });
    expect(plan(probe('agent -> 172.18.0.3 udp/53')).namespace).toBe('host');
  });

  test('loopback addresses go out as a frame, except from the host', () => {
    expect(plan(probe('app -> 127.0.0.1 udp/53')).frame?.destinationMac).toBe(macOf('bridge', 'br-front'));
    expect(plan(probe('wan0: -> ::1 udp/53')).frame?.destinationMac).toBe(topology.outsides.wan0?.hostMac);
    expect(plan(probe('host -> 127.0.0.1 udp/53')).frame).toBeUndefined();
  });

  test('outside, a sender has the address of the next hop unless another is given', () => {
    expect(plan(probe('wan0: -> 203.0.113.10 icmp'))).toMatchObject({ source: '203.0.113.1', type: 8, code: 0 });
    expect(plan(probe('wan0: 198.51.100.1 -> 203.0.113.10 icmp')).source).toBe('198.51.100.1');
  });

  test('via names interface and neighbour', () => {
    const mac = parseMac('02:00:00:00:00:99');
    const more = { via: { interface: 'eth0', ...(mac === undefined ? {} : { mac }) } };
    expect(plan(probe('web 9.9.9.9 -> 172.17.0.3 udp/5', more)).frame).toMatchObject({
      interface: 'eth0',
      destinationMac: '02:00:00:00:00:99',
    });
    expect(plan(probe('web -> 172.17.0.3 udp/5', { via: { interface: 'eth1' } })).frame?.destinationMac).toBe(
      macOf('bridge', 'br-back'),
    );
    expect(
      plan(probe('web -> 172.17.0.3 tcp/5', { via: { interface: 'eth1' }, mode: 'socket' })).frame,
    ).toBeUndefined();
  });
});

describe('what cannot be sent', () => {
  test.each([
    ['nobody -> 172.17.0.3 udp/5', {}, 'The lab has no container nobody.'],
    ['app@back -> 172.17.0.3 udp/5', {}, 'Container app is not attached to network back.'],
    ['dmz0: -> 172.17.0.3 udp/5', {}, 'The lab’s host has no interface dmz0 to the outside.'],
    ['app -> 172.17.0.3 tcp', {}, 'A TCP, UDP or SCTP probe needs a destination port.'],
    ['app -> 172.17.0.3 udp/5', { via: { interface: 'eth7' } }, 'The probe’s sender has no interface eth7.'],
    [
      'host -> 172.17.0.3 udp/5',
      { via: { interface: 'lan0' } },
      'The probe does not say which neighbour on lan0 it is for.',
    ],
  ])('%s', (sentence, more, message) => {
    expect(() => plan(probe(sentence, more))).toThrow(new LabError(message.replace('’', "'")));
  });
});

test('flags, ICMP types, ports and TTL are passed on', () => {
  expect(plan(probe('app -> 172.17.0.2 tcp/1', { tcpFlags: ['syn', 'ack'], sourcePort: 9, ttl: 3 }))).toMatchObject({
    tcpFlags: 18,
    sourcePort: 9,
    ttl: 3,
  });
  expect(plan(probe('app -> fd00:17::2 icmpv6', { icmp: { type: 135, code: 1 } }))).toMatchObject({
    type: 135,
    code: 1,
  });
  expect(plan(probe('app -> fd00:17::2 icmpv6'))).toMatchObject({ type: 128, code: 0 });
});

test('the longest prefix leads out', () => {
  const namespace = topology.namespaces.find(({ name }) => name === 'container/web');
  expect(egress(namespace, ip('172.18.9.9'))).toBe('eth1');
  expect(egress(namespace, ip('172.19.9.9'))).toBe('eth0');
  const db = topology.namespaces.find(({ name }) => name === 'container/db');
  expect(egress(db, ip('172.19.9.9'))).toBeUndefined();
});
