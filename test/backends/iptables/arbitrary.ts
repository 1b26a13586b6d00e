/** Arbitrary rulesets that iptables can express, not in canonical form: statements in any order that means the same. */
import fc from 'fast-check';
import type { IptablesEngine } from '../../../src/backends/iptables/tables.ts';
import type { Address } from '../../../src/net/address.ts';
import { parseMac } from '../../../src/net/mac.ts';
import { prefixOf } from '../../../src/net/prefix.ts';
import {
  type BitwiseExpression,
  concat,
  constant,
  ct,
  type Expression,
  type FibExpression,
  masked,
  meta,
  type PhysicalDeviceExpression,
  payload,
} from '../../../src/ruleset/expression.ts';
import type { BaseChain, Chain, Rule, Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import {
  accept,
  drop,
  goto,
  jump,
  type MatchOperator,
  type MatchStatement,
  type NatStatement,
  type Operand,
  returnFromChain,
  type Statement,
} from '../../../src/ruleset/statement.ts';
import {
  addressValue,
  concatenation,
  integer,
  interfaceName,
  prefixValue,
  rangeValue,
  type Scalar,
  type Value,
} from '../../../src/ruleset/value.ts';

type Family = 'ip' | 'ip6';

const equality = fc.constantFrom<MatchOperator>('==', '!=');

function match(left: Expression, operator: MatchOperator, right: Operand): MatchStatement {
  return { kind: 'match', left, operator, right };
}

function comparison(left: Expression, value: fc.Arbitrary<Value>): fc.Arbitrary<MatchStatement> {
  return fc.tuple(equality, value).map(([operator, chosen]) => match(left, operator, { kind: 'value', value: chosen }));
}

const setOf = (values: readonly Value[]): Operand => ({
  kind: 'set',
  set: { kind: 'anonymous', elements: values.map((value) => ({ value, origins: [] })) },
});

function numbers(minimum: number, maximum: number): fc.Arbitrary<Scalar> {
  return fc.integer({ min: minimum, max: maximum }).map(integer);
}

function numberOrRange(minimum: number, maximum: number): fc.Arbitrary<Value> {
  return fc.oneof(
    numbers(minimum, maximum),
    fc
      .tuple(fc.integer({ min: minimum, max: maximum }), fc.integer({ min: minimum, max: maximum }))
      .map(([one, other]) => rangeValue(integer(Math.min(one, other)), integer(Math.max(one, other)))),
  );
}

function addresses(family: Family): fc.Arbitrary<Address> {
  return family === 'ip'
    ? fc.bigInt({ min: 0x0100_0000n, max: 0xdfff_ffffn }).map((value) => ({ family: 'ipv4', value }))
    : fc.bigInt({ min: 1n, max: 0xffffn }).map((value) => ({ family: 'ipv6', value: (0xfd00n << 112n) | value }));
}

function addressRange(family: Family): fc.Arbitrary<Value> {
  return fc.tuple(addresses(family), addresses(family)).map(([one, other]) => {
    const [first, last] = one.value <= other.value ? [one, other] : [other, one];
    return rangeValue(addressValue(first), addressValue(last));
  });
}

function addressOrPrefix(family: Family): fc.Arbitrary<Value> {
  const bits = family === 'ip' ? 32 : 128;
  return fc.oneof(
    addresses(family).map(addressValue),
    fc
      .tuple(addresses(family), fc.integer({ min: 1, max: bits }))
      .map(([address, length]) => prefixValue(prefixOf(address, length))),
  );
}

const interfaces = fc
  .tuple(fc.constantFrom('eth', 'br-', 'veth1234', 'docker0', 'lan.12'), fc.constantFrom('', '0', '*'))
  .map(([name, end]) => interfaceName(`${name}${end}`));

/** What iptables compares before anything else; a second address is compared as a range. */
function basics(family: Family): fc.Arbitrary<readonly MatchStatement[]> {
  const optional = (left: Expression, value: fc.Arbitrary<Value>, most = 1) =>
    fc.array(comparison(left, value), { maxLength: most });
  return fc
    .tuple(
      optional(payload(family, 'saddr'), addressOrPrefix(family)),
      optional(payload(family, 'daddr'), addressOrPrefix(family)),
      optional(meta('iifname'), interfaces),
      fc.array(comparison(payload(family, 'daddr'), addressRange(family)), { maxLength: 1 }),
    )
    .map((parts) => parts.flat());
}

interface Transport {
  readonly protocol: number;
  readonly header: 'tcp' | 'udp' | 'sctp';
}

const transports: readonly Transport[] = [
  { protocol: 6, header: 'tcp' },
  { protocol: 17, header: 'udp' },
  { protocol: 132, header: 'sctp' },
];

/** The negation of all ports is left out: iptables-nft turns it into a rule for any packet. */
const somePorts = numberOrRange(1, 65535);

function portMatches({ header }: Transport): fc.Arbitrary<readonly MatchStatement[]> {
  const ports = fc.array(comparison(payload(header, 'dport'), somePorts), { maxLength: 1 });
  const sources = fc.array(comparison(payload(header, 'sport'), somePorts), { maxLength: 1 });
  const lists = fc.array(
    fc
      .tuple(equality, fc.array(somePorts, { minLength: 1, maxLength: 7 }))
      .map(([operator, values]) => match(payload(header, 'sport'), operator, setOf(values))),
    { maxLength: 1 },
  );
  const bits = fc.integer({ min: 1, max: 0x3f });
  const flags = fc
    .tuple(equality, bits, bits)
    .map(([operator, mask, set]) =>
      match(masked(payload('tcp', 'flags'), integer(mask)), operator, { kind: 'value', value: integer(set & mask) }),
    );
  return fc
    .tuple(ports, sources, lists, header === 'tcp' ? fc.array(flags, { maxLength: 1 }) : fc.constant([]))
    .map((parts) => parts.flat());
}

function icmpMatches(family: Family): fc.Arbitrary<readonly MatchStatement[]> {
  const header = family === 'ip' ? 'icmp' : 'icmpv6';
  const equal = (field: string, value: Scalar) => match(payload(header, field), '==', { kind: 'value', value });
  const types = numbers(0, 254);
  return fc.oneof(
    fc.array(comparison(payload(header, 'type'), types), { minLength: 1, maxLength: 1 }),
    fc.tuple(types, numbers(0, 15)).map(([type, code]) => [equal('type', type), equal('code', code)]),
    fc.tuple(types, numbers(0, 15)).map(([type, code]) => [
      match(concat(payload(header, 'type'), payload(header, 'code')), '!=', {
        kind: 'value',
        value: concatenation(type, code),
      }),
    ]),
  );
}

interface Protocol {
  readonly protocol: number | undefined;
  readonly statements: readonly MatchStatement[];
}

/** A protocol, sometimes only implied by its header. */
function protocols(family: Family): fc.Arbitrary<Protocol> {
  const named = (number: number): MatchStatement =>
    match(meta('l4proto'), '==', { kind: 'value', value: integer(number) });
  const icmpNumber = family === 'ip' ? 1 : 58;
  return fc.oneof(
    fc.constant<Protocol>({ protocol: undefined, statements: [] }),
    fc.constantFrom(...transports).chain((transport) =>
      fc.tuple(portMatches(transport), fc.boolean()).map(
        ([matches, implied]): Protocol => ({
          protocol: transport.protocol,
          statements: implied && matches.length > 0 ? matches : [named(transport.protocol), ...matches],
        }),
      ),
    ),
    icmpMatches(family).map((matches): Protocol => ({ protocol: icmpNumber, statements: matches })),
    comparison(meta('l4proto'), numbers(3, 130)).map(
      (statement): Protocol => ({
        protocol: undefined,
        statements: [statement],
      }),
    ),
  );
}

const bits = (left: Expression, names: readonly number[]): fc.Arbitrary<MatchStatement> =>
  fc
    .tuple(equality, fc.subarray([...names], { minLength: 1 }))
    .map(([operator, chosen]) =>
      match(left, operator, { kind: 'bits', bits: chosen.reduce((sum, bit) => sum | bit, 0) }),
    );

function marks(mark: Expression): fc.Arbitrary<MatchStatement> {
  const any = fc.integer({ min: 0, max: 0xffff_ffff });
  return fc.oneof(
    comparison(mark, any.map(integer)),
    fc
      .tuple(equality, any, fc.integer({ min: 1, max: 0xffff_fffe }))
      .map(([operator, value, mask]) =>
        match(masked(mark, integer(mask)), operator, { kind: 'value', value: integer((value & mask) >>> 0) }),
      ),
  );
}

function conntrackMatches(family: Family): fc.Arbitrary<MatchStatement> {
  const tuples = fc.constantFrom('original' as const, 'reply' as const);
  return fc.oneof(
    bits(ct('state'), [1, 2, 4, 8, 64]),
    bits(ct('status'), [1, 2, 4, 8]),
    fc.constantFrom(16, 32, 48).map((nat) => match(ct('status'), '==', { kind: 'bits', bits: nat })),
    numbers(0, 1).map((value) => match(ct('direction'), '==', { kind: 'value', value })),
    comparison(ct('protocol', 'original'), numbers(1, 255)),
    tuples.chain((direction) => comparison(ct(`${family} saddr`, direction), addressOrPrefix(family))),
    tuples.chain((direction) => comparison(ct(`${family} daddr`, direction), addressOrPrefix(family))),
    tuples.chain((direction) => comparison(ct('proto-dst', direction), somePorts)),
    tuples.chain((direction) => comparison(ct('proto-src', direction), somePorts)),
  );
}

/** IPv6 has no broadcast, blackhole and prohibit types. */
function fibMatches(family: Family): fc.Arbitrary<MatchStatement> {
  const types = fc.subarray(family === 'ip' ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2, 4, 5, 7], { minLength: 1 });
  const flags = fc.constantFrom<FibExpression['flags']>(['saddr'], ['daddr'], ['daddr', 'iif']);
  return fc.tuple(equality, types, flags).map(([operator, chosen, looked]) => {
    const left: FibExpression = { kind: 'fib', flags: looked, result: 'type' };
    return match(left, operator, setOf(chosen.map(integer)));
  });
}

