import { describe, expect, test } from 'vitest';
import type { InterfaceView } from '../../src/host-view/host-view.ts';
import { routingOf } from '../../src/host-view/routing.ts';
import { address, link, shown, view } from './view.ts';

const lo = link('lo', ['127.0.0.1/8 host', '::1/128 host']);

function masquerade(interfaces: readonly InterfaceView[], nextHop: string): string | undefined {
  return shown(routingOf(view(interfaces)).masqueradeAddress('wan0', address(nextHop)));
}

describe('masquerading in IPv4 [58, 59]', () => {
  const wan = link('wan0', ['198.51.100.1/24', '198.51.100.9/24', '192.0.2.1/24', '198.51.100.77/32']);

  for (const [nextHop, expected] of [
    ['198.51.100.2', '198.51.100.1'],
    ['192.0.2.2', '192.0.2.1'],
    ['198.51.100.77', '198.51.100.1'],
    ['8.8.4.4', '198.51.100.1'],
  ] as const)
    test(`towards ${nextHop}`, () => expect(masquerade([lo, wan], nextHop)).toBe(expected));

  test('an address whose subnet does not hold the next hop comes second, even when it is first', () => {
    expect(masquerade([lo, link('wan0', ['198.51.100.77/32', '192.0.2.1/24'])], '192.0.2.2')).toBe('192.0.2.1');
  });

  test('a link-scope address is never taken', () => {
    expect(masquerade([lo, link('wan0', ['192.0.2.1/24 link', '192.0.2.9/32'])], '192.0.2.2')).toBe('192.0.2.9');
  });

  test('without one on the interface: the first of another interface that is up', () => {
    const others = [
      link('a', ['10.0.0.1/24'], false),
      link('b', ['10.1.0.1/24 link', '10.2.0.1/24']),
      link('c', ['10.3.0.1/24']),
    ];
    expect(masquerade([lo, ...others, link('wan0', [])], '192.0.2.2')).toBe('10.2.0.1');
  });

  test('loopback addresses do not count, and none at all is none', () => {
    expect(masquerade([lo, link('wan0', [])], '192.0.2.2')).toBeUndefined();
  });
});

describe('masquerading in IPv6 follows RFC 6724 [134]', () => {
  const wan = link('wan0', ['fd77::1/64', '2001:db8:5::f/64', '2001:db8:5::1/64', 'fe80::5/64 link']);
  const lan = link('lan0', ['fd10::1/64', '2001:db8:9::1/64']);

  for (const [destination, expected] of [
    ['2606:4700::1', '2001:db8:5::f'],
    ['fd77:0:0:9::1', 'fd77::1'],
    ['fd77::9', 'fd77::1'],
    ['fe80::9', 'fe80::5'],
    ['2001:db8:5::1', '2001:db8:5::1'],
  ] as const)
    test(`towards ${destination}`, () => expect(masquerade([lo, lan, wan], destination)).toBe(expected));

  test('a deprecated address is avoided', () => {
    const some = link('wan0', ['2001:db8:5::f/64 deprecated', '2001:db8:5::1/64']);
    expect(masquerade([lo, some], '2606:4700::1')).toBe('2001:db8:5::1');
  });

  test('a link-local address is too narrow: another interface is taken', () => {
    expect(masquerade([lo, lan, link('wan0', ['fe80::5/64 link'])], '2606:4700::1')).toBe('2001:db8:9::1');
  });

  test('the longest common prefix counts no further than the prefix length', () => {
    const some = link('wan0', ['2001:db8:5:1::1/48', '2001:db8:5:2::1/64']);
    expect(masquerade([lo, some], '2001:db8:5:2::9')).toBe('2001:db8:5:2::1');
    expect(masquerade([lo, link('wan0', ['2001:db8:5:1::1/48', '2001:db8:5:2::1/48'])], '2001:db8:5:2::9')).toBe(
      '2001:db8:5:1::1',
    );
  });

  test('none at all is none', () => {
    expect(masquerade([link('wan0', ['192.0.2.1/24'])], '2606:4700::1')).toBeUndefined();
  });
});

describe('the source of own packets', () => {
  const routing = routingOf(
    view(
      [lo, link('lan0', ['192.168.1.5/24', '2001:db8:1::5/64']), link('wan0', ['203.0.113.10/24'])],
      [
        '192.168.1.0/24 dev lan0',
        '203.0.113.0/24 dev wan0',
        '0.0.0.0/0 via 203.0.113.1 dev wan0',
        '2001:db8:1::/64 dev lan0',
        '::/0 via 2001:db8:1::1 dev lan0',
      ],
    ),
  );
  for (const [destination, expected] of [
    ['192.168.1.9', '192.168.1.5'],
    ['8.8.8.8', '203.0.113.10'],
    ['2606:4700::1', '2001:db8:1::5'],
    ['203.0.113.10', '203.0.113.10'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.3.3.3', '127.0.0.1'],
    ['::1', '::1'],
  ] as const)
    test(destination, () => expect(shown(routing.localSourceAddress(address(destination)))).toBe(expected));

  test('there is none without a route', () => {
    expect(routingOf(view([lo])).localSourceAddress(address('8.8.8.8'))).toBeUndefined();
  });
});
