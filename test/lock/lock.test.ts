import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLock, sameLock } from '../../src/lock/format.ts';
import { emptyLock, type Lock } from '../../src/lock/lock.ts';
import { parseLock } from '../../src/lock/parse.ts';
import { parseAddress } from '../../src/net/address.ts';
import { port } from '../../src/net/port.ts';
import { type Prefix, parsePrefix, prefixOf } from '../../src/net/prefix.ts';

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/);
const address = fc.oneof(
  fc.bigInt(0n, 0xffff_ffffn).map((value) => ({ family: 'ipv4' as const, value })),
  fc.bigInt(0n, (1n << 128n) - 1n).map((value) => ({ family: 'ipv6' as const, value })),
);
const prefix: fc.Arbitrary<Prefix> = fc
  .tuple(address, fc.nat(128))
  .map(([value, length]) => prefixOf(value, value.family === 'ipv4' ? Math.min(length, 32) : length));
const portNumber = fc.integer({ min: 1, max: 65535 }).map(port);

/** Locks in which nothing is given out twice. */
const lock: fc.Arbitrary<Lock> = fc.record({
  subnets: fc.uniqueArray(
    fc.tuple(name, prefix).map(([network, value]) => ({ network, family: value.address.family, prefix: value })),
    { selector: ({ network, family }) => `${network} ${family}` },
  ),
  addresses: fc.uniqueArray(fc.record({ network: name, container: name, address }), {
    selector: (entry) => `${entry.network} ${entry.container} ${entry.address.family}`,
  }),
  ports: fc.uniqueArray(
    fc.record({
      container: name,
      listen: fc.option(address, { nil: undefined }),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      containerPort: portNumber,
      hostPort: portNumber,
    }),
    {
      selector: (entry) =>
        `${entry.container} ${entry.listen?.value} ${entry.listen?.family} ${entry.protocol} ${entry.containerPort}`,
    },
  ),
});

function parse(text: string): ReturnType<typeof parseLock> {
  return parseLock({ name: 'policy.ctfw.lock', text });
}

function complaints(lines: readonly string[]): [string, string][] {
  return parse(`${lines.join('\n')}\n`).diagnostics.map(({ code, span }) => [
    code,
    span.file.text.slice(span.start, span.end),
  ]);
}

describe('the text of a lock', () => {
  test('has a header, and sorted entries of one line each', () => {
    const front = parsePrefix('172.17.0.0/16');
    const web = parseAddress('172.17.0.2');
    if (front === undefined || web === undefined) throw new Error('no such prefix or address');
    const text = formatLock({
      subnets: [{ network: 'front', family: 'ipv4', prefix: front }],
      addresses: [
        { network: 'front', container: 'web', address: web },
        { network: 'back', container: 'web', address: web },
      ],
      ports: [
        { container: 'web', listen: undefined, protocol: 'tcp', containerPort: port(80), hostPort: port(49000) },
        { container: 'web', listen: web, protocol: 'udp', containerPort: port(53), hostPort: port(49000) },
      ],
    });
    const [header, note, ...entries] = text.split('\n');
    expect(header).toBe('ctfw-lock 1');
    expect(note?.startsWith('#')).toBe(true);
    expect(entries).toEqual([
      'address back web 172.17.0.2',
      'address front web 172.17.0.2',
      'port web * tcp 80 49000',
      'port web 172.17.0.2 udp 53 49000',
      'subnet front ipv4 172.17.0.0/16',
      '',
    ]);
  });

  test('is read back as it was, and does not depend on the order of entries', () => {
    fc.assert(
      fc.property(lock, (original) => {
        const text = formatLock(original);
        const { lock: read, diagnostics } = parse(text);
        expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(sameLock(read, original)).toBe(true);
        const reversed = {
          subnets: [...original.subnets].reverse(),
          addresses: [...original.addresses].reverse(),
          ports: [...original.ports].reverse(),
        };
        expect(formatLock(reversed)).toBe(text);
      }),
    );
  });

  test('differs for different locks', () => {
    fc.assert(
      fc.property(lock, name, (original, network) => {
        const value = { network: `${network}-new`, container: 'x', address: { family: 'ipv4' as const, value: 1n } };
        expect(sameLock(original, { ...original, addresses: [...original.addresses, value] })).toBe(false);
      }),
    );
  });
});