function physicalMatches(): fc.Arbitrary<MatchStatement> {
  const device = (key: PhysicalDeviceExpression['key']): Expression => ({ kind: 'physdev', key });
  const flag = fc.constantFrom<PhysicalDeviceExpression['key']>('is-in', 'is-bridged');
  return fc.oneof(
    comparison(device('in'), interfaces),
    fc.tuple(flag, numbers(0, 1)).map(([key, value]) => match(device(key), '==', { kind: 'value', value })),
  );
}

const octet = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
const macs = fc.array(octet, { minLength: 6, maxLength: 6 }).map((octets): Scalar => {
  const mac = parseMac(octets.join(':'));
  if (mac === undefined) throw new Error('no MAC');
  return { kind: 'mac', mac };
});

function generators(): fc.Arbitrary<MatchStatement> {
  const every = fc
    .integer({ min: 1, max: 1000 })
    .chain((modulus) => fc.tuple(fc.constant(modulus), fc.integer({ min: 0, max: modulus - 1 }), equality));
  const share = fc.tuple(fc.integer({ min: 0, max: 0x8000_0000 }), fc.constantFrom<MatchOperator>('<', '>='));
  const numgen = (mode: 'inc' | 'random', modulus: number): Expression => ({
    kind: 'numgen',
    mode,
    modulus,
    offset: 0,
  });
  return fc.oneof(
    every.map(([modulus, value, operator]) =>
      match(numgen('inc', modulus), operator, { kind: 'value', value: integer(value) }),
    ),
    share.map(([value, operator]) =>
      match(numgen('random', 0x8000_0000), operator, { kind: 'value', value: integer(value) }),
    ),
  );
}

