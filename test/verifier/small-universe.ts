/** A universe of sixteen addresses and sixteen ports, random rules over it, and conversations of up to four packets. */
import fc from 'fast-check';
import type { HostView } from '../../src/host-view/host-view.ts';
import type { Address } from '../../src/net/address.ts';
import { parseMac } from '../../src/net/mac.ts';
import { parsePrefix } from '../../src/net/prefix.ts';
import { concat, ct, masked, meta, payload, withBits } from '../../src/ruleset/expression.ts';
import type { Chain, Hook, Rule, Ruleset } from '../../src/ruleset/ruleset.ts';
import {
  anyOf,
  differs,
  equals,
  hasBits,
  lacksBits,
  type NatStatement,
  type Statement,
} from '../../src/ruleset/statement.ts';
import {
  addressValue,
  concatenation,
  type Interval,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
} from '../../src/ruleset/value.ts';

export const smallAddress = (last: number): Address => ({ family: 'ipv4', value: 0x0a000000n + BigInt(last) });

const subnets = [
  { name: 'eth0', own: 1, prefix: '10.0.0.0/30' },
  { name: 'eth1', own: 5, prefix: '10.0.0.4/30' },
  { name: 'eth2', own: 9, prefix: '10.0.0.8/29' },
] as const;

const prefixOfText = (text: string) => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(text);
  return prefix;
};

/** Three links, one address of the host on each. */
export const smallView: HostView = {
  source: 'gathered',
  name: 'host',
  interfaces: [
    { name: 'lo', kind: 'loopback', mac: undefined, mtu: 65536, up: true, addresses: [], bridgePort: undefined },
    ...subnets.map(({ name, own, prefix }, index) => ({
      name,
      kind: 'ethernet' as const,
      mac: parseMac(`02:00:00:00:00:0${index + 1}`),
      mtu: 1500,
      up: true,
      addresses: [
        {
          address: smallAddress(own),
          length: prefixOfText(prefix).length,
          scope: 'universe' as const,
          deprecated: false,
        },
      ],
      bridgePort: undefined,
    })),
  ],
  routes: subnets.map(({ name, prefix }) => ({
    destination: prefixOfText(prefix),
    via: undefined,
    interface: name,
    kind: 'unicast',
    metric: 0,
    table: 'main',
  })),
  rules: [],
  neighbours: undefined,
  sysctls: {
    'net.ipv4.ip_forward': '1',
    // A redirect would look like the answer of a reject.
    ...Object.fromEntries(
      ['all', ...subnets.map(({ name }) => name)].map((name) => [`net.ipv4.conf.${name}.send_redirects`, '0']),
    ),
  },
  capabilities: { brNetfilter: false, bridgeConntrack: false, bridgeName: false },
};

export interface SmallPacket {
  readonly device: string | undefined;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

const hosts = [2, 6, 10, 11, 12, 13, 14] as const;
const own = [1, 5, 9] as const;
const linkOf = (last: number): string => (last < 4 ? 'eth0' : last < 8 ? 'eth1' : 'eth2');
const port = fc.integer({ min: 1, max: 15 });

export const arbitraryPacket: fc.Arbitrary<SmallPacket> = fc
  .oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        source: fc.constantFrom(...hosts),
        destination: fc.constantFrom(...hosts, ...own),
        sourcePort: port,
        destinationPort: port,
        device: fc.constant('natural'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        source: fc.constantFrom(...hosts),
        destination: fc.constantFrom(...hosts, ...own),
        sourcePort: port,
        destinationPort: port,
        device: fc.constantFrom('eth0', 'eth1', 'eth2'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        source: fc.constantFrom(...own),
        destination: fc.constantFrom(...hosts, ...own),
        sourcePort: port,
        destinationPort: port,
        device: fc.constant('host'),
      }),
    },
  )
  .map((packet) => ({
    ...packet,
    device: packet.device === 'natural' ? linkOf(packet.source) : packet.device === 'host' ? undefined : packet.device,
  }));

// ---- rules ------------------------------------------------------------------------------------------------------------