describe('reading', () => {
  test('an empty file is an empty lock', () => {
    expect(parse('')).toEqual({ lock: emptyLock, diagnostics: [] });
    expect(parse('\n\n')).toEqual({ lock: emptyLock, diagnostics: [] });
  });

  test('line ends of Windows, comments and empty lines are fine', () => {
    const { lock: read, diagnostics } = parse('ctfw-lock 1\r\n# note\r\n\r\naddress a b 10.0.0.2\r\n');
    expect(diagnostics).toEqual([]);
    expect(read.addresses).toHaveLength(1);
  });

  test('another format is not read', () => {
    expect(complaints(['ctfw-lock 2', 'address a b 10.0.0.2'])).toEqual([['CTFW2041', 'ctfw-lock 2']]);
    expect(complaints(['{ "lock": true }'])).toEqual([['CTFW2041', '{ "lock": true }']]);
  });

  test('a merge conflict is said once a conflict, and both sides are looked at', () => {
    const lines = [
      'ctfw-lock 1',
      '<<<<<<< ours',
      'address a x 10.0.0.2',
      '||||||| base',
      '=======',
      'address a x 10.0.0.3',
      '>>>>>>> theirs',
    ];
    expect(complaints(lines)).toEqual([
      ['CTFW2042', '<<<<<<< ours'],
      ['CTFW2044', 'address a x 10.0.0.3'],
    ]);
  });

  test('a conflict may be at the very beginning', () => {
    expect(complaints(['<<<<<<< ours', 'ctfw-lock 1', '=======', 'ctfw-lock 1', '>>>>>>> theirs'])).toEqual([
      ['CTFW2042', '<<<<<<< ours'],
    ]);
  });

  for (const line of [
    'address a b',
    'address a b 10.0.0.256',
    'address a b 10.0.0.2 extra',
    'address  a b 10.0.0.2',
    'address a b 10.0.0.2 ',
    'addres a b 10.0.0.2',
    'subnet a ipv6 10.0.0.0/24',
    'subnet a ipv4 10.0.0.1/24',
    'subnet a ipv4 10.0.0.0',
    'port a * tcp 80',
    'port a * icmp 80 49000',
    'port a * tcp 0 49000',
    'port a * tcp 80 65536',
    'port a nowhere tcp 80 49000',
    'address %zz b 10.0.0.2',
    ' ctfw',
  ])
    test(`malformed: ${line}`, () => {
      expect(complaints(['ctfw-lock 1', line, 'address a b 10.0.0.9'])).toEqual([['CTFW2043', line]]);
    });

  for (const [first, second] of [
    ['address a b 10.0.0.2', 'address a b 10.0.0.3'],
    ['address a b 10.0.0.2', 'address a b 10.0.0.2'],
    ['subnet a ipv4 10.0.0.0/24', 'subnet a ipv4 10.1.0.0/24'],
    ['port a * tcp 80 49000', 'port a * tcp 80 49001'],
    ['port a ::1 tcp 80 49000', 'port a 0::1 tcp 80 49001'],
  ] as const)
    test(`twice: ${first}, ${second}`, () => {
      expect(complaints(['ctfw-lock 1', first, second])).toEqual([['CTFW2044', second]]);
    });

  test('one value for two is a warning, and both are kept', () => {
    const { lock: read, diagnostics } = parse(
      'ctfw-lock 1\naddress a x 10.0.0.2\naddress a y 10.0.0.2\naddress b x 10.0.0.2\nport x * tcp 80 49000\nport y * tcp 80 49000\nport y * udp 80 49000\n',
    );
    expect(diagnostics.map(({ code, severity, message }) => [code, severity, message])).toEqual([
      ['CTFW2045', 'warning', 'address a 10.0.0.2 is given out twice'],
      ['CTFW2045', 'warning', 'port tcp 49000 is given out twice'],
    ]);
    expect([read.addresses.length, read.ports.length]).toEqual([3, 3]);
  });

  test('nothing is thrown, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Array.isArray(parse(text).diagnostics)).toBe(true);
        expect(Array.isArray(parse(`ctfw-lock 1\n${text}`).diagnostics)).toBe(true);
      }),
    );
  });
});