/** Comparisons that need nothing else. */
function plainMatches(family: Family): fc.Arbitrary<MatchStatement> {
  const hops = family === 'ip' ? payload('ip', 'ttl') : payload('ip6', 'hoplimit');
  return fc.oneof(
    conntrackMatches(family),
    fibMatches(family),
    physicalMatches(),
    marks(meta('mark')),
    marks(ct('mark')),
    comparison(payload('ether', 'saddr'), macs),
    comparison(meta('pkttype'), numbers(0, 2)),
    comparison(meta('length'), numberOrRange(0, 65535)),
    comparison(payload(family, 'dscp'), numbers(0, 63)),
    comparison(payload(family, 'saddr'), addressRange(family)),
    fc
      .tuple(fc.constantFrom<MatchOperator>('==', '!=', '<', '>'), numbers(1, 254))
      .map(([operator, value]) => match(hops, operator, { kind: 'value', value })),
  );
}

/** xt_limit keeps no more than about a day in all. */
const limits: fc.Arbitrary<Statement> = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom('second', 'minute', 'hour'), fc.integer({ min: 1, max: 20 }))
  .map(
    ([rate, unit, burst]): Statement => ({
      kind: 'limit',
      rate,
      unit: unit as 'second',
      burst,
      over: false,
      of: 'packets',
    }),
  );

