import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importDocker } from '../../../src/import/docker/import-docker.ts';
import { container, importObjects, itemsOfWeb, network } from './support.ts';

/** Every level of an inspected object that is read, with `KEY` where one more key can stand. */
const levels = [
  '[{"KEY": 1, "Name": "a", "HostConfig": {}, "NetworkSettings": {}}]',
  '[{"Name": "a", "HostConfig": {"KEY": 1}, "NetworkSettings": {}}]',
  '[{"Name": "a", "HostConfig": {}, "NetworkSettings": {}, "Config": {"KEY": 1}}]',
  '[{"Name": "a", "HostConfig": {}, "NetworkSettings": {"KEY": 1}}]',
  '[{"Name": "a", "HostConfig": {}, "NetworkSettings": {"Ports": {"80/tcp": [{"KEY": 1}]}}}]',
  '[{"Name": "a", "HostConfig": {}, "NetworkSettings": {"Networks": {"n": {"KEY": 1}}}}]',
  '[{"Name": "a", "HostConfig": {}, "NetworkSettings": {"Networks": {"n": {"IPAMConfig": {"KEY": 1}}}}}]',
  '[{"Name": "a", "HostConfig": {}, "NetworkSettings": {"Networks": {"n": {"DriverOpts": {"KEY": "1"}}}}}]',
  '[{"Name": "n", "Id": "000000000000", "Driver": "bridge", "IPAM": {}, "KEY": 1}]',
  '[{"Name": "n", "Id": "000000000000", "Driver": "bridge", "IPAM": {"KEY": 1}}]',
  '[{"Name": "n", "Id": "000000000000", "Driver": "bridge", "IPAM": {"Config": [{"KEY": 1}]}}]',
  '[{"Name": "n", "Id": "000000000000", "Driver": "bridge", "IPAM": {}, "Options": {"KEY": "1"}}]',
  '[{"Name": "n", "Id": "000000000000", "Driver": "bridge", "IPAM": {}, "Containers": {"c": {"KEY": 1}}}]',
  '[{"name": "n", "driver": "bridge", "subnets": [], "KEY": 1}]',
  '[{"name": "n", "driver": "bridge", "subnets": [{"KEY": 1}]}]',
  '[{"name": "n", "driver": "bridge", "subnets": [], "options": {"KEY": "1"}}]',
  '[{"name": "n", "driver": "bridge", "subnets": [], "containers": {"c": {"KEY": 1}}}]',
];

describe('no key that says something is dropped silently', () => {
  test.each(levels.flatMap((level) => ['Zzz', 'Image'].map((key) => [level, key] as const)))(
    '%s with %s',
    (level, key) => {
      const text = level.replace('KEY', key);
      const { diagnostics, ignored } = importDocker({ name: 'x.json', text });
      const at = level.indexOf('KEY') - 1;
      const places = [...diagnostics.map(({ span }) => span), ...ignored.flatMap((entry) => entry.places)];
      expect(places.some(({ start, end }) => start === at && end === at + key.length + 2)).toBe(true);
    },
  );
});

const words = [
  'web',
  '/web',
  'db',
  'host',
  'none',
  'null',
  'bridge',
  'macvlan',
  'overlay',
  'front',
  'container:web',
  'container:db',
  'running',
  'exited',
  '80/tcp',
  '80',
  '8080',
  '10.1.0.0/24',
  '10.1.0.2',
  'fd00::/64',
  'fd00::2',
  '0.0.0.0',
  '::',
  '::1',
  'true',
  'isolated',
  'routed',
  'a b',
  '"',
  '\n',
  '',
  '-',
  '# x',
  'any',
  '0',
  'é',
  '0123456789abcdef',
  'db:alias',
];
const keys = [
  'Id',
  'Name',
  'State',
  'Status',
  'HostConfig',
  'NetworkMode',
  'PortBindings',
  'Links',
  'Dns',
  'Config',
  'Hostname',
  'ExposedPorts',
  'NetworkSettings',
  'Ports',
  'Networks',
  'IPAddress',
  'GlobalIPv6Address',
  'MacAddress',
  'Aliases',
  'DNSNames',
  'GwPriority',
  'HostIp',
  'HostPort',
  'Driver',
  'IPAM',
  'Subnet',
  'Gateway',
  'Internal',
  'EnableIPv6',
  'Options',
  'Containers',
  'front',
  'bridge',
  '80/tcp',
  '53/udp',
  'name',
  'driver',
  'subnets',
  'subnet',
  'options',
  'com.docker.network.bridge.name',
  'com.docker.network.bridge.gateway_mode_ipv4',
  'parent',
  '__proto__',
  'constructor',
];
const scalar = fc.oneof(fc.constantFrom(...words), fc.constantFrom(null, true, false, 0, 80, -1, 1e30));
const value: fc.Memo<unknown> = fc.memo((depth) =>
  depth <= 1
    ? scalar
    : fc.oneof(
        scalar,
        fc.array(value(depth - 1), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), value(depth - 1), { maxKeys: 4 }),
      ),
);

