import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateNestedPolicy } from '../../bench/nested-policy-text.ts';
import { generatePolicy, networkCount } from '../../bench/policy-text.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { resolve } from '../../src/model/resolve.ts';
import { formatAddress } from '../../src/net/address.ts';
import { parsePolicy } from '../../src/syntax/parse.ts';

function resolved(text: string) {
  const parsed = parsePolicy({ name: 'bench.ctfw', text });
  const { model, diagnostics } = resolve([parsed.file], emptyLock);
  return { model, messages: [...parsed.diagnostics, ...diagnostics].map(({ message }) => message) };
}

describe('policies of containers', () => {
  test('are the same text for the same size', () => {
    expect(generatePolicy(300)).toEqual(generatePolicy(300));
  });

  test('spread over 10 to 50 networks', () => {
    expect([10, 1000, 5000, 10_000, 60_000].map(networkCount)).toEqual([10, 10, 25, 50, 50]);
  });

  test('publish one port a container, each another one, from 1024 to 65535', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (size) => {
        const ports = generatePolicy(size).containers.map(({ hostPort }) => hostPort);
        expect(new Set(ports).size).toBe(size);
        expect([ports[0], (ports.at(-1) ?? 0) <= 65_535]).toEqual([1024, true]);
      }),
      { numRuns: 20 },
    );
  });

  test.each([10, 100, 1000])('hold ten statements a hundred containers, at %i containers', (size) => {
    const lines = generatePolicy(size).text.split('\n');
    const counted = ['allow', 'deny', 'link'].map((word) => lines.filter((line) => line.startsWith(`${word} `)).length);
    expect(counted).toEqual(size < 20 ? [0, 0, 0] : [size / 25, (size / 100) * 3, (size / 100) * 3]);
  });

  test.each([1, 10, 57, 100, 1000])(
    'say nothing wrong, and mean what stands beside the text, at %i containers',
    (size) => {
      const { text, containers } = generatePolicy(size);
      const { model, messages } = resolved(text);
      expect(messages).toEqual([]);
      const published = model.containers
        .flatMap((container) => container.publications)
        .map(({ target, hostPorts, containerPorts }) => ({
          network: target.network.name,
          ipv4: target.addresses.ipv4 && formatAddress(target.addresses.ipv4),
          ipv6: target.addresses.ipv6 && formatAddress(target.addresses.ipv6),
          ports: [hostPorts.first, hostPorts.last, containerPorts.first],
        }));
      expect(published).toEqual(
        containers.map(({ network, ipv4, ipv6, hostPort, containerPort }) => ({
          network: `net${network}`,
          ipv4,
          ipv6,
          ports: [hostPort, hostPort, containerPort],
        })),
      );
    },
  );
});

describe('policies of nested prefixes', () => {
  test('are the same text for the same number', () => {
    expect(generateNestedPolicy(500)).toBe(generateNestedPolicy(500));
  });

  test('say nothing wrong, in as many statements', () => {
    const { model, messages } = resolved(generateNestedPolicy(1000));
    expect(messages).toEqual([]);
    expect(model.access.length).toBe(1000);
  });

  test('nest: statement after statement of a branch has a longer prefix within the one before', () => {
    const prefixes = [...generateNestedPolicy(50).matchAll(/ (11\.\d+\.\d+\.\d+)\/(\d+)/g)].map(
      ([, address = '', length]) => ({
        address: address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0),
        length: Number(length),
      }),
    );
    expect(prefixes.map(({ length }) => length)).toEqual(Array.from({ length: 25 }, (_, index) => 8 + index));
    const within = prefixes.slice(1).map((inner, index) => {
      const outer = prefixes[index];
      return (
        outer !== undefined &&
        Math.floor(inner.address / 2 ** (32 - outer.length)) === Math.floor(outer.address / 2 ** (32 - outer.length))
      );
    });
    expect(within).toEqual(within.map(() => true));
  });
});