type Action = readonly Statement[];

const prefixes = fc.string({ unit: fc.constantFrom(...'ab \'"\\[]:;!-$é'), maxLength: 14 }).map((text) => `p${text}`);

function filterActions(family: Family, protocol: number | undefined): fc.Arbitrary<Action> {
  const codes =
    family === 'ip'
      ? [
          'net-unreachable',
          'host-unreachable',
          'prot-unreachable',
          'port-unreachable',
          'net-prohibited',
          'host-prohibited',
          'admin-prohibited',
        ]
      : ['no-route', 'admin-prohibited', 'addr-unreachable', 'port-unreachable', 'policy-fail', 'reject-route'];
  const reject = fc
    .constantFrom(...codes)
    .map((code): Action => [{ kind: 'reject', with: family === 'ip' ? 'icmp' : 'icmpv6', code }]);
  const icmpx = fc
    .constantFrom('no-route', 'port-unreachable', 'host-unreachable', 'admin-prohibited')
    .map((code): Action => [{ kind: 'reject', with: 'icmpx', code }]);
  const reset: Action = [{ kind: 'reject', with: 'tcp-reset', code: undefined }];
  const log = fc
    .tuple(
      fc.option(prefixes, { nil: undefined }),
      fc.constantFrom(undefined, 'emerg', 'warn', 'info', 'debug'),
      fc.subarray(['tcp sequence', 'tcp options', 'ip options', 'skuid', 'ether']),
    )
    .map(([prefix, level, flags]): Action => [{ kind: 'log', prefix, level, group: undefined, flags }]);
  const nflog = fc
    .tuple(fc.option(prefixes, { nil: undefined }), fc.integer({ min: 0, max: 65535 }))
    .map(([prefix, group]): Action => [{ kind: 'log', prefix, level: undefined, group, flags: [] }]);
  const simple: readonly Action[] = [
    [accept],
    [drop],
    [returnFromChain],
    [jump('C')],
    [goto('C')],
    [{ kind: 'verdict', verdict: { kind: 'continue' } }],
  ];
  return fc.oneof(
    fc.constantFrom(...simple),
    reject,
    icmpx,
    log,
    nflog,
    protocol === 6 ? fc.constant(reset) : fc.constant<Action>([]),
  );
}

function bitwise(operation: BitwiseExpression['operation'], left: Expression, right: Expression): Expression {
  return { kind: 'bitwise', operation, left, right };
}

const someBits = fc.oneof(fc.constantFrom(0, 1, 0xff, 0xffff_ffff), fc.integer({ min: 0, max: 0xffff_ffff }));

const markActions: fc.Arbitrary<Action> = fc
  .tuple(
    fc.constantFrom<readonly [Expression, Expression]>([meta('mark'), ct('mark')], [ct('mark'), meta('mark')]),
    someBits,
    someBits,
    fc.constantFrom('set', 'and', 'or', 'xor', 'both', 'copy', 'copy-masked'),
  )
  .map(([[target, other], one, two, how]): Action => {
    const values: Readonly<Record<string, Expression>> = {
      set: constant(integer(one)),
      and: bitwise('and', target, constant(integer(one))),
      or: bitwise('or', target, constant(integer(one))),
      xor: bitwise('xor', target, constant(integer(one))),
      both: bitwise('xor', bitwise('and', target, constant(integer(one))), constant(integer(two))),
      copy: other,
      'copy-masked': bitwise('or', masked(target, integer((~one & 0xffff_ffff) >>> 0)), masked(other, integer(one))),
    };
    return [{ kind: 'assign', target, value: values[how] ?? other }];
  });