/** An object that is nearly right: one or two parts of it are anything. */
const nearly = fc
  .tuple(
    fc.constantFrom(
      container('web', {
        NetworkSettings: {
          Ports: { '80/tcp': [{ HostIp: '', HostPort: '80' }] },
          Networks: { front: { IPAddress: '10.1.0.2' } },
        },
      }),
      container('db', { HostConfig: { NetworkMode: 'container:web' } }),
      network('front'),
      network('bridge', {}, ['10.2.0.0/24']),
      { name: 'pod', driver: 'bridge', network_interface: 'podman1', subnets: [{ subnet: '10.3.0.0/24' }] },
    ),
    fc.constantFrom(...keys),
    value(4),
    fc.nat(),
  )
  .map(([object, key, inserted, place]) => replacedAt(object, key, inserted, place));

function replacedAt(object: unknown, key: string, inserted: unknown, place: number): unknown {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return inserted;
  const entries = Object.entries(object);
  const chosen = entries[place % (entries.length + 1)];
  if (chosen === undefined) return Object.fromEntries([...entries, [key, inserted]]);
  const rest = Math.floor(place / (entries.length + 1));
  return Object.fromEntries(
    entries.map(([name, old]) => [name, name === chosen[0] ? replacedAt(old, key, inserted, rest) : old]),
  );
}

test('there is a policy exactly when nothing is an error, and every span lies in the text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.array(nearly, { maxLength: 5 }), value(5)),
      fc.constantFrom(undefined, 1),
      (content, indent) => {
        const text = JSON.stringify(content, undefined, indent) ?? '';
        const result = importDocker({ name: 'x.json', text });
        expect(result.file === undefined).toBe(result.diagnostics.some(({ severity }) => severity === 'error'));
        for (const { span } of result.diagnostics) expect(span.start <= span.end && span.end <= text.length).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});

test('any text is imported or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      for (const whole of [text, `[${text}]`, JSON.stringify([container(text), network(text)])]) {
        const result = importDocker({ name: 'x.json', text: whole });
        expect(result.file === undefined).toBe(result.diagnostics.some(({ severity }) => severity === 'error'));
      }
    }),
    { numRuns: 500 },
  );
});

test('names that no policy can say are replaced, never printed', () => {
  const hostile = 'web"\n} deny any -> any #';
  const { policy, codes } = importObjects(
    container(hostile, {
      NetworkSettings: { Networks: { 'a\nb': { IPAddress: '10.1.0.2', DNSNames: [hostile, 'x;y'] } } },
    }),
    network('a\nb'),
  );
  expect(policy?.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'network a-b',
    'container web----deny-any----any--',
  ]);
  expect(policy?.join('')).not.toContain(';y');
  expect(codes).toEqual(['CTFW6018', 'CTFW6032', 'CTFW6032', 'CTFW6018']);
});

test('references by name, id and the beginning of an id are the same', () => {
  const web = container('web', { NetworkSettings: { Networks: { front: { IPAddress: '10.1.0.2' } } } }) as {
    Id: string;
  };
  for (const target of ['web', web.Id, web.Id.slice(0, 12)]) {
    const { policy } = importObjects(
      web,
      container('db', { HostConfig: { NetworkMode: `container:${target}` } }),
      network('front'),
    );
    expect(policy).toContain('container db { network container:web }');
  }
});

