/** Arbitrary bridge rulesets that ebtables can express. */
import fc from 'fast-check';
import { parseMac } from '../../../src/net/mac.ts';
import { prefixOf } from '../../../src/net/prefix.ts';
import { constant, type Expression, masked, meta, payload, withBits } from '../../../src/ruleset/expression.ts';
import type { Chain, Rule, Ruleset } from '../../../src/ruleset/ruleset.ts';
import {
  accept,
  drop,
  equals,
  jump,
  type MatchOperator,
  type MatchStatement,
  returnFromChain,
  type Statement,
} from '../../../src/ruleset/statement.ts';
import {
  addressValue,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
  type Scalar,
  type Value,
} from '../../../src/ruleset/value.ts';

const comparison = (left: Expression, value: fc.Arbitrary<Value>): fc.Arbitrary<MatchStatement> =>
  fc
    .tuple(fc.constantFrom<MatchOperator>('==', '!='), value)
    .map(([operator, chosen]) => ({ kind: 'match', left, operator, right: { kind: 'value', value: chosen } }));

const optional = (...choices: readonly fc.Arbitrary<Statement>[]): fc.Arbitrary<readonly Statement[]> =>
  fc
    .tuple(...choices.map((choice) => fc.option(choice, { nil: undefined })))
    .map((chosen) => chosen.filter((statement) => statement !== undefined));

const octet = fc.integer({ min: 1, max: 254 }).map((value) => value.toString(16).padStart(2, '0'));
const macs = fc.array(octet, { minLength: 6, maxLength: 6 }).map((octets): Scalar => {
  const mac = parseMac(octets.join(':'));
  if (mac === undefined) throw new Error('no MAC');
  return { kind: 'mac', mac };
});
const numbers = (minimum: number, maximum: number): fc.Arbitrary<Scalar> =>
  fc.integer({ min: minimum, max: maximum }).map(integer);
const interfaces = fc.constantFrom('eth0', 'veth*', 'br-1').map(interfaceName);

function addresses(family: 'ip' | 'ip6'): fc.Arbitrary<Value> {
  const values =
    family === 'ip'
      ? fc.bigInt({ min: 0x0100_0000n, max: 0xdfff_ffffn })
      : fc.bigInt({ min: 1n, max: 0xffffn }).map((value) => (0xfd00n << 112n) | value);
  const bits = family === 'ip' ? 32 : 128;
  return fc.tuple(values, fc.integer({ min: 1, max: bits })).map(([value, length]) => {
    const address = { family: family === 'ip' ? 'ipv4' : 'ipv6', value } as const;
    return length === bits ? addressValue(address) : prefixValue(prefixOf(address, length));
  });
}

const ports: fc.Arbitrary<Value> = fc
  .tuple(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 0, max: 5000 }))
  .map(([first, more]) => rangeValue(integer(first), integer(first + more)));

const type = (number: number): Statement => equals(payload('ether', 'type'), integer(number));
const protocol = (number: number): Statement => equals(meta('l4proto'), integer(number));

/** Network and transport headers, each behind the type that it needs. */
function network(family: 'ip' | 'ip6'): fc.Arbitrary<readonly Statement[]> {
  const transports = fc
    .constantFrom(['tcp', 6] as const, ['udp', 17] as const)
    .chain(([header, number]) =>
      optional(comparison(payload(header, 'sport'), ports), comparison(payload(header, 'dport'), ports)).map(
        (matches) => [protocol(number), ...matches],
      ),
    );
  const header = family === 'ip' ? 'icmp' : 'icmpv6';
  const icmp = fc
    .tuple(numbers(0, 254), fc.option(numbers(0, 15), { nil: undefined }))
    .map(([chosen, code]): readonly Statement[] => [
      protocol(family === 'ip' ? 1 : 58),
      equals(payload(header, 'type'), chosen),
      ...(code === undefined ? [] : [equals(payload(header, 'code'), code)]),
    ]);
  return fc
    .tuple(
      optional(
        comparison(payload(family, 'saddr'), addresses(family)),
        comparison(payload(family, 'daddr'), addresses(family)),
      ),
      fc.oneof(fc.constant([]), transports, icmp),
    )
    .map(([matches, transport]) => [type(family === 'ip' ? 0x0800 : 0x86dd), ...matches, ...transport]);
}

const arp: fc.Arbitrary<readonly Statement[]> = optional(
  comparison(payload('arp', 'operation'), numbers(1, 9)),
  comparison(payload('arp', 'saddr ip'), addresses('ip')),
  comparison(payload('arp', 'daddr ip'), addresses('ip')),
  comparison(payload('arp', 'saddr ether'), macs),
).map((matches) => [type(0x0806), ...matches]);

const mark = meta('mark');
const any = fc.integer({ min: 0, max: 0xffff_ffff });
const bits = fc.integer({ min: 1, max: 0xffff_fffe });
const marks: fc.Arbitrary<Statement> = fc.oneof(
  comparison(mark, any.map(integer)),
  fc.tuple(any, bits).map(([value, mask]) => equals(masked(mark, integer(mask)), integer((value & mask) >>> 0))),
  bits.map((value): Statement => ({ kind: 'match', left: mark, operator: '==', right: { kind: 'bits', bits: value } })),
);

const go: Statement = { kind: 'verdict', verdict: { kind: 'continue' } };
const verdicts = fc.constantFrom(accept, drop, returnFromChain, go);
const actions: fc.Arbitrary<readonly Statement[]> = fc.oneof(
  verdicts.map((verdict) => [verdict]),
  fc.constantFrom<readonly Statement[]>([jump('C')], []),
  fc
    .tuple(bits, fc.constantFrom('set', 'or', 'and', 'xor'), verdicts)
    .map(([value, how, verdict]): readonly Statement[] => {
      const values: Readonly<Record<string, Expression>> = {
        set: constant(integer(value)),
        or: withBits(mark, integer(value)),
        and: masked(mark, integer(value)),
        xor: { kind: 'bitwise', operation: 'xor', left: mark, right: constant(integer(value)) },
      };
      return [{ kind: 'assign', target: mark, value: values[how] ?? mark }, verdict];
    }),
);

const rules: fc.Arbitrary<Rule> = fc
  .tuple(
    optional(
      comparison(payload('ether', 'saddr'), macs),
      comparison(payload('ether', 'daddr'), macs),
      comparison(meta('iifname'), interfaces),
      comparison(meta('oifname'), interfaces),
    ),
    fc.oneof(fc.constant([]), network('ip'), network('ip6'), arp),
    // ebtables-save 1.8.9 loses a mark between IP headers and a packet type, so there is only one of them.
    fc.oneof(optional(marks), optional(comparison(meta('pkttype'), numbers(0, 3)))),
    actions,
  )
  .map(([basics, headers, others, action]) => ({
    statements: [...headers, ...basics, ...others, ...action],
    origins: [],
  }));

/** A bridge filter table with up to `most` rules. */
export function bridgeRulesets(most: number): fc.Arbitrary<Ruleset> {
  return fc.array(rules, { minLength: 1, maxLength: most }).map((written) => {
    const base = { type: 'filter', hook: 'forward', priority: -200, policy: 'accept', devices: [] } as const;
    const chains: readonly Chain[] = [
      { name: 'FORWARD', base, rules: written },
      { name: 'C', base: undefined, rules: [] },
    ];
    return { tables: [{ family: 'bridge', name: 'filter', engine: 'iptables-nft', chains, sets: [], maps: [] }] };
  });
}