function natActions(
  family: Family,
  protocol: number | undefined,
  hook: 'prerouting' | 'postrouting',
): fc.Arbitrary<Action> {
  const hasPorts = protocol === 6 || protocol === 17;
  const port = hasPorts ? fc.option(somePorts, { nil: undefined }) : fc.constant(undefined);
  const to = fc.oneof(addresses(family).map(addressValue), addressRange(family));
  const type = hook === 'prerouting' ? fc.constantFrom('dnat', 'redirect') : fc.constantFrom('snat', 'masquerade');
  return fc
    .tuple(type, to, port, fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 65535 }))
    .map(([chosen, address, ports, random, shift, base]): Action => {
      const kind = chosen as NatStatement['type'];
      const isRange =
        ports?.kind === 'range' &&
        ports.first.kind === 'integer' &&
        ports.last.kind === 'integer' &&
        ports.first.value !== ports.last.value;
      return [
        {
          kind: 'nat',
          type: kind,
          family: chosen === 'dnat' ? family : undefined,
          address: kind === 'dnat' || kind === 'snat' ? { kind: 'value', value: address } : undefined,
          port: ports === undefined ? undefined : { kind: 'value', value: ports },
          shiftBase: kind === 'dnat' && isRange && shift ? base : undefined,
          flags: random ? ['random'] : [],
        },
      ];
    });
}

/** Where a rule stands, which decides what it may do. */
interface Place {
  readonly table: string;
  readonly chain: string;
  readonly base: BaseChain;
  readonly actions: (family: Family, protocol: number | undefined) => fc.Arbitrary<Action>;
}

const base = (type: BaseChain['type'], hook: BaseChain['hook'], priority: number): BaseChain => ({
  type,
  hook,
  priority,
  policy: 'accept',
  devices: [],
});

const places: readonly Place[] = [
  { table: 'filter', chain: 'FORWARD', base: base('filter', 'forward', 0), actions: filterActions },
  { table: 'mangle', chain: 'PREROUTING', base: base('filter', 'prerouting', -150), actions: () => markActions },
  {
    table: 'raw',
    chain: 'PREROUTING',
    base: base('filter', 'prerouting', -300),
    actions: () => fc.constantFrom<Action>([{ kind: 'notrack' }], [drop]),
  },
  {
    table: 'nat',
    chain: 'PREROUTING',
    base: base('nat', 'prerouting', -100),
    actions: (family, protocol) => natActions(family, protocol, 'prerouting'),
  },
];

/** Comments of any text that fits, and policy lines. */
const remarks: fc.Arbitrary<Pick<Rule, 'origins' | 'comment'>> = fc.oneof(
  fc.constant({ origins: [] }),
  fc
    .string({ unit: fc.constantFrom(...'ab "\\\';:,!é-1'), maxLength: 60 })
    .map((comment) => ({ origins: [], comment })),
  fc
    .tuple(
      fc.array(
        fc.record({ file: fc.constantFrom('edge.ctfw', 'b/c.ctfw'), line: fc.integer({ min: 1, max: 99999 }) }),
        {
          minLength: 1,
          maxLength: 30,
        },
      ),
      fc.option(fc.string({ maxLength: 300 }), { nil: undefined }),
    )
    .map(([origins, comment]) => (comment === undefined ? { origins } : { origins, comment })),
);

function rules(place: Place, family: Family): fc.Arbitrary<Rule> {
  return protocols(family).chain(({ protocol, statements }) =>
    fc
      .tuple(
        basics(family),
        fc.array(plainMatches(family), { maxLength: 3 }),
        fc.array(fc.oneof(limits, generators()), { maxLength: 2 }),
        fc.option(fc.constant<Statement>({ kind: 'counter', packets: 0, bytes: 0 }), { nil: undefined }),
        place.actions(family, protocol),
        remarks,
        fc.boolean(),
      )
      .map(([before, matches, stateful, counter, action, remark, turned]): Rule => {
        const pure = turned ? [...matches, ...statements, ...before] : [...before, ...statements, ...matches];
        const counted = counter === undefined ? [] : [counter];
        return { statements: [...pure, ...stateful, ...counted, ...action], ...remark };
      }),
  );
}

function tables(place: Place, family: Family, engine: IptablesEngine, most: number): fc.Arbitrary<Table> {
  return fc.array(rules(place, family), { minLength: 1, maxLength: most }).map((written): Table => {
    const chains: readonly Chain[] = [
      { name: place.chain, base: place.base, rules: written },
      { name: 'C', base: undefined, rules: [] },
    ];
    return { family, name: place.table, engine, chains, sets: [], maps: [] };
  });
}

/** A table of one family with up to `most` rules. */
export function expressibleRulesets(family: Family, engine: IptablesEngine, most: number): fc.Arbitrary<Ruleset> {
  return fc
    .constantFrom(...places)
    .chain((place) => tables(place, family, engine, most))
    .map((table) => ({ tables: [table] }));
}
