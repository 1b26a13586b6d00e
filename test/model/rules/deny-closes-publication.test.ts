import { describe, expect, test } from 'vitest';
import { messagesOf, places, relatedOf } from '../table.ts';

const base = [
  'host edge { interface wan0 { address 203.0.113.10/24, 203.0.113.11/24 } }',
  'zone office = 192.168.1.0/24',
  'zone lab = 192.168.2.0/24',
  'network front { subnet 10.0.0.0/24 }',
  'network back { subnet 10.1.0.0/24; internal }',
  'container web { attach front 10.0.0.2; publish 8080:80; publish 203.0.113.10:8443:443 from office }',
  'container db { attach back }',
  '',
].join('\n');

describe('a deny that closes a published port', () => {
  places('CTFW3015', base, [
    ['deny office -> edge 8080/tcp', 'deny office -> edge 8080/tcp'],
    ['deny office -> edge 8000-8100/tcp', 'deny office -> edge 8000-8100/tcp'],
    ['deny office -> edge', 'deny office -> edge'],
    ['deny office -> web 80/tcp', 'deny office -> web 80/tcp'],
    ['deny office -> front 80/tcp', 'deny office -> front 80/tcp'],
    ['deny office -> any 8080/tcp', 'deny office -> any 8080/tcp'],
    ['deny office -> any 443/tcp', 'deny office -> any 443/tcp'],
    ['deny office -> 203.0.113.11 8080/tcp', 'deny office -> 203.0.113.11 8080/tcp'],
    ['deny office -> 10.0.0.0/30 80/tcp', 'deny office -> 10.0.0.0/30 80/tcp'],
    ['deny office -> edge tcp', 'deny office -> edge tcp'],
    ['deny edge -> web', 'deny edge -> web'],
    ['deny web -> edge 8080/tcp', 'deny web -> edge 8080/tcp'],
    ['deny office -> edge 8080/udp'],
    ['deny office -> edge 80/tcp'],
    ['deny office -> web 8080/tcp'],
    ['deny office -> edge icmp'],
    ['deny office -> any'],
    ['deny office -> lab 8080/tcp'],
    ['deny db -> edge 8080/tcp'],
    ['deny office -> 203.0.113.12 8080/tcp'],
    ['deny lab -> edge 8443/tcp'],
    ['deny lab -> 203.0.113.10 8443/tcp'],
    ['deny office -> 203.0.113.11 8443/tcp'],
    ['allow office -> edge 8080/tcp'],
  ]);

  test('says which', () => {
    const policy = `${base}deny office -> edge tcp\n`;
    expect(messagesOf('CTFW3015', policy)).toEqual([
      'this deny closes published ports: 203.0.113.10 8443/tcp, 8080/tcp',
    ]);
    expect(relatedOf('CTFW3015', policy)).toEqual(['203.0.113.10:8443:443', '8080:80']);
  });

  test('names a few of many', () => {
    const ports = Array.from({ length: 50 }, (_, index) => `publish ${9000 + index}:80`).join('; ');
    const policy = `${base}container many { attach front; ${ports} }\ndeny office -> edge 9000-9100/tcp\n`;
    expect(messagesOf('CTFW3015', policy)).toEqual([
      'this deny closes published ports: 9049/tcp, 9048/tcp, 9047/tcp and more',
    ]);
  });
});

describe('a publication for some', () => {
  const some = (from: string): string =>
    `${base}container x { attach front 10.0.0.9 }\ncontainer p { attach front; publish 7000:70 from ${from} }\n`;
  for (const [from, denied, closes] of [
    ['office', 'office', true],
    ['office', 'any', true],
    ['any', 'lab', true],
    ['office', '192.168.1.7', true],
    ['192.168.0.0/16', 'lab', true],
    ['front', 'x', true],
    ['x', 'front', true],
    ['x', '10.0.0.9', true],
    ['edge', 'edge', true],
    ['edge', 'office', false],
    ['office', 'x', false],
    ['x', 'office', false],
    ['x', 'db', false],
    ['front', 'db', false],
  ] as const)
    test(`from ${from}, denied to ${denied}`, () => {
      const found = messagesOf('CTFW3015', `${some(from)}deny ${denied} -> edge 7000/tcp\n`);
      expect(found).toHaveLength(closes ? 1 : 0);
    });
});