const last = fc.integer({ min: 0, max: 15 });
const interval: fc.Arbitrary<Interval> = fc.oneof(
  last.map((value) => addressValue(smallAddress(value))),
  fc.tuple(last, fc.integer({ min: 28, max: 31 })).map(([value, length]) => {
    const mask = (1 << (32 - length)) - 1;
    return prefixValue({ address: smallAddress(value & ~mask), length });
  }),
);
const ports: fc.Arbitrary<Interval> = fc.oneof(
  port.map(integer),
  fc.tuple(port, port).map(([a, b]) => rangeValue(integer(Math.min(a, b)), integer(Math.max(a, b)))),
);
const name = fc.constantFrom('eth0', 'eth1', 'eth2', 'lo', 'eth*').map(interfaceName);

const match: fc.Arbitrary<Statement> = fc.oneof(
  fc
    .tuple(fc.constantFrom('saddr', 'daddr'), interval, fc.boolean())
    .map(([side, value, not]) => (not ? differs : equals)(payload('ip', side), value)),
  fc
    .tuple(fc.constantFrom('sport', 'dport'), ports, fc.boolean())
    .map(([side, value, not]) => (not ? differs : equals)(payload('udp', side), value)),
  fc
    .tuple(fc.constantFrom('iifname', 'oifname'), name, fc.boolean())
    .map(([side, value, not]) => (not ? differs : equals)(meta(side as 'iifname'), value)),
  fc
    .tuple(fc.integer({ min: 1, max: 15 }), fc.boolean())
    .map(([bits, not]) => (not ? lacksBits : hasBits)(ct('state'), bits)),
  fc.constantFrom(0x20, 0x10, 0x30).map((bits) => hasBits(ct('status'), bits)),
  fc
    .tuple(fc.constantFrom('original', 'reply'), interval)
    .map(([direction, value]) => equals(ct('ip daddr', direction as 'original'), value)),
  fc
    .tuple(fc.constantFrom('original', 'reply'), port)
    .map(([direction, value]) => equals(ct('proto-dst', direction as 'original'), integer(value))),
  fc.integer({ min: 0, max: 3 }).map((value) => equals(masked(meta('mark'), integer(3)), integer(value))),
  fc.array(fc.tuple(interval, ports), { minLength: 1, maxLength: 4 }).map((pairs) =>
    anyOf(
      concat(payload('ip', 'daddr'), payload('udp', 'dport')),
      pairs.map(([address, number]) => concatenation(address, number)),
    ),
  ),
  fc.array(last, { minLength: 1, maxLength: 4 }).map((values) =>
    anyOf(
      payload('ip', 'saddr'),
      values.map((value) => addressValue(smallAddress(value))),
    ),
  ),
);

export const verdict = (kind: 'accept' | 'drop' | 'return' | 'continue'): Statement => ({
  kind: 'verdict',
  verdict: { kind },
});
const effect = (deeper: readonly string[], rejects: boolean): fc.Arbitrary<Statement> =>
  fc.oneof(
    fc.constantFrom(verdict('accept'), verdict('drop'), verdict('drop'), verdict('return'), verdict('continue')),
    fc
      .integer({ min: 0, max: 3 })
      .map(
        (value): Statement => ({ kind: 'assign', target: meta('mark'), value: withBits(meta('mark'), integer(value)) }),
      ),
    ...(rejects ? [fc.constant<Statement>({ kind: 'reject', with: 'icmpx', code: 'port-unreachable' })] : []),
    ...(deeper.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom('jump', 'goto'), fc.constantFrom(...deeper))
            .map(([kind, chain]): Statement => ({ kind: 'verdict', verdict: { kind: kind as 'jump', chain } })),
        ]),
  );

const rulesOf = (end: fc.Arbitrary<Statement>, most = 4): fc.Arbitrary<readonly Rule[]> =>
  fc.array(
    fc
      .tuple(fc.array(match, { maxLength: 2 }), end)
      .map(([matches, statement]): Rule => ({ statements: [...matches, statement], origins: [] })),
    { maxLength: most },
  );

