/** A small ruleset with something of everything, written by hand: what the exact tests of both ways of writing it show. */
import { parseAddress } from '../../src/net/address.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { concat, constant, ct, meta, payload, withBits } from '../../src/ruleset/expression.ts';
import type { BaseChain, Rule, Ruleset } from '../../src/ruleset/ruleset.ts';
import type { KeyedCollection } from '../../src/ruleset/set.ts';
import {
  accept,
  counter,
  drop,
  equals,
  hasBits,
  inSet,
  lacksBits,
  type Statement,
} from '../../src/ruleset/statement.ts';
import {
  addressValue,
  concatenation,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
  type Scalar,
} from '../../src/ruleset/value.ts';

export function addressOf(text: string): Scalar {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(text);
  return addressValue(address);
}

function prefix(text: string): ReturnType<typeof prefixValue> {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new TypeError(text);
  return prefixValue(parsed);
}

const origin = (line: number): { readonly file: string; readonly line: number } => ({ file: 'edge.ctfw', line });
export const rule = (line: number, ...statements: readonly Statement[]): Rule => ({
  statements,
  origins: [origin(line)],
});
export const baseChain = (
  type: BaseChain['type'],
  hook: BaseChain['hook'],
  priority: number,
  policy: BaseChain['policy'] = 'accept',
): BaseChain => ({ type, hook, priority, policy, devices: [] });

export const plainCollection = {
  interval: false,
  counter: false,
  autoMerge: false,
  dynamic: false,
  timeout: undefined,
} satisfies Partial<KeyedCollection>;

const published = concat(meta('l4proto'), payload('ip', 'daddr'), payload('th', 'dport'));

export const sampleRuleset: Ruleset = {
  tables: [
    {
      family: 'inet',
      name: 'ctfw',
      engine: 'nftables',
      comment: 'made by hand',
      sets: [
        {
          ...plainCollection,
          kind: 'set',
          name: 'allowed',
          keyTypes: ['ipv4_addr', 'inet_proto', 'inet_service'],
          interval: true,
          counter: true,
          elements: [
            {
              value: concatenation(prefix('10.0.0.0/8'), integer(6), rangeValue(integer(80), integer(90))),
              origins: [origin(3), origin(4)],
            },
            { value: concatenation(addressOf('192.168.1.1'), integer(17), integer(53)), origins: [] },
          ],
        },
        {
          ...plainCollection,
          kind: 'set',
          name: 'recent',
          keyTypes: ['ipv6_addr'],
          dynamic: true,
          timeout: 60,
          elements: [],
        },
      ],
      maps: [
        {
          ...plainCollection,
          kind: 'map',
          name: 'targets',
          keyTypes: ['inet_proto', 'ipv4_addr', 'inet_service'],
          dataTypes: ['ipv4_addr'],
          elements: [
            {
              key: concatenation(integer(6), addressOf('203.0.113.1'), integer(8080)),
              data: { kind: 'value', value: addressOf('10.1.0.2') },
              origins: [origin(7)],
              comment: 'web',
            },
          ],
        },
        {
          ...plainCollection,
          kind: 'map',
          name: 'by-network',
          keyTypes: ['ifname'],
          dataTypes: 'verdict',
          elements: [
            {
              key: interfaceName('br0'),
              data: { kind: 'verdict', verdict: { kind: 'jump', chain: 'network' } },
              origins: [],
            },
          ],
        },
      ],
      chains: [
        {
          name: 'forward',
          base: baseChain('filter', 'forward', -5, 'drop'),
          rules: [
            rule(1, hasBits(ct('state'), 6), counter, accept),
            rule(2, lacksBits(ct('status'), 32), equals(meta('mark'), integer(0x10)), drop),
            rule(3, { kind: 'vmap', key: meta('oifname'), map: { kind: 'named', name: 'by-network' } }),
          ],
        },
        {
          name: 'translate',
          base: baseChain('nat', 'prerouting', -101),
          rules: [
            rule(
              5,
              {
                kind: 'match',
                left: { kind: 'fib', flags: ['daddr'], result: 'type' },
                operator: '==',
                right: { kind: 'value', value: integer(2) },
              },
              {
                kind: 'nat',
                type: 'dnat',
                family: 'ip',
                address: {
                  kind: 'expression',
                  expression: { kind: 'map', key: published, map: { kind: 'named', name: 'targets' } },
                },
                port: undefined,
                shiftBase: undefined,
                flags: [],
              },
            ),
          ],
        },
        {
          name: 'network',
          base: undefined,
          rules: [
            rule(6, inSet(concat(payload('ip', 'saddr'), meta('l4proto'), payload('th', 'dport')), 'allowed'), {
              kind: 'assign',
              target: meta('mark'),
              value: withBits(meta('mark'), integer(4)),
            }),
            rule(
              7,
              { kind: 'set-update', operation: 'update', set: 'recent', key: payload('ip6', 'saddr'), timeout: 30 },
              { kind: 'limit', rate: 10, unit: 'second', burst: 20, over: false, of: 'packets' },
              {
                kind: 'log',
                prefix: 'denied: ',
                level: 'info',
                group: undefined,
                flags: ['tcp sequence', 'ip options'],
              },
              { kind: 'reject', with: 'icmpv6', code: 'admin-prohibited' },
            ),
            rule(
              8,
              { kind: 'assign', target: ct('mark'), value: constant(integer(1)) },
              { kind: 'reject', with: 'tcp-reset', code: undefined },
            ),
          ],
        },
      ],
    },
  ],
};
