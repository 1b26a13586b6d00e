import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameLock } from '../../src/lock/format.ts';
import { emptyLock, type Lock } from '../../src/lock/lock.ts';
import { addressKey } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import { resolved } from './support.ts';

/**
 * A policy as a list of statements without explicit addresses or ports, so that no edit contradicts what was given out.
 * Networks and containers come from a fixed set of names; what is not in the list does not exist.
 */
interface Policy {
  readonly networks: readonly { readonly name: string; readonly subnet: boolean }[];
  readonly containers: readonly {
    readonly name: string;
    readonly networks: readonly string[];
    readonly publish: readonly number[];
  }[];
}

const networkNames = ['n0', 'n1', 'n2', 'n3'];
const subnets: Record<string, string> = {
  n0: '10.0.0.0/24, fd00:0::/64',
  n1: '10.1.0.0/24',
  n2: '10.2.0.0/24',
  n3: 'fd00:3::/64',
};

const policy: fc.Arbitrary<Policy> = fc
  .record({
    networks: fc.shuffledSubarray(networkNames, { minLength: 1 }),
    withSubnet: fc.record({ n0: fc.boolean(), n1: fc.boolean(), n2: fc.boolean(), n3: fc.boolean() }),
    containers: fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f']),
    attached: fc.array(fc.shuffledSubarray(networkNames, { minLength: 1 }), { minLength: 6, maxLength: 6 }),
    publish: fc.array(fc.shuffledSubarray([80, 81, 443]), { minLength: 6, maxLength: 6 }),
  })
  .map(({ networks, withSubnet, containers, attached, publish }) => ({
    networks: networks.map((name) => ({ name, subnet: withSubnet[name as 'n0'] })),
    containers: containers.map((name, index) => ({
      name,
      networks: (attached[index] ?? []).filter((network) => networks.includes(network)),
      publish: publish[index] ?? [],
    })),
  }));

function textOf({ networks, containers }: Policy): string {
  return [
    'host edge { auto-ports 49000-49100 }',
    ...networks.map(({ name, subnet }) => `network ${name} { ${subnet ? `subnet ${subnets[name]}` : ''} }`),
    ...containers.map(
      ({ name, networks: attached, publish }) =>
        `container ${name} { ${attached.length === 0 ? 'network none' : attached.map((network) => `attach ${network}`).join('; ')}; ${
          attached.length === 0 ? '' : publish.map((port) => `publish ${port}`).join('; ')
        } }`,
    ),
  ].join('\n');
}

/** What was given out, by what it is for. */
function given(lock: Lock): Map<string, string> {
  return new Map([
    ...lock.subnets.map((entry): [string, string] => [`subnet ${entry.network}`, formatPrefix(entry.prefix)]),
    ...lock.addresses.map((entry): [string, string] => [
      `${entry.network} ${entry.container} ${entry.address.family}`,
      addressKey(entry.address),
    ]),
    ...lock.ports.map((entry): [string, string] => [`${entry.container} ${entry.containerPort}`, `${entry.hostPort}`]),
  ]);
}

test('an edit elsewhere never moves what the lock holds', () => {
  fc.assert(
    fc.property(policy, policy, (before, after) => {
      const first = resolved(textOf(before)).lock;
      // The edited policy keeps the subnets of networks that both have: changing those is no edit elsewhere.
      const kept = new Map(before.networks.map(({ name, subnet }) => [name, subnet]));
      const edited = {
        ...after,
        networks: after.networks.map((entry) => ({ ...entry, subnet: kept.get(entry.name) ?? entry.subnet })),
      };
      const second = resolved(textOf(edited), first).lock;
      const earlier = given(first);
      for (const [key, value] of given(second))
        if (earlier.has(key)) expect([key, value]).toEqual([key, earlier.get(key)]);
    }),
  );
});

test('resolving again with the lock that was given changes nothing', () => {
  fc.assert(
    fc.property(policy, (once) => {
      const { lock } = resolved(textOf(once), emptyLock);
      expect(sameLock(resolved(textOf(once), lock).lock, lock)).toBe(true);
    }),
  );
});

test('reordering the statements changes nothing', () => {
  fc.assert(
    fc.property(policy, (once) => {
      const { lock } = resolved(textOf(once));
      const reordered = { networks: [...once.networks].reverse(), containers: [...once.containers].reverse() };
      expect(sameLock(resolved(textOf(reordered), lock).lock, lock)).toBe(true);
    }),
  );
});
