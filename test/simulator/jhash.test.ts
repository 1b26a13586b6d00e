/** Backends of address ranges, as a real kernel chose them [78]. */
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.ts';
import { payload } from '../../src/ruleset/expression.ts';
import { equals, type NatStatement } from '../../src/ruleset/statement.ts';
import { addressValue, integer, rangeValue } from '../../src/ruleset/value.ts';
import { scale } from '../../src/simulator/nat/jhash.ts';
import { createSimulation } from '../../src/simulator/simulation.ts';
import { address, baseChain, dnat, router, rule, table, udp } from './hosts.ts';

function toRange(persistent: boolean): NatStatement {
  return {
    ...dnat('172.17.0.2', 80),
    address: {
      kind: 'value',
      value: rangeValue(addressValue(address('172.17.0.2')), addressValue(address('172.17.0.3'))),
    },
    flags: persistent ? ['persistent'] : [],
  };
}

function backend(client: string, destination: string, persistent: boolean): string {
  const rules = table('n', [
    baseChain('p', 'prerouting', -100, [rule(equals(payload('udp', 'dport'), integer(8080)), toRange(persistent))], {
      type: 'nat',
    }),
  ]);
  const simulation = createSimulation({ hosts: [{ view: router, rulesets: [rules] }] });
  const outcome = simulation.receive('host', 'eth0', udp(client, 4000, destination, 8080)).ways[0]?.outcomes[0];
  return outcome?.kind === 'left' ? formatAddress(outcome.packet.destination) : (outcome?.kind ?? 'nothing');
}

describe('a DNAT range', () => {
  test.each([
    ['192.168.10.2', '192.168.10.1', '172.17.0.2'],
    ['192.168.10.3', '192.168.10.1', '172.17.0.3'],
    ['192.168.10.2', '10.7.0.1', '172.17.0.3'],
    ['192.168.10.2', '10.7.0.2', '172.17.0.2'],
    ['192.168.10.2', '10.7.0.6', '172.17.0.3'],
  ])('%s to %s goes to %s', (client, destination, expected) => {
    expect(backend(client, destination, false)).toBe(expected);
  });

  test.each(['10.7.0.1', '10.7.0.2', '10.7.0.8'])('persistent ignores the destination %s', (destination) => {
    expect(backend('192.168.10.2', destination, true)).toBe('172.17.0.3');
  });
});

test('scaling spreads over the whole range', () => {
  expect([0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff].map((hash) => scale(hash, 2))).toEqual([0, 0, 1, 1]);
});
