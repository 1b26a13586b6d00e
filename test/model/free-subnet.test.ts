import { describe, expect, test } from 'vitest';
import { emptyLock, type Lock } from '../../src/lock/lock.ts';
import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix, parsePrefix } from '../../src/net/prefix.ts';
import { resolved } from './support.ts';

function subnets(text: string, lock?: Lock): string[] {
  return resolved(text, lock).model.networks.map(
    ({ name, subnets }) =>
      `${name} ${Object.values(subnets)
        .map(({ prefix, gateway }) => `${formatPrefix(prefix)} ${formatAddress(gateway)}`)
        .join(' ')}`,
  );
}

function locked(...entries: readonly (readonly [string, string])[]): Lock {
  return {
    ...emptyLock,
    subnets: entries.flatMap(([network, text]) => {
      const prefix = parsePrefix(text);
      return prefix === undefined ? [] : [{ network, family: prefix.address.family, prefix }];
    }),
  };
}

describe('a network without subnet', () => {
  test('gets the first free private one, in file order', () => {
    expect(subnets('network a { }\nnetwork b { subnet 172.18.0.0/24 }\nnetwork c { }\n')).toEqual([
      'a 172.17.0.0/16 172.17.0.1',
      'b 172.18.0.0/24 172.18.0.1',
      'c 172.19.0.0/16 172.19.0.1',
    ]);
  });

  test('passes over interface prefixes and routes of the host, not over its default route', () => {
    const host =
      'host edge { interface a { address 172.17.9.9/24 }; route 172.18.0.0/20 via 172.17.9.1; route default via 172.17.9.1 }\n';
    expect(subnets(`${host}network a { }\n`)).toEqual(['a 172.19.0.0/16 172.19.0.1']);
  });

  test('goes on with /20s of 192.168.0.0/16 and says when all are gone', () => {
    const text = Array.from({ length: 33 }, (_, index) => `network n${index} { }`).join('\n');
    const given = subnets(text);
    expect([given[14], given[15], given[16], given[30], given[31]]).toEqual([
      'n14 172.31.0.0/16 172.31.0.1',
      'n15 192.168.0.0/20 192.168.0.1',
      'n16 192.168.16.0/20 192.168.16.1',
      'n30 192.168.240.0/20 192.168.240.1',
      'n31 ',
    ]);
    expect(resolved(text).diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['CTFW2013', 'no private subnet is left for `n31` (nor for 1 more)'],
    ]);
  });

  test('that names an IPv6 subnet gets no IPv4', () => {
    expect(subnets('network a { subnet fd00::/64 }\n')).toEqual(['a fd00::/64 fd00::1']);
  });

  test('keeps what the lock holds, and the lock holds it', () => {
    const lock = locked(['b', '172.17.0.0/16'], ['c', '10.9.0.0/24']);
    const text = 'network a { }\nnetwork b { }\nnetwork c { }\n';
    expect(subnets(text, lock)).toEqual([
      'a 172.18.0.0/16 172.18.0.1',
      'b 172.17.0.0/16 172.17.0.1',
      'c 10.9.0.0/24 10.9.0.1',
    ]);
    expect(resolved(text, lock).lock.subnets.map(({ network }) => network)).toEqual(['b', 'c', 'a']);
  });

  test('gives up a locked subnet that the policy contradicts, and forgets one it does not need', () => {
    const lock = locked(['a', '172.20.0.0/16'], ['gone', '172.21.0.0/16'], ['named', '172.22.0.0/16']);
    const text = 'network a { }\nnetwork named { subnet 172.20.1.0/24 }\n';
    expect(subnets(text, lock)).toEqual(['a 172.17.0.0/16 172.17.0.1', 'named 172.20.1.0/24 172.20.1.1']);
    expect(resolved(text, lock).lock.subnets.map(({ network }) => network)).toEqual(['a']);
  });

  test('does not take a lock entry that is no subnet for containers', () => {
    expect(subnets('network a { }\n', locked(['a', '10.0.0.0/31']))).toEqual(['a 172.17.0.0/16 172.17.0.1']);
  });
});
