import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyLock, type Lock } from '../../src/lock/lock.ts';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { addressesOf, containerNamed, modelOf, resolved } from './support.ts';

function locked(...entries: readonly (readonly [string, string, string])[]): Lock {
  return {
    ...emptyLock,
    addresses: entries.flatMap(([network, container, text]) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ network, container, address }];
    }),
  };
}

function lockLines(lock: Lock): string[] {
  return lock.addresses.map(({ network, container, address }) => `${network} ${container} ${formatAddress(address)}`);
}

const front = 'network front { subnet 172.17.0.0/16, fd00:17::/64 }\n';

describe('addresses of containers', () => {
  test('missing ones are the lowest free of each family, in file order', () => {
    const model = modelOf(
      `${front}container a { attach front }\ncontainer b { attach front 172.17.0.3 }\ncontainer c { attach front }\n`,
    );
    expect(['a', 'b', 'c'].map((name) => addressesOf(model, name))).toEqual([
      ['front 172.17.0.2 fd00:17::2'],
      ['front 172.17.0.3 fd00:17::3'],
      ['front 172.17.0.4 fd00:17::4'],
    ]);
  });

  test('network address, gateway and broadcast address are never given', () => {
    const { model, diagnostics } = resolved(
      'network a { subnet 10.0.0.0/29; gateway 10.0.0.3 }\n' +
        ['u', 'v', 'w', 'x', 'y', 'z'].map((name) => `container ${name} { attach a }`).join('\n'),
    );
    expect(['u', 'v', 'w', 'x', 'y', 'z'].flatMap((name) => addressesOf(model, name))).toEqual([
      'a 10.0.0.1',
      'a 10.0.0.2',
      'a 10.0.0.4',
      'a 10.0.0.5',
      'a 10.0.0.6',
      'a',
    ]);
    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['CTFW2015', 'no address of 10.0.0.0/29 is left for `z` on `a`'],
    ]);
  });

  test('one error for all that get none on a network', () => {
    const text = ['x', 'y', 'z'].map((name) => `container ${name} { attach a }`).join('\n');
    const { diagnostics } = resolved(`network a { subnet 10.0.0.0/30 }\n${text}\n`);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'no address of 10.0.0.0/30 is left for `y` on `a` (nor for 1 more)',
    ]);
  });

  test('addresses that the policy names anywhere are kept free', () => {
    const model = modelOf(
      [
        'host edge { interface lan0 { address 10.0.0.2/32 }; route 10.9.0.0/16 via 10.0.0.3 }',
        'network a { subnet 10.0.0.0/24 }',
        'container x { attach a { gateway 10.0.0.4 }; route 10.8.0.0/16 via 10.0.0.5 }',
        'container y { network none; plumb eth0 10.0.0.6/24 on a }',
        'container z { network none }',
        'connect z 10.0.0.7 <-> edge 10.0.0.8',
      ].join('\n'),
    );
    expect(addressesOf(model, 'x')).toEqual(['a 10.0.0.9']);
  });

  test('a missing family is assigned, but an IPv4-only network has no IPv6', () => {
    const model = modelOf(
      `${front}network back { subnet 10.0.0.0/24 }\ncontainer a { attach front fd00:17::9; attach back }\n`,
    );
    expect(addressesOf(model, 'a')).toEqual(['front fd00:17::9 172.17.0.2', 'back 10.0.0.2']);
  });
});

describe('the lock', () => {
  test('records what was given out, not what was written', () => {
    const { lock } = resolved(`${front}container a { attach front 172.17.0.9 }\n`);
    expect(lockLines(lock)).toEqual(['front a fd00:17::2']);
  });

  test('is honoured, and what it does not know comes after', () => {
    const { model, lock } = resolved(
      `${front}container a { attach front 172.17.0.9 }\ncontainer b { attach front fd00:17::9 }\n`,
      locked(['front', 'b', '172.17.0.2'], ['front', 'a', 'fd00:17::77'], ['front', 'gone', '172.17.0.3']),
    );
    expect([...addressesOf(model, 'a'), ...addressesOf(model, 'b')]).toEqual([
      'front 172.17.0.9 fd00:17::77',
      'front fd00:17::9 172.17.0.2',
    ]);
    expect(lockLines(lock)).toEqual(['front a fd00:17::77', 'front b 172.17.0.2']);
  });

  for (const [why, address] of [
    ['lies outside the subnet', '10.0.0.9'],
    ['is the gateway', '172.17.0.1'],
    ['is the network address', '172.17.0.0'],
    ['is the broadcast address', '172.17.255.255'],
    ['is written for another container', '172.17.0.50'],
    ['belongs to the host', '172.17.0.60'],
  ] as const)
    test(`an entry that ${why} is replaced`, () => {
      const { model, diagnostics } = resolved(
        `host edge { interface lo { address 172.17.0.60/32 } }\nnetwork front { subnet 172.17.0.0/16 }\ncontainer a { attach front }\ncontainer b { attach front 172.17.0.50 }\n`,
        locked(['front', 'a', address]),
      );
      expect(diagnostics).toEqual([]);
      expect(addressesOf(model, 'a')).toEqual(['front 172.17.0.2']);
    });

  test('an entry stays when another container only routes through it', () => {
    const { model } = resolved(
      'network a { subnet 10.0.0.0/24 }\ncontainer gate { attach a }\ncontainer x { attach a; route 10.9.0.0/16 via 10.0.0.7 }\n',
      locked(['a', 'gate', '10.0.0.7']),
    );
    expect(addressesOf(model, 'gate')).toEqual(['a 10.0.0.7']);
  });

  test('of two entries with one address the container named first keeps it', () => {
    const { model } = resolved(
      'network a { subnet 10.0.0.0/24 }\ncontainer x { attach a }\ncontainer y { attach a }\n',
      locked(['a', 'y', '10.0.0.7'], ['a', 'x', '10.0.0.7']),
    );
    expect([...addressesOf(model, 'x'), ...addressesOf(model, 'y')]).toEqual(['a 10.0.0.7', 'a 10.0.0.2']);
  });
});

test('no address is given twice, and all lie in the subnet', () => {
  const wanted = fc.option(fc.integer({ min: 1, max: 62 }), { nil: undefined });
  fc.assert(
    fc.property(fc.uniqueArray(wanted, { selector: (value) => value ?? Symbol(), maxLength: 40 }), (containers) => {
      const text = containers
        .map((value, index) => `container c${index} { attach a${value === undefined ? '' : ` 10.0.0.${value}`} }`)
        .join('\n');
      const { model } = resolved(`network a { subnet 10.0.0.0/26; gateway 10.0.0.62 }\n${text}\n`);
      const given = model.containers.flatMap(({ endpoints }) => Object.values(endpoints[0]?.addresses ?? {}));
      const automatic = given
        .filter((_, index) => containers[index] === undefined)
        .map(({ value }) => Number(value & 0xffn));
      const written = containers.filter((value) => value !== undefined);
      expect(new Set([...automatic, ...written]).size).toBe(automatic.length + written.length);
      expect(automatic.every((value) => value > 0 && value < 62)).toBe(true);
      expect(automatic).toEqual([...automatic].sort((left, right) => left - right));
    }),
  );
});

test('ten thousand containers of one network', () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `container c${index} { attach front }`).join('\n');
  const model = modelOf(`${front}${text}\n`);
  expect(
    containerNamed(model, 'c9999').endpoints.map(({ addresses }) => addresses.ipv4 && formatAddress(addresses.ipv4)),
  ).toEqual(['172.17.39.17']);
});
