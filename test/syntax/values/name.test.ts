import { describe, expect, test } from 'vitest';
import { complaints } from '../../support/parse-policy.ts';

describe('names', () => {
  test.each([
    ['zone büro = any', 'CTFW1020 "ü"'],
    ['zone 1st = any', 'CTFW1020 "1st"'],
    ['zone -x = any', 'CTFW1020 "-x"'],
    ['zone a/b = any', 'CTFW1020 "/"'],
    ['zone 10.0.0.1 = any', 'CTFW1020 "10.0.0.1"'],
    ['group g = a, 🦊', 'CTFW1020 "🦊"'],
    ['link a -> 10.0.0.1', 'CTFW1020 "10.0.0.1"'],
    [`zone ${'x'.repeat(129)} = any`, `CTFW1020 "${'x'.repeat(129)}"`],
    ['zone any = 10.0.0.0/8', 'CTFW1021 "any"'],
    ['host any { }', 'CTFW1021 "any"'],
    ['service tcp = 22/tcp', 'CTFW1021 "tcp"'],
    ['service reaches = 22/tcp', 'CTFW1021 "reaches"'],
  ])('%s', (text, expected) => {
    expect(complaints(text)).toEqual([expected]);
  });

  test('a hundred and twenty-eight characters are a name', () => {
    expect(complaints(`zone ${'x'.repeat(128)} = any`)).toEqual([]);
  });
});

describe('interfaces', () => {
  test.each(['eth0+', 'eth*', '.', '-x', 'a:b', 'sixteen-letters-', '10.0.0.1', 'ü'])('%s is none', (text) => {
    expect(complaints(`zone z = any on ${text}`)).toEqual([`CTFW1022 ${JSON.stringify(text)}`]);
  });

  test.each(['eth0', 'eth0.100', 'br-0123456789ab', 'veth@x', '0'])('%s is one', (text) => {
    expect(complaints(`zone z = any on ${text}`)).toEqual([]);
  });
});

describe('host names and resolvers', () => {
  test.each(['-web', 'web-', 'a..b', 'a.', `${'x'.repeat(64)}`, 'ü', 'a/b'])('%s is no host name', (text) => {
    expect(complaints(`container c { hostname ${text} }`)).toEqual([`CTFW1024 ${JSON.stringify(text)}`]);
  });

  test.each(['web', '1.example.com', '_x', 'a-b'])('%s is a host name', (text) => {
    expect(complaints(`container c { hostname ${text}; alias ${text}; dns-search ${text} }`)).toEqual([]);
  });

  test('name servers are addresses, options those of resolv.conf', () => {
    expect(complaints('network n { dns 1.1.1.1, ::1; dns-search .; dns-option ndots:2, rotate }')).toEqual([]);
    expect(complaints('network n { dns one.one, 1.1.1; dns-option ndots/2, UP }')).toEqual([
      'CTFW1030 "one.one"',
      'CTFW1030 "1.1.1"',
      'CTFW1025 "ndots/2"',
      'CTFW1025 "UP"',
    ]);
  });
});
