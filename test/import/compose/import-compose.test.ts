import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importCompose } from '../../../src/import/compose/import-compose.ts';
import { importText } from './support.ts';

/** Every level of a compose file that is read, with `KEY` where one more key can stand. */
const levels = [
  'KEY: 1\nservices: {web: {}}',
  'services: {web: {KEY: 1}}',
  'services: {web: {deploy: {KEY: 1}}}',
  'services: {web: {ports: [{target: 80, KEY: 1}]}}',
  'services: {web: {networks: {back: {KEY: 1}}}}\nnetworks: {back: }',
  'services: {web: {}}\nnetworks: {back: {KEY: 1}}',
  'services: {web: {}}\nnetworks: {back: {external: {KEY: 1}}}',
  'services: {web: {}}\nnetworks: {back: {driver_opts: {KEY: 1}}}',
  'services: {web: {}}\nnetworks: {back: {ipam: {KEY: 1}}}',
  'services: {web: {}}\nnetworks: {back: {ipam: {config: [{KEY: 1}]}}}',
];

describe('no key is dropped silently', () => {
  test.each(levels.flatMap((level) => ['zzz', 'x-own', 'prot', 'image'].map((key) => [level, key] as const)))(
    '%j with %s',
    (level, key) => {
      const text = level.replace('KEY', key);
      const { diagnostics, ignored } = importCompose(
        { name: 'compose.yaml', text },
        { environment: {}, projectName: 'p' },
      );
      const at = level.indexOf('KEY');
      const places = [...diagnostics.map(({ span }) => span), ...ignored.flatMap((entry) => entry.places)];
      expect(places.some(({ start, end }) => start === at && end === at + key.length)).toBe(true);
    },
  );
});

test('there is a policy exactly when nothing is an error, and every span lies in the file', () => {
  const words = [
    'web',
    'db',
    'host',
    'none',
    'bridge',
    'service:web',
    'service:db',
    'container:x',
    'back',
    'default',
    '80',
    '80:80',
    '[::1]:1:1',
    '$X',
    '10.0.0.0/8',
    '10.0.0.9',
    'fd00::/64',
    'true',
    'a b',
    '',
    '-',
  ];
  const keys = [
    'services',
    'networks',
    'web',
    'db',
    'back',
    'default',
    'ports',
    'expose',
    'links',
    'network_mode',
    'container_name',
    'hostname',
    'dns',
    'target',
    'published',
    'host_ip',
    'driver',
    'driver_opts',
    'parent',
    'ipam',
    'config',
    'subnet',
    'gateway',
    'external',
    'name',
    'internal',
    'enable_ipv6',
    'aliases',
    'ipv4_address',
    'mac_address',
    'gw_priority',
    'deploy',
    'replicas',
    'extends',
    'sysctls',
    'com.docker.network.bridge.name',
  ];
  const value: fc.Memo<unknown> = fc.memo((depth) =>
    depth <= 1
      ? fc.constantFrom(...words, null, 5)
      : fc.oneof(
          fc.constantFrom(...words, null, 80),
          fc.array(value(depth - 1), { maxLength: 3 }),
          fc.dictionary(fc.constantFrom(...keys), value(depth - 1), { maxKeys: 4 }),
        ),
  );
  const aService = fc.oneof(
    { weight: 5, arbitrary: fc.dictionary(fc.constantFrom(...keys.slice(6)), value(3), { maxKeys: 5 }) },
    { weight: 1, arbitrary: value(3) },
  );
  const file = fc.record({
    services: fc.dictionary(fc.constantFrom('web', 'db', 'back', '1st'), aService, { maxKeys: 3 }),
    networks: fc.dictionary(fc.constantFrom('back', 'default', 'web'), aService, { maxKeys: 3 }),
  });
  fc.assert(
    fc.property(fc.oneof(file, value(5)), (content) => {
      const text = JSON.stringify(content, undefined, 1);
      const result = importCompose({ name: 'compose.yaml', text }, { environment: {}, projectName: 'p' });
      expect(result.file === undefined).toBe(result.diagnostics.some(({ severity }) => severity === 'error'));
      for (const { span } of result.diagnostics) expect(span.start <= span.end && span.end <= text.length).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('any text is imported or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      for (const whole of [text, `services:\n web: ${text}`, `services: {web: {ports: [${JSON.stringify(text)}]}}`]) {
        const result = importCompose({ name: 'compose.yaml', text: whole }, { environment: {}, projectName: 'p' });
        expect(result.file === undefined).toBe(result.diagnostics.some(({ severity }) => severity === 'error'));
      }
    }),
    { numRuns: 500 },
  );
});

test('statements know their places in the compose file', () => {
  const text = 'services:\n  web: {networks: [back]}\nnetworks:\n  back: {}\n';
  const { file } = importCompose({ name: 'compose.yaml', text }, { environment: {}, projectName: 'p' });
  expect(file?.source).toEqual({ name: 'compose.yaml', text: '' });
  expect(file?.statements.map(({ span }) => span.file.text.slice(span.start, span.end))).toEqual(['back', 'web']);
});

test('the same file gives the same policy', () => {
  const text = 'services: {b: {ports: [80]}, a: {networks: [x, y]}}\nnetworks: {y: , x: }';
  expect(importText(text)).toEqual(importText(text));
});

test('many services', () => {
  const count = 3000;
  const services = Array.from(
    { length: count },
    (_, index) =>
      ` s${index}: {links: [s${(index + 1) % count}], ports: ["${index + 1}:80"], networks: [n${index % 100}, n${(index + 1) % 100}]}`,
  );
  const networks = Array.from({ length: 100 }, (_, index) => ` n${index}: {}`);
  const imported = importText(`services:\n${services.join('\n')}\nnetworks:\n${networks.join('\n')}\n`);
  expect(imported.policy?.length).toBe(100 + count + count);
});

const folder = process.env.CTFW_CONFORMANCE_DIR;
describe.skipIf(folder === undefined)('real compose files', () => {
  const files =
    folder === undefined ? [] : readdirSync(join(folder, 'compose')).filter((name) => /\.ya?ml$/.test(name));
  test.each(files)('%s', (name) => {
    const text = readFileSync(join(folder ?? '', 'compose', name), 'utf8');
    const imported = importText(text);
    expect(imported.policy).toBeInstanceOf(Array);
  });
});