export const nat = (type: NatStatement['type'], address: number | undefined, to: number | undefined): NatStatement => ({
  kind: 'nat',
  type,
  family: address === undefined ? undefined : 'ip',
  address: address === undefined ? undefined : { kind: 'value', value: addressValue(smallAddress(address)) },
  port: to === undefined ? undefined : { kind: 'value', value: integer(to) },
  shiftBase: undefined,
  flags: [],
});
const udpOnly: Statement = equals(meta('l4proto'), integer(17));
const destinationNat: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc
    .tuple(
      fc.array(match, { maxLength: 2 }),
      fc.constantFrom(...hosts, ...own),
      fc.option(port, { nil: undefined }),
      fc.boolean(),
    )
    .map(
      ([matches, address, to, redirects]): Rule => ({
        statements: [
          udpOnly,
          ...matches,
          redirects && to !== undefined ? nat('redirect', undefined, to) : nat('dnat', address, to),
        ],
        origins: [],
      }),
    ),
  { maxLength: 2 },
);
const sourceNat: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc.tuple(fc.array(match, { maxLength: 2 }), fc.constantFrom(...own), fc.boolean()).map(
    ([matches, address, masquerades]): Rule => ({
      statements: [...matches, masquerades ? nat('masquerade', undefined, undefined) : nat('snat', address, undefined)],
      origins: [],
    }),
  ),
  { maxLength: 2 },
);

const base = (
  chain: string,
  type: 'filter' | 'nat',
  hook: Hook,
  priority: number,
  rules: fc.Arbitrary<readonly Rule[]>,
): fc.Arbitrary<readonly Chain[]> =>
  fc.tuple(rules, fc.constantFrom('accept', 'accept', 'drop')).map(([list, policy]) =>
    list.length === 0
      ? []
      : [
          {
            name: chain,
            base: { type, hook, priority, policy: type === 'nat' ? 'accept' : (policy as 'accept'), devices: [] },
            rules: list,
          },
        ],
  );

const filter = (rejects: boolean): fc.Arbitrary<readonly Rule[]> => rulesOf(effect(['one', 'two'], rejects));

export const arbitrarySmallRuleset: fc.Arbitrary<Ruleset> = fc
  .tuple(
    base('raw', 'filter', 'prerouting', -300, rulesOf(effect([], true), 1)),
    base('before', 'filter', 'prerouting', -150, rulesOf(effect([], true), 2)),
    base('dnat', 'nat', 'prerouting', -100, destinationNat),
    base('after', 'filter', 'prerouting', 0, rulesOf(effect([], true), 1)),
    base('forward', 'filter', 'forward', 0, filter(true)),
    base('late', 'filter', 'forward', 10, rulesOf(effect([], true), 2)),
    base('input', 'filter', 'input', 0, filter(true)),
    base('output', 'filter', 'output', 0, rulesOf(effect([], false), 2)),
    base('dnat-output', 'nat', 'output', -100, destinationNat),
    base('leaving', 'filter', 'postrouting', 0, rulesOf(effect([], false), 1)),
    base('snat', 'nat', 'postrouting', 100, sourceNat),
    rulesOf(effect(['two'], true), 3),
    rulesOf(effect([], true), 3),
  )
  .map((parts): Ruleset => {
    const bases = parts.slice(0, 11).flat() as Chain[];
    const [one, two] = parts.slice(11) as Rule[][];
    // The usual first rule, in every second ruleset or so.
    const stateful = bases.map((chain) =>
      chain.base?.priority === 0 && chain.rules.length % 2 === 0
        ? {
            ...chain,
            rules: [{ statements: [hasBits(ct('state'), 6), verdict('accept')], origins: [] }, ...chain.rules],
          }
        : chain,
    );
    const chains: Chain[] = [
      ...stateful,
      { name: 'one', base: undefined, rules: one ?? [] },
      { name: 'two', base: undefined, rules: two ?? [] },
    ];
    return { tables: [{ family: 'ip', name: 'small', engine: 'nftables', chains, sets: [], maps: [] }] };
  });
