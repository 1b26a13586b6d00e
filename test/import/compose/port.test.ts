// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of compose files are written so
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseShortPort } from '../../../src/import/compose/port.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { formatPortRange } from '../../../src/net/port.ts';
import { importText, itemsOfWeb, service } from './support.ts';

function shown(text: string): string {
  const parsed = parseShortPort(text);
  if ('problem' in parsed) return 'refused';
  const address = parsed.address === undefined ? '*' : formatAddress(parsed.address);
  const host = parsed.hostPorts === undefined ? 'free' : formatPortRange(parsed.hostPorts);
  return `${address} ${host} ${formatPortRange(parsed.containerPorts)} ${parsed.protocol}`;
}

describe('the short syntax', () => {
  test.each([
    ['80', '* free 80 tcp'],
    ['9000-9010', '* free 9000-9010 tcp'],
    ['8080:80', '* 8080 80 tcp'],
    ['6060:6060/udp', '* 6060 6060 udp'],
    ['132:132/SCTP', '* 132 132 sctp'],
    ['80/', '* free 80 tcp'],
    ['8000-8010:9000-9010/udp', '* 8000-8010 9000-9010 udp'],
    ['8000-8010:80', '* 8000-8010 80 tcp'],
    ['127.0.0.1:8080:80', '127.0.0.1 8080 80 tcp'],
    ['127.0.0.1::80', '127.0.0.1 free 80 tcp'],
    ['0.0.0.0:80:80', '0.0.0.0 80 80 tcp'],
    ['[::1]:80:80', '::1 80 80 tcp'],
    ['::1:80:80', '::1 80 80 tcp'],
    ['[2001:db8::5]::80/udp', '2001:db8::5 free 80 udp'],
    ['0:80', '* free 80 tcp'],
    [':80', '* free 80 tcp'],
    ['::80', '* free 80 tcp'],
    ['65535:1', '* 65535 1 tcp'],
  ])('%s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test.each([
    '',
    ':',
    '/udp',
    '80:',
    '8080:/udp',
    'web',
    '65536',
    '0',
    '80:0',
    '-1:80',
    '080:80',
    '0x50',
    '80.0',
    '80:80/icmp',
    '80/tcp/udp',
    '8000-8010:9000-9009',
    '8010-8000:9000-9010',
    '80-',
    '1.2.3:80:80',
    '256.1.1.1:80:80',
    'localhost:80:80',
    '[::1:80:80',
    '[127.0.0.1]x:80:80',
    ' 80:80',
    '80:80 ',
  ])('%j is refused', (text) => {
    expect(shown(text)).toBe('refused');
  });

  test('reads back what it is made of', () => {
    const aPort = fc.integer({ min: 1, max: 65535 });
    const aRange = fc
      .tuple(aPort, fc.integer({ min: 0, max: 20 }))
      .map(([first, more]) => [first, Math.min(65535, first + more)] as const);
    fc.assert(
      fc.property(
        aRange,
        fc.option(aPort),
        fc.option(fc.oneof(fc.ipV4(), fc.ipV6())),
        fc.constantFrom('tcp', 'udp', 'sctp'),
        (range, host, address, protocol) => {
          const length = range[1] - range[0];
          const hostRange = host === null || host + length > 65535 ? undefined : [host, host + length];
          const text = (ends: readonly number[]): string => (ends[0] === ends[1] ? `${ends[0]}` : ends.join('-'));
          const before = address === null ? '' : `${address.includes(':') ? `[${address}]` : address}:`;
          const written = `${before}${hostRange === undefined ? (before === '' ? '' : ':') : `${text(hostRange)}:`}${text(range)}/${protocol}`;
          const parsed = parseShortPort(written);
          expect(parsed).toMatchObject({
            hostPorts: hostRange === undefined ? undefined : { first: hostRange[0], last: hostRange[1] },
            containerPorts: { first: range[0], last: range[1] },
            protocol,
          });
          expect('problem' in parsed ? 'refused' : parsed.address?.family).toBe(
            address === null ? undefined : address.includes(':') ? 'ipv6' : 'ipv4',
          );
        },
      ),
    );
  });
});

