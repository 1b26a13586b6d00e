import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Service } from '../../src/model/model.ts';
import { serviceSet } from '../../src/model/service-set.ts';
import { port } from '../../src/net/port.ts';

const tcp = (first: number, last: number): Service => ({
  kind: 'ports',
  protocol: 6,
  ports: { first: port(first), last: port(last) },
});

describe('service sets', () => {
  test('say who put the covering part there', () => {
    const set = serviceSet<string>();
    set.add([tcp(80, 90)], 'first');
    set.add([tcp(91, 99)], 'second');
    expect(set.covers([tcp(85, 95)])).toBe('first');
    expect(set.covers([tcp(80, 100)])).toBeUndefined();
    expect(set.covers([tcp(79, 80)])).toBeUndefined();
  });

  test('a protocol covers its ports, its ICMP types, and not another protocol', () => {
    const set = serviceSet<string>();
    set.add([{ kind: 'protocol', protocol: 6 }], 'tcp');
    set.add([{ kind: 'protocol', protocol: 58 }], 'icmpv6');
    expect(set.covers([tcp(1, 65535)])).toBe('tcp');
    expect(set.covers([{ kind: 'icmp-type', family: 'ipv6', type: 128 }])).toBe('icmpv6');
    expect(set.covers([{ kind: 'icmp-type', family: 'ipv4', type: 8 }])).toBeUndefined();
    expect(set.covers([{ kind: 'ports', protocol: 17, ports: { first: port(53), last: port(53) } }])).toBeUndefined();
    expect(set.covers([{ kind: 'any' }])).toBeUndefined();
  });

  test('any covers everything', () => {
    const set = serviceSet<string>();
    set.add([{ kind: 'any' }], 'all');
    expect(set.covers([{ kind: 'any' }, tcp(1, 2), { kind: 'protocol', protocol: 47 }])).toBe('all');
  });

  test('covers exactly what a set of ports holds', () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 15 }), range, (ranges, [first, length]) => {
        const set = serviceSet<number>();
        const held = new Set<number>();
        for (const [index, [start, size]] of ranges.entries()) {
          set.add([tcp(start, start + size)], index);
          for (let value = start; value <= start + size; value++) held.add(value);
        }
        const wanted = Array.from({ length: length + 1 }, (_, offset) => first + offset);
        expect(set.covers([tcp(first, first + length)]) !== undefined).toBe(wanted.every((value) => held.has(value)));
      }),
    );
  });
});
