import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPortRange, type PortRange, port, portRangesOverlap } from '../../../src/net/port.ts';
import { diagnosticsOf, modelOf, placeOf } from '../support.ts';
import { messagesOf, places, relatedOf } from '../table.ts';

const base = [
  'network a { subnet 10.0.0.0/24, fd00::/64 }',
  'network four { subnet 10.1.0.0/24 }',
  'network six { subnet fd00:1::/64 }',
  'network r { subnet 10.2.0.0/24; gateway-mode routed }',
  '',
].join('\n');

/** Two containers, each with a publication. */
function two(first: string, second: string, firstNetwork = 'a', secondNetwork = 'a'): string {
  return `container x { attach ${firstNetwork}; publish ${first} }\ncontainer y { attach ${secondNetwork}; publish ${second} }`;
}

describe('a host port published twice', () => {
  places('CTFW3004', base, [
    [two('8080:80', '8080:80'), '8080:80'],
    [two('8080:80', '8081:80')],
    [two('8080:80', '8080:80/udp')],
    [two('10.9.0.1:8080:80', '10.9.0.2:8080:80')],
    [two('10.9.0.1:8080:80', '10.9.0.1:8080:80'), '10.9.0.1:8080:80'],
    [two('8080:80', '10.9.0.1:8080:80'), '10.9.0.1:8080:80'],
    [two('10.9.0.1:8080:80', '8080:80'), '8080:80'],
    [two('0.0.0.0:8080:80', '10.9.0.1:8080:80'), '10.9.0.1:8080:80'],
    [two('0.0.0.0:8080:80', '[::]:8080:80')],
    [two('0.0.0.0:8080:80', '[2001:db8::1]:8080:80')],
    [two('[::]:8080:80', '[2001:db8::1]:8080:80'), '[2001:db8::1]:8080:80'],
    [two('8080:80', '[::]:8080:80'), '[::]:8080:80'],
    [two('8080:80', '8080:80', 'four', 'six')],
    [two('8080:80', '8080:80', 'four', 'a'), '8080:80'],
    [two('8000-8010:80-90', '8005:80'), '8005:80'],
    [two('8005:80', '8000-8010:80-90'), '8000-8010:80-90'],
    [two('8000-8010:80-90', '8010-8020:80-90'), '8010-8020:80-90'],
    [two('8000-8010:80-90', '8011-8020:80-89')],
    [two('8080:80', '127.0.0.1:8080:80'), '127.0.0.1:8080:80'],
    [two('8080:80', '8080:80', 'r', 'a')],
    ['container x { attach a; publish 8080:80; publish 8080:81 }', '8080:81'],
  ]);

  test('shows both places and what they hold in common', () => {
    const policy = `${base}${two('8000-8010:80-90', '10.9.0.1:8005-8020:80-95')}\n`;
    expect(messagesOf('CTFW3004', policy)).toEqual([
      'host ports 8005-8010/tcp on 10.9.0.1 are published twice: for `x` and for `y`',
    ]);
    expect(relatedOf('CTFW3004', policy)).toEqual(['8000-8010:80-90']);
  });

  test('free ports never conflict', () => {
    const lines = Array.from(
      { length: 40 },
      (_, index) => `container c${index} { attach a; publish ${index % 3 === 0 ? `${32768 + index}:80` : '80'} }`,
    );
    expect(messagesOf('CTFW3004', `${base}${lines.join('\n')}\n`)).toEqual([]);
  });
});

/** A publication to be: an address (0: none) and a range of ports. */
const publication = fc.record({
  address: fc.constantFrom('', '10.9.0.1:', '10.9.0.2:', '[2001:db8::1]:', '0.0.0.0:', '[::]:'),
  first: fc.integer({ min: 1, max: 40 }),
  length: fc.integer({ min: 0, max: 6 }),
});

function overlap(left: string, right: string): boolean {
  const families = (address: string): string[] =>
    address === '' ? ['4', '6'] : address.startsWith('[') ? ['6'] : ['4'];
  if (!families(left).some((family) => families(right).includes(family))) return false;
  const isAll = (address: string): boolean => address === '' || address === '0.0.0.0:' || address === '[::]:';
  return isAll(left) || isAll(right) || left === right;
}

test('a publication is reported exactly when it conflicts with an earlier one, or comes before a reported conflict', () => {
  fc.assert(
    fc.property(fc.array(publication, { maxLength: 12 }), (publications) => {
      const ranges: PortRange[] = publications.map(({ first, length }) => ({
        first: port(first),
        last: port(first + length),
      }));
      const lines = publications.map(({ address }, index) => {
        const range = ranges[index] as PortRange;
        return `container c${index} { attach a; publish ${address}${formatPortRange(range)}:${formatPortRange(range)} }`;
      });
      const text = `${base}${lines.join('\n')}\n`;
      expect(modelOf(text).containers).toHaveLength(publications.length);
      const conflicts = publications.map((left, index) =>
        publications.some(
          (right, other) =>
            other < index &&
            overlap(left.address, right.address) &&
            portRangesOverlap(ranges[index] as PortRange, ranges[other] as PortRange),
        ),
      );
      const found = diagnosticsOf(text).filter(({ code }) => code === 'CTFW3004');
      expect(found.length > 0).toBe(conflicts.includes(true));
      for (const diagnostic of found) {
        const line =
          diagnostic.span.file.text.slice(0, diagnostic.span.start).split('\n').length - base.split('\n').length;
        expect([placeOf(diagnostic), conflicts[line]]).toEqual([placeOf(diagnostic), true]);
      }
    }),
  );
});