test('circles of shared networks are found, however long', () => {
  const count = 2000;
  const objects = Array.from({ length: count }, (_, index) =>
    container(`c${index}`, { HostConfig: { NetworkMode: `container:c${(index + 1) % count}` } }),
  );
  expect(importObjects(...objects)).toMatchObject({ policy: undefined, codes: ['CTFW6015'] });
});

test('a network without its document is an error: its rules are not known', () => {
  const web = container('web', { NetworkSettings: { Networks: { front: { IPAddress: '10.1.0.2' } } } });
  expect(importObjects(web)).toMatchObject({ policy: undefined, codes: ['CTFW6015'] });
});

test('the order of networks is that of the default gateway', () => {
  const web = container('web', {
    NetworkSettings: {
      Networks: {
        a: { IPAddress: '10.1.0.2' },
        b: { IPAddress: '10.2.0.2' },
        c: { IPAddress: '10.3.0.2', GlobalIPv6Address: 'fd00:3::2' },
        d: { IPAddress: '10.4.0.2', GwPriority: 1 },
      },
    },
  });
  const networks = [
    network('a', { Internal: true }, ['10.1.0.0/24']),
    network('b', {}, ['10.2.0.0/24']),
    network('c', {}, ['10.3.0.0/24', 'fd00:3::/64']),
    network('d', {}, ['10.4.0.0/24']),
  ];
  expect(itemsOfWeb(importObjects(web, ...networks))?.match(/attach \w/g)).toEqual([
    'attach d',
    'attach c',
    'attach b',
    'attach a',
  ]);
});

describe('links', () => {
  const linked = (name: string, where: object): object =>
    container(name, {
      HostConfig: { Links: name === 'web' ? ['/db:/web/store'] : null },
      Config: { ExposedPorts: { '5432/tcp': {} } },
      NetworkSettings: { Networks: where },
    });
  const closed = {
    Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.name': 'docker0' },
  };

  test('open ports on the default bridge', () => {
    const { policy, codes } = importObjects(
      linked('web', { bridge: { IPAddress: '10.1.0.2' } }),
      linked('db', { bridge: { IPAddress: '10.1.0.3' } }),
      network('bridge', closed),
    );
    expect(policy?.at(-1)).toBe('link web -> db as store');
    expect(codes).toEqual([]);
  });

  test('open nothing on other networks, so a policy that would is not made', () => {
    const { policy, codes } = importObjects(
      linked('web', { front: { IPAddress: '10.1.0.2' } }),
      linked('db', { front: { IPAddress: '10.1.0.3' } }),
      network('front', closed),
    );
    expect(policy?.at(-1)).not.toContain('link');
    expect(codes).toEqual(['CTFW6019']);
  });
});

test('an old engine writes the one network into NetworkSettings itself', () => {
  const web = container('web', {
    NetworkSettings: { Networks: null, IPAddress: '10.1.0.2', MacAddress: '02:42:0a:01:00:02' },
  });
  expect(itemsOfWeb(importObjects(web, network('bridge')))).toBe('attach bridge 10.1.0.2 { mac 02:42:0a:01:00:02 }');
});

test('the gateway is taken from the containers where the network does not say it', () => {
  const web = container('web', {
    NetworkSettings: { Networks: { front: { IPAddress: '10.1.0.2', Gateway: '10.1.0.254' } } },
  });
  expect(importObjects(web, network('front')).policy?.[0]).toContain('gateway 10.1.0.254');
});

test('statements know their places in the JSON text', () => {
  const text = JSON.stringify([network('front'), container('web', { HostConfig: { NetworkMode: 'none' } })]);
  const { file } = importDocker({ name: 'x.json', text });
  expect(file?.statements.map(({ span }) => span.file.text.slice(span.start, span.end))).toEqual(['"front"', '"/web"']);
});

test('many containers', () => {
  const count = 2000;
  const objects = Array.from({ length: count }, (_, index) =>
    container(`c${index}`, {
      NetworkSettings: {
        Ports: { '80/tcp': [{ HostIp: '', HostPort: `${index + 1}` }] },
        Networks: { front: { IPAddress: `10.${1 + (index >> 8)}.${index & 255}.2` } },
      },
    }),
  );
  expect(importObjects(...objects, network('front', {}, ['10.0.0.0/8'])).policy?.length).toBe(count + 1);
});
