import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routesOf } from '../../src/host-view/route.ts';
import { formatPrefix, prefixContains, prefixOf } from '../../src/net/prefix.ts';
import { address, link, route, shown, view } from './view.ts';

const interfaces = [
  link('lo', ['127.0.0.1/8 host', '::1/128 host']),
  link('lan0', ['192.168.1.5/24', '2001:db8:1::5/64']),
  link('wan0', ['203.0.113.10/24']),
];

function lookup(
  routes: readonly string[],
  destination: string,
  rules: Parameters<typeof view>[2] = [],
): string | undefined {
  const decision = routesOf(view(interfaces, routes, rules)).lookup(address(destination));
  if (decision === undefined || decision === 'local') return decision;
  return `${decision.interface} ${shown(decision.via) ?? 'on link'}`;
}

describe('the routing decision', () => {
  const routes = [
    '192.168.1.0/24 dev lan0',
    '203.0.113.0/24 dev wan0',
    '0.0.0.0/0 via 203.0.113.1',
    '10.0.0.0/8 via 192.168.1.1 dev lan0',
    '10.1.0.0/16 via 203.0.113.9 dev wan0',
    '10.1.0.0/16 via 192.168.1.9 dev lan0 metric 10',
    'unreachable 10.2.0.0/16',
    'blackhole 10.3.0.0/16',
    '2001:db8:1::/64 dev lan0 metric 256',
    '::/0 via fe80::1 dev wan0 metric 1024',
  ];
  for (const [destination, expected] of [
    ['192.168.1.77', 'lan0 on link'],
    ['8.8.8.8', 'wan0 203.0.113.1'],
    ['10.9.9.9', 'lan0 192.168.1.1'],
    ['10.1.2.3', 'wan0 203.0.113.9'],
    ['10.2.0.1', undefined],
    ['10.3.0.1', undefined],
    ['2001:db8:1::9', 'lan0 on link'],
    ['2001:db8:2::9', 'wan0 fe80::1'],
    ['192.168.1.5', 'local'],
    ['203.0.113.10', 'local'],
    ['2001:db8:1::5', 'local'],
    ['127.0.0.1', 'local'],
    ['127.9.9.9', 'local'],
    ['::1', 'local'],
  ] as const)
    test(destination, () => expect(lookup(routes, destination)).toBe(expected));

  test('without a route there is none', () => {
    expect(lookup(['192.168.1.0/24 dev lan0'], '8.8.8.8')).toBeUndefined();
    expect(lookup(['0.0.0.0/0 via 203.0.113.1'], '8.8.8.8')).toBeUndefined();
  });

  test('an interface that is down has neither addresses nor routes', () => {
    const { lookup: find } = routesOf(
      view(
        [link('a', ['10.0.0.1/24'], false), link('b', ['10.1.0.1/24'])],
        ['10.0.0.0/24 dev a', '0.0.0.0/0 via 10.1.0.9 dev b'],
      ),
    );
    expect(find(address('10.0.0.1'))).toEqual({ interface: 'b', via: address('10.1.0.9') });
  });

  test('tables in the order of their rules; rules about marks and sources are for other packets', () => {
    const rule = (priority: number, table: string, mark?: number) => ({
      priority,
      table,
      mark: mark === undefined ? undefined : { value: mark, mask: 0xff },
      source: undefined,
    });
    const tables = [
      '0.0.0.0/0 via 203.0.113.1 dev wan0',
      '10.0.0.0/8 via 192.168.1.1 dev lan0 table vpn',
      '10.0.0.0/8 via 192.168.1.2 dev lan0 table marked',
    ];
    const rules = [rule(32766, 'main'), rule(100, 'vpn'), rule(0, 'local'), rule(50, 'marked', 1)];
    expect(lookup(tables, '10.0.0.1', rules)).toBe('lan0 192.168.1.1');
    expect(lookup(tables, '8.8.8.8', rules)).toBe('wan0 203.0.113.1');
    expect(lookup(tables, '10.0.0.1', [rule(32766, 'main')])).toBe('wan0 203.0.113.1');
  });

  test('is the longest prefix, then the lowest metric, of all routes', () => {
    const prefix = fc
      .tuple(fc.nat(255), fc.integer({ min: 22, max: 32 }))
      .map(([low, length]) => formatPrefix(prefixOf({ family: 'ipv4', value: 0x0a000000n + BigInt(low) }, length)));
    const entry = fc
      .tuple(prefix, fc.integer({ min: 0, max: 3 }))
      .map(([destination, metric]) => `${destination} metric ${metric}`);
    fc.assert(
      fc.property(fc.uniqueArray(entry, { maxLength: 15 }), fc.nat(255), (entries, low) => {
        const destination = { family: 'ipv4' as const, value: 0x0a000000n + BigInt(low) };
        const texts = entries.map((text, index) => `${text} dev d${index}`);
        const best = texts
          .map(route)
          .filter((candidate) => prefixContains(candidate.destination, destination))
          .sort((left, right) => right.destination.length - left.destination.length || left.metric - right.metric)[0];
        const found = routesOf(view([], texts)).lookup(destination);
        expect(found === undefined || found === 'local' ? found : found.interface).toBe(best?.interface);
      }),
    );
  });
});
