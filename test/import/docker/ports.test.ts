import { describe, expect, test } from 'vitest';
import { container, importObjects, itemsOfWeb, network, published } from './support.ts';

const dual = network('front', {}, ['10.1.0.0/24', 'fd00:1::/64']);
const both = { IPAddress: '10.1.0.2', GlobalIPv6Address: 'fd00:1::2' };
const at = (HostIp: string, HostPort: string): object => ({ HostIp, HostPort });

describe('what the engine has bound', () => {
  test.each([
    ['both families', { '80/tcp': [at('0.0.0.0', '8080'), at('::', '8080')] }, 'publish 8080:80'],
    ['no address, as Podman writes it', { '80/tcp': [at('', '8080')] }, 'publish 8080:80'],
    ['IPv4 only', { '80/tcp': [at('0.0.0.0', '8080')] }, 'publish 0.0.0.0:8080:80'],
    ['IPv6 only', { '80/tcp': [at('::', '8080')] }, 'publish [::]:8080:80'],
    ['one address', { '80/tcp': [at('127.0.0.1', '8080')] }, 'publish 127.0.0.1:8080:80'],
    [
      'ports that differ by family',
      { '80/tcp': [at('0.0.0.0', '32768'), at('::', '32769')] },
      'publish 0.0.0.0:32768:80; publish [::]:32769:80',
    ],
    [
      'ranges, whatever their order',
      { '82/tcp': [at('', '9002')], '80/tcp': [at('', '9000')], '81/tcp': [at('', '9001')], '90/tcp': [at('', '90')] },
      'publish 9000-9002:80-82; publish 90:90',
    ],
    [
      'two ports of the host for one of the container',
      { '80/tcp': [at('', '81'), at('', '80')], '81/tcp': [at('', '82')] },
      'publish 80:80; publish 81-82:80-81',
    ],
    [
      'other protocols',
      { '80/sctp': [at('', '80')], '80/udp': [at('', '80')] },
      'publish 80:80/udp; publish 80:80/sctp',
    ],
  ])('%s', (_what, ports, expected) => {
    const imported = importObjects(published(ports, both), dual);
    expect(itemsOfWeb(imported)?.replace(/^.*?; expose [^;]*; /, '')).toBe(expected);
    expect(imported.codes).toEqual([]);
  });

  test('without IPv6 the proxy serves `::`, which is said once', () => {
    const ports = Object.fromEntries([80, 90].map((port) => [`${port}/tcp`, [at('0.0.0.0', '1'), at('::', '1')]]));
    const imported = importObjects(
      published({ ...ports, '90/tcp': [at('0.0.0.0', '2'), at('::', '2')] }),
      network('front'),
    );
    expect(itemsOfWeb(imported)).toContain('publish 1:80; publish 2:90');
    expect(imported.codes).toEqual(['CTFW6039']);
  });

  test('on `::` alone nothing can lead to a container without IPv6', () => {
    const imported = importObjects(published({ '80/tcp': [at('::', '1')] }), network('front'));
    expect(itemsOfWeb(imported)).toBe('attach front 10.1.0.2; expose 80/tcp');
    expect(imported.codes).toEqual(['CTFW6013']);
  });

  test('a port is published on the first network that leads outside', () => {
    const web = container('web', {
      NetworkSettings: {
        Ports: { '80/tcp': [at('', '80')] },
        Networks: { back: { IPAddress: '10.2.0.2' }, front: { IPAddress: '10.1.0.2' } },
      },
    });
    const back = network('back', { Internal: true }, ['10.2.0.0/24', 'fd00:2::/64']);
    expect(itemsOfWeb(importObjects(web, network('front'), back))).toBe(
      'attach front 10.1.0.2; attach back 10.2.0.2; expose 80/tcp; publish 80:80',
    );
    const alone = importObjects(
      container('web', { NetworkSettings: { Ports: { '80/tcp': [at('', '80')] }, Networks: { back: {} } } }),
      back,
    );
    expect(alone.codes).toEqual(['CTFW6013']);
  });
});

describe('what was asked for', () => {
  const asked = { PortBindings: { '80/tcp': [at('', '8080')] } };

  test('counts while the container is on its way', () => {
    const web = container('web', {
      State: { Status: 'restarting' },
      HostConfig: asked,
      NetworkSettings: { Networks: { front: { IPAMConfig: { IPv4Address: '10.1.0.9' } } } },
    });
    expect(itemsOfWeb(importObjects(web, network('front')))).toBe(
      'attach front 10.1.0.9; expose 80/tcp; publish 8080:80',
    );
  });

  test('is published where the network says, when no address was', () => {
    const options = { Options: { 'com.docker.network.bridge.host_binding_ipv4': '192.168.1.5' } };
    const web = container('web', {
      State: { Status: 'restarting' },
      HostConfig: asked,
      NetworkSettings: { Networks: { front: {} } },
    });
    expect(itemsOfWeb(importObjects(web, network('front', options)))).toContain('publish 192.168.1.5:8080:80');
  });

  test('and not bound, is reported', () => {
    const web = container('web', {
      HostConfig: asked,
      NetworkSettings: { Ports: { '80/tcp': null }, Networks: { front: { IPAddress: '10.1.0.2' } } },
    });
    const imported = importObjects(web, network('front'));
    expect(itemsOfWeb(imported)).toBe('attach front 10.1.0.2; expose 80/tcp');
    expect(imported.codes).toEqual(['CTFW6013']);
  });
});

test.each([
  [{ '80': [at('', '80')] }, []],
  [{ '0/tcp': [at('', '80')] }, ['CTFW6011']],
  [{ '80/tcp/x': [at('', '80')] }, ['CTFW6011']],
  [{ '80-81/tcp': [at('', '80')] }, ['CTFW6011']],
  [{ '80/tcp': [at('', '70000')] }, ['CTFW6011']],
  [{ '80/tcp': ['80'] }, ['CTFW6005']],
  [{ '80/tcp': [{ HostPort: 80 }] }, ['CTFW6005']],
  [{ '80/tcp': { HostPort: '80' } }, ['CTFW6005']],
])('%j', (ports, codes) => {
  const imported = importObjects(published(ports), network('front'));
  expect([...new Set(imported.codes)].filter((code) => code !== 'CTFW6012')).toEqual(codes);
});