describe('ports of a service', () => {
  test('numbers and texts, in order, each once', () => {
    const imported = importText(service('ports: [80, "8080:80", 53:53/udp, "8080:80", 127.0.0.1:22:22]'));
    expect(itemsOfWeb(imported)).toBe(
      'attach default; publish 80; publish 8080:80; publish 53:53/udp; publish 127.0.0.1:22:22',
    );
    expect(imported.codes).toEqual([]);
  });

  test('22:22 is a port, not a number of base 60', () => {
    expect(itemsOfWeb(importText(service('ports:\n  - 22:22\n  - 56:56')))).toBe(
      'attach default; publish 22:22; publish 56:56',
    );
  });

  test('the long syntax', () => {
    const imported = importText(
      service(
        [
          'ports:',
          '  - target: 80',
          '  - {target: 80, published: 8080, protocol: tcp, mode: host, name: http, app_protocol: http}',
          '  - {target: "443", published: "8443", host_ip: 127.0.0.1, protocol: udp, x-own: 1}',
          '  - {target: 9000-9001, published: 7000-7001}',
          '  - {target: 53, published: 5000-5010}',
        ].join('\n'),
      ),
    );
    expect(itemsOfWeb(imported)).toBe(
      'attach default; publish 80; publish 8080:80; publish 127.0.0.1:8443:443/udp; publish 7000-7001:9000-9001; publish 5000:53',
    );
    expect(imported.codes).toEqual(['CTFW6012 8:9']);
    expect(imported.ignored).toEqual([
      'service ports.mode 1',
      'service ports.name 1',
      'service ports.app_protocol 1',
      'service ports.x-own 1',
    ]);
  });

  test('a free port of a range is the first one, and that is said', () => {
    const imported = importText(service('ports: ["8000-8010:80"]'));
    expect(itemsOfWeb(imported)).toBe('attach default; publish 8000:80');
    expect(imported.codes).toEqual(['CTFW6012 3:13']);
  });

  test.each([
    ['ports: ["80:80:80:80"]', 'CTFW6011 3:13'],
    ['ports:\n  - {published: 80}', 'CTFW6011 4:9'],
    ['ports:\n  - {target: 99999}', 'CTFW6011 4:18'],
    ['ports:\n  -', 'CTFW6011 4:8'],
    ['ports: [[80]]', 'CTFW6005 3:13'],
    ['ports: "80:80"', 'CTFW6005 3:12'],
    ['ports: {80: 80}', 'CTFW6005 3:12'],
    ['expose: ["80:80"]', 'CTFW6011 3:14'],
    ['expose: [web]', 'CTFW6011 3:14'],
    ['expose: [[80]]', 'CTFW6005 3:14'],
  ])('%j is refused', (lines, code) => {
    const imported = importText(service(lines));
    expect(imported).toMatchObject({ policy: undefined, codes: [code] });
  });

  test('expose', () => {
    expect(itemsOfWeb(importText(service('expose: [3000, "8000-8010", "53/udp", "3000/tcp"]')))).toBe(
      'attach default; expose 3000/tcp, 8000-8010/tcp, 53/udp',
    );
  });
});

describe('variables in ports', () => {
  test.each([
    ['"${PORT}:80"', { PORT: '8080' }, 'publish 8080:80'],
    ['"${PORT:-81}:80"', {}, 'publish 81:80'],
    ['"${IP:-127.0.0.1}:${PORT-82}:80"', {}, 'publish 127.0.0.1:82:80'],
    ['"${IP}::80"', { IP: '127.0.0.1' }, 'publish 127.0.0.1::80'],
    ['{target: "${T}", published: "${P:-90-91}"}', { T: '80-81' }, 'publish 90-91:80-81'],
  ])('%s', (port, environment, expected) => {
    const imported = importText(service(`ports: [${port}]`), environment);
    expect(itemsOfWeb(imported)).toBe(`attach default; ${expected}`);
    expect(imported.codes).toEqual([]);
  });

  test.each([
    ['"${PORT}:80"', {}, ['CTFW6010', 'CTFW6011']],
    ['"${PORT}:80"', { PORT: '' }, ['CTFW6011']],
    ['"${PORT}:80"', { PORT: 'http' }, ['CTFW6011']],
    ['"${IP}:8080:80"', {}, ['CTFW6010', 'CTFW6011']],
    ['"${PORT}"', {}, ['CTFW6010', 'CTFW6011']],
    ['"${PORT:?needed}:80"', {}, ['CTFW6009']],
    ['"${PORT:80"', {}, ['CTFW6008']],
    ['{target: 80, published: "${PORT}"}', {}, ['CTFW6010', 'CTFW6011']],
    ['{target: 80, published: 80, host_ip: "${IP-}"}', {}, ['CTFW6011']],
  ])('%s with %j opens nothing', (port, environment: Record<string, string>, codes) => {
    const imported = importText(service(`ports: [${port}]`), environment);
    expect(imported.policy).toBe(undefined);
    expect(imported.codes.map((code) => code.slice(0, 8)).sort()).toEqual(codes);
  });
});
