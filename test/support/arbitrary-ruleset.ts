/** Rulesets that nftables takes: tables of all families, all kinds of statements, for laws about writing, reading and running them. */
import fc, { type Arbitrary, type GeneratorValue } from 'fast-check';
import type { Address, Family } from '../../src/net/address.ts';
import { addressBits } from '../../src/net/address.ts';
import { type MacAddress, parseMac } from '../../src/net/mac.ts';
import { prefixOf } from '../../src/net/prefix.ts';
import { concat, constant, ct, type Expression, masked, meta, payload } from '../../src/ruleset/expression.ts';
import type {
  BaseChain,
  Chain,
  ChainType,
  Hook,
  Rule,
  Ruleset,
  Table,
  TableFamily,
} from '../../src/ruleset/ruleset.ts';
import type { KeyedCollection, MapData, MapElement, NamedMap, NamedSet, SetElement } from '../../src/ruleset/set.ts';
import {
  accept,
  drop,
  equals,
  hasBits,
  lacksBits,
  returnFromChain,
  type Statement,
  type Verdict,
} from '../../src/ruleset/statement.ts';
import { typeOf } from '../../src/ruleset/type-of.ts';
import {
  addressValue,
  type DataType,
  type Interval,
  integer,
  interfaceName,
  rangeValue,
  type Scalar,
  type Value,
} from '../../src/ruleset/value.ts';
import type { Origin } from '../../src/source/span.ts';

/** Any ruleset that the kernel of a common host takes, in IR; `checkRuleset` finds nothing wrong with it. */
export function arbitraryRuleset(options: { readonly maximumTables?: number } = {}): Arbitrary<Ruleset> {
  return fc.gen().map((draw) => {
    const names = shuffled(draw, tableNames).slice(0, between(draw, 1, options.maximumTables ?? 3));
    return { tables: names.map(({ family, name }) => drawTable(draw, family, name)) };
  });
}

const tableNames = (['ip', 'ip6', 'inet', 'bridge'] as const).flatMap((family) =>
  ['ctfw', 'other-table'].map((name) => ({ family, name })),
);

type Draw = GeneratorValue;

const between = (draw: Draw, min: number, max: number): number => draw(fc.integer, { min, max });
const chance = (draw: Draw, outOf: number): boolean => between(draw, 1, outOf) === 1;

function pick<T>(draw: Draw, values: readonly T[]): T {
  const index = between(draw, 0, values.length - 1);
  return values[index] as T;
}

const shuffled = <T>(draw: Draw, values: readonly T[]): readonly T[] =>
  values
    .map((value) => ({ value, place: between(draw, 0, 1000) }))
    .sort((left, right) => left.place - right.place)
    .map(({ value }) => value);

const some = <T>(draw: Draw, values: readonly T[], minimum = 0): readonly T[] => {
  const chosen = values.filter(() => chance(draw, 2));
  return chosen.length < minimum ? values.slice(0, minimum) : chosen;
};
const many = <T>(draw: Draw, min: number, max: number, make: (index: number) => T): T[] =>
  Array.from({ length: between(draw, min, max) }, (_, index) => make(index));

function drawTable(draw: Draw, family: TableFamily, name: string): Table {
  const subs = many(draw, 0, 2, (index) => `sub${index}`);
  const sets = many(draw, 0, 3, (index) => drawSet(draw, `set${index}`, family));
  const maps = many(draw, 0, 3, (index) => drawMap(draw, `map${index}`, family, subs));
  const dynamic = chance(draw, 3) && family !== 'bridge' ? [drawDynamicSet(draw, family)] : [];
  const named: Named = { sets: [...sets, ...dynamic], maps };
  const bases = many(draw, 1, 3, (index) => drawBaseChain(draw, `base-${index}`, family, named, subs));
  const regular = subs.map((sub, index): Chain => {
    const place: Place = {
      family,
      hook: undefined,
      type: 'filter',
      priority: 0,
      named,
      targets: subs.slice(index + 1),
    };
    return { name: sub, base: undefined, rules: many(draw, 0, 3, () => drawRule(draw, place)) };
  });
  const chains = [...bases, ...regular];
  const updated = new Set(
    chains.flatMap((chain) =>
      chain.rules.flatMap((rule) =>
        rule.statements.flatMap((statement) => (statement.kind === 'set-update' ? [statement.set] : [])),
      ),
    ),
  );
  const used = named.sets.filter((set) => !set.dynamic || updated.has(set.name));
  return { family, name, engine: 'nftables', chains, sets: used, maps };
}

/** What is there to refer to. */
interface Named {
  readonly sets: readonly NamedSet[];
  readonly maps: readonly NamedMap[];
}

/** Where a rule stands; a chain without a hook is reached from several. */
interface Place {
  readonly family: TableFamily;
  readonly hook: Hook | undefined;
  readonly type: ChainType;
  readonly priority: number;
  readonly named: Named;
  readonly targets: readonly string[];
}

const hooks: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

function drawBaseChain(draw: Draw, name: string, family: TableFamily, named: Named, targets: readonly string[]): Chain {
  const type = family === 'bridge' ? 'filter' : pick<ChainType>(draw, ['filter', 'filter', 'nat', 'route']);
  const hook =
    type === 'route'
      ? 'output'
      : pick<Hook>(draw, type === 'nat' ? hooks.filter((candidate) => candidate !== 'forward') : hooks);
  const priority = type === 'nat' ? between(draw, -199, 300) : between(draw, -400, 400);
  const base: BaseChain = { type, hook, priority, policy: pick(draw, ['accept', 'drop']), devices: [] };
  const place: Place = { family, hook, type, priority, named, targets };
  return { name, base, rules: many(draw, 0, 5, () => drawRule(draw, place)) };
}

function drawOrigins(draw: Draw): readonly Origin[] {
  return many(draw, 0, 3, () => ({
    file: pick(draw, ['edge.ctfw', 'a/b c.ctfw', 'größe.ctfw', 'x,y;z.ctfw', `${'long'.repeat(30)}.ctfw`]),
    line: between(draw, 1, 5000),
  }));
}

function drawComment(draw: Draw): { readonly origins: readonly Origin[]; readonly comment?: string } {
  const origins = drawOrigins(draw);
  if (chance(draw, 2)) return { origins };
  const comment = chance(draw, 2)
    ? draw(fc.string, { maxLength: 40, unit: 'binary' as const })
    : draw(fc.string, { maxLength: 200 });
  return { origins, comment };
}

function drawRule(draw: Draw, place: Place): Rule {
  const headers = drawHeaders(draw, place);
  const matches = many(draw, 0, 3, () => drawMatch(draw, place, headers));
  const effects = many(draw, 0, 2, () => drawEffect(draw, place, headers));
  return {
    statements: [...headers.statements, ...matches, ...effects, ...drawEnd(draw, place, headers)],
    ...drawComment(draw),
  };
}

/** The headers that a rule speaks of: one of each layer, since nft refuses rules that ask for two. */
interface Headers {
  readonly network: 'ip' | 'ip6' | undefined;
  readonly transport: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmpv6' | 'th' | undefined;
  readonly statements: readonly Statement[];
}

function drawHeaders(draw: Draw, place: Place): Headers {
  const network = place.family === 'ip' || place.family === 'ip6' ? place.family : pick(draw, ['ip', 'ip6'] as const);
  const icmp = network === 'ip' ? ('icmp' as const) : ('icmpv6' as const);
  const transport = pick(draw, ['tcp', 'udp', 'sctp', icmp, 'th', undefined] as const);
  const statements = transport === 'th' ? [anyOfProtocols(draw)] : [];
  return { network, transport, statements };
}

function anyOfProtocols(draw: Draw): Statement {
  const numbers = some(draw, [6, 17, 33, 132, 136], 2);
  return {
    kind: 'match',
    left: meta('l4proto'),
    operator: '==',
    right: {
      kind: 'set',
      set: { kind: 'anonymous', elements: numbers.map((number) => ({ value: integer(number), origins: [] })) },
    },
  };
}

function isIncoming(hook: Hook | undefined): boolean {
  return hook === 'prerouting' || hook === 'input' || hook === 'forward';
}

function isOutgoing(hook: Hook | undefined): boolean {
  return hook === 'output' || hook === 'forward' || hook === 'postrouting';
}

/** Something of one value that a rule of this place may read. */
function drawField(draw: Draw, place: Place, headers: Headers): Expression {
  const choices: Expression[] = [
    meta('mark'),
    meta('l4proto'),
    meta('pkttype'),
    meta('length'),
    meta('protocol'),
    ...(place.family === 'inet' ? [meta('nfproto')] : []),
    ...(place.hook === undefined || isIncoming(place.hook) ? [meta('iifname')] : []),
    ...(place.hook === undefined || isOutgoing(place.hook) ? [meta('oifname')] : []),
    ...(headers.network === undefined ? [] : [payload(headers.network, 'saddr'), payload(headers.network, 'daddr')]),
    ...(headers.network === 'ip' ? [payload('ip', 'ttl'), payload('ip', 'length')] : []),
    ...(headers.network === 'ip6' ? [payload('ip6', 'hoplimit')] : []),
    ...transportFields(headers.transport),
    ...(place.family === 'bridge' ? [payload('ether', 'saddr'), payload('ether', 'daddr')] : conntrackFields(headers)),
    ...fibFields(place),
  ];
  return pick(draw, choices);
}

function transportFields(transport: Headers['transport']): readonly Expression[] {
  switch (transport) {
    case undefined:
      return [];
    case 'icmp':
    case 'icmpv6':
      return [payload(transport, 'type'), payload(transport, 'code')];
    case 'tcp':
      return [payload('tcp', 'sport'), payload('tcp', 'dport'), payload('tcp', 'flags')];
    default:
      return [payload(transport, 'sport'), payload(transport, 'dport')];
  }
}

function conntrackFields(headers: Headers): readonly Expression[] {
  return [
    ct('state'),
    ct('status'),
    ct('direction'),
    ct('mark'),
    ...(headers.network === 'ip' ? [ct('ip daddr', 'original'), ct('ip saddr', 'reply')] : []),
    ...(headers.network === 'ip6' ? [ct('ip6 saddr', 'original'), ct('ip6 daddr', 'reply')] : []),
  ];
}

function fibFields(place: Place): readonly Expression[] {
  if (place.family === 'bridge' || place.hook === undefined) return [];
  const fib = (...flags: readonly ('saddr' | 'daddr' | 'mark' | 'iif')[]): Expression => ({
    kind: 'fib',
    flags,
    result: 'type',
  });
  const route: Expression = { kind: 'fib', flags: ['saddr', 'iif'], result: 'oif' };
  if (place.hook === 'prerouting') return [fib('daddr'), fib('saddr', 'mark'), fib('daddr', 'iif'), route];
  return [fib('daddr'), fib('saddr')];
}

const words: readonly string[] = ['eth0', 'br-a1b2c3', 'docker0', 'veth*', 'lo', 'wlan_1', 'ctfw.12'];

function drawAddress(draw: Draw, family: Family): Address {
  const interesting = [0n, 1n, 2n, 255n, 256n, (1n << BigInt(addressBits(family))) - 1n];
  const offset = pick(draw, interesting);
  const base = pick(
    draw,
    family === 'ipv4' ? [0x0a00_0000n, 0xac11_0000n, 0xc0a8_0100n] : [0xfd17n << 112n, 0xfe80n << 112n],
  );
  const value = (base + offset) & ((1n << BigInt(addressBits(family))) - 1n);
  return { family, value };
}

const integerLimits: Partial<Record<DataType, number>> = {
  inet_proto: 255,
  inet_service: 65535,
  icmp_type: 255,
  icmpv6_type: 255,
  icmp_code: 255,
  icmpv6_code: 255,
  mark: 0xffff_ffff,
  ct_dir: 1,
  fib_addrtype: 8,
  pkt_type: 4,
  nf_proto: 10,
  ether_type: 0xffff,
  tcp_flag: 255,
  boolean: 1,
  integer: 255,
};

const singleBits: Partial<Record<DataType, readonly number[]>> = {
  ct_state: [1, 2, 4, 8, 64],
  ct_status: [1, 2, 4, 8, 16, 32, 512],
};

function drawScalar(draw: Draw, type: DataType): Scalar {
  if (type === 'ipv4_addr') return addressValue(drawAddress(draw, 'ipv4'));
  if (type === 'ipv6_addr') return addressValue(drawAddress(draw, 'ipv6'));
  if (type === 'ether_addr') return { kind: 'mac', mac: drawMac(draw) };
  if (type === 'ifname') return interfaceName(pick(draw, words));
  if (type === 'iface_index') return integer(0);
  const bits = singleBits[type];
  if (bits !== undefined) return integer(pick(draw, bits));
  const limit = integerLimits[type] ?? 255;
  return integer(chance(draw, 2) ? between(draw, 0, Math.min(limit, 10)) : between(draw, 0, limit));
}

function drawMac(draw: Draw): MacAddress {
  const text = `02:00:00:00:00:${between(draw, 16, 255).toString(16)}`;
  return parseMac(text) ?? (text as MacAddress);
}

const orderedTypes: ReadonlySet<DataType> = new Set<DataType>([
  'ipv4_addr',
  'ipv6_addr',
  'inet_service',
  'inet_proto',
  'mark',
  'integer',
]);

function drawInterval(draw: Draw, type: DataType): Interval {
  const first = drawScalar(draw, type);
  if (!orderedTypes.has(type) || chance(draw, 2)) return first;
  if (first.kind === 'address') {
    const bits = addressBits(first.address.family);
    if (chance(draw, 2))
      return { kind: 'prefix', prefix: prefixOf(first.address, pick(draw, [8, 16, 24, bits - 1, bits])) };
    const last = { ...first.address, value: first.address.value + BigInt(between(draw, 1, 300)) };
    return last.value < 1n << BigInt(bits) ? rangeValue(first, addressValue(last)) : first;
  }
  if (first.kind !== 'integer') return first;
  const limit = integerLimits[type] ?? 255;
  const last = Math.min(limit, first.value + between(draw, 1, 300));
  return last > first.value ? rangeValue(first, integer(last)) : first;
}

function drawMatch(draw: Draw, place: Place, headers: Headers): Statement {
  if (chance(draw, 4)) {
    const lookup = drawLookup(draw, place, headers);
    if (lookup !== undefined) return lookup;
  }
  const field = drawField(draw, place, headers);
  const type = typeOf(field)[0] ?? 'integer';
  const operator = fixesProtocol(field) ? '!=' : pick(draw, ['==', '!='] as const);
  if (type === 'ct_state' || type === 'ct_status' || type === 'tcp_flag') {
    const bits = between(draw, 1, type === 'ct_state' ? 15 : 63);
    if (type === 'tcp_flag' && chance(draw, 3)) return equals(masked(field, integer(18)), integer(2));
    return operator === '==' ? hasBits(field, bits) : lacksBits(field, bits);
  }
  if (type === 'mark' && chance(draw, 3)) {
    const bits = pick(draw, [1, 0x10, 0xff00]);
    return chance(draw, 2) ? hasBits(field, bits) : equals(masked(field, integer(0xff)), integer(bits & 0xff || 1));
  }
  if (orderedTypes.has(type) && type !== 'inet_proto' && chance(draw, 4) && !isAddress(type))
    return {
      kind: 'match',
      left: field,
      operator: pick(draw, ['<', '>', '<=', '>='] as const),
      right: { kind: 'value', value: integer(between(draw, 2, 200)) },
    };
  if (chance(draw, 3) && type !== 'iface_index') return anonymousMatch(draw, field, type, operator);
  return { kind: 'match', left: field, operator, right: { kind: 'value', value: drawInterval(draw, type) } };
}

/** nft refuses rules that ask for one protocol and read the header of another. */
function fixesProtocol(field: Expression): boolean {
  return field.kind === 'meta' && (field.key === 'l4proto' || field.key === 'protocol' || field.key === 'nfproto');
}

function isAddress(type: DataType): boolean {
  return type === 'ipv4_addr' || type === 'ipv6_addr';
}

function anonymousMatch(draw: Draw, left: Expression, type: DataType, operator: '==' | '!='): Statement {
  const elements = distinct(many(draw, 2, 4, () => drawScalar(draw, type))).map(
    (value): SetElement => ({ value, origins: [] }),
  );
  const [first] = elements;
  if (elements.length < 2) {
    const value = first?.value ?? drawScalar(draw, type);
    return { kind: 'match', left, operator, right: { kind: 'value', value } };
  }
  return { kind: 'match', left, operator, right: { kind: 'set', set: { kind: 'anonymous', elements } } };
}

/** A wildcard among names is an interval that may cover others. */
function distinct(values: readonly Scalar[]): readonly Scalar[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
    if (seen.has(key) || (value.kind === 'name' && value.name.endsWith('*'))) return false;
    seen.add(key);
    return true;
  });
}

/** A field for each type of a key, if a rule with these headers may read all of them. */
function fieldsFor(types: readonly DataType[], draw: Draw, place: Place, headers: Headers): Expression | undefined {
  const fields = types.map((type) => fieldFor(type, draw, place, headers));
  const known = fields.filter((field) => field !== undefined);
  if (known.length !== types.length) return undefined;
  const [only] = known;
  return known.length === 1 ? only : concat(...known);
}

function fieldFor(type: DataType, draw: Draw, place: Place, headers: Headers): Expression | undefined {
  const { network, transport } = headers;
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr': {
      const wanted = type === 'ipv4_addr' ? 'ip' : 'ip6';
      return network === wanted ? payload(wanted, pick(draw, ['saddr', 'daddr'])) : undefined;
    }
    case 'inet_service':
      return transport === undefined || transport === 'icmp' || transport === 'icmpv6'
        ? undefined
        : payload(transport, pick(draw, ['sport', 'dport']));
    case 'inet_proto':
      return meta('l4proto');
    case 'mark':
      return meta('mark');
    case 'ifname':
      if (isIncoming(place.hook) || place.hook === undefined) return meta('iifname');
      return isOutgoing(place.hook) ? meta('oifname') : undefined;
    case 'ether_addr':
      return place.family === 'bridge' ? payload('ether', 'saddr') : undefined;
    default:
      return undefined;
  }
}

function drawLookup(draw: Draw, place: Place, headers: Headers): Statement | undefined {
  const sets = place.named.sets.filter((set) => !set.dynamic);
  const verdicts = place.named.maps.filter((map) => map.dataTypes === 'verdict');
  if (sets.length > 0 && (verdicts.length === 0 || chance(draw, 2))) {
    const set = pick(draw, sets);
    const left = fieldsFor(set.keyTypes, draw, place, headers);
    if (left === undefined) return undefined;
    const operator = pick(draw, ['==', '!='] as const);
    return { kind: 'match', left, operator, right: { kind: 'set', set: { kind: 'named', name: set.name } } };
  }
  if (verdicts.length === 0 || place.hook === undefined) return undefined;
  const map = pick(draw, verdicts);
  const key = fieldsFor(map.keyTypes, draw, place, headers);
  return key === undefined ? undefined : { kind: 'vmap', key, map: { kind: 'named', name: map.name } };
}

function drawEffect(draw: Draw, place: Place, headers: Headers): Statement {
  const choices: readonly (() => Statement | undefined)[] = [
    () => ({ kind: 'counter', packets: between(draw, 0, 9), bytes: between(draw, 0, 999) }),
    () => ({
      kind: 'limit',
      rate: between(draw, 1, 1000),
      unit: pick(draw, ['second', 'minute', 'hour', 'day', 'week'] as const),
      burst: between(draw, 0, 20),
      over: chance(draw, 2),
      of: 'packets',
    }),
    () => ({
      kind: 'limit',
      rate: pick(draw, [1, 1000, 1024, 3 * 1024 * 1024]),
      unit: 'second',
      burst: pick(draw, [0, 2048, 100]),
      over: chance(draw, 2),
      of: 'bytes',
    }),
    () => ({
      kind: 'log',
      prefix: chance(draw, 4) ? undefined : draw(fc.string, { minLength: 1, maxLength: 150 }),
      level: pick(draw, [undefined, 'warn', 'info', 'debug', 'err']),
      group: undefined,
      flags: some(draw, ['tcp sequence', 'tcp options', 'ip options', 'skuid', 'ether']),
    }),
    () => ({ kind: 'log', prefix: 'g', level: undefined, group: between(draw, 0, 7), flags: [] }),
    () => ({ kind: 'assign', target: meta('mark'), value: constant(integer(between(draw, 0, 0xffff_ffff))) }),
    () => ({
      kind: 'assign',
      target: meta('mark'),
      value: {
        kind: 'bitwise',
        operation: pick(draw, ['and', 'or', 'xor'] as const),
        left: meta('mark'),
        right: constant(integer(between(draw, 1, 0xffff))),
      },
    }),
    () =>
      place.family === 'bridge' || place.type === 'nat'
        ? undefined
        : { kind: 'assign', target: ct('mark'), value: meta('mark') },
    () => {
      const set = place.named.sets.find((candidate) => candidate.dynamic);
      const key = set === undefined ? undefined : fieldsFor(set.keyTypes, draw, place, headers);
      if (set === undefined || key === undefined) return undefined;
      const timeout = set.timeout === undefined || chance(draw, 2) ? undefined : between(draw, 1, 60);
      return { kind: 'set-update', operation: pick(draw, ['add', 'update'] as const), set: set.name, key, timeout };
    },
  ];
  return pick(draw, choices)() ?? { kind: 'counter', packets: 0, bytes: 0 };
}

/** The statements that end a rule; a NAT statement with a port has a match on ports before it. */
function drawEnd(draw: Draw, place: Place, headers: Headers): readonly Statement[] {
  const targets = place.targets.flatMap((chain): Statement[] => [
    { kind: 'verdict', verdict: { kind: 'jump', chain } },
    { kind: 'verdict', verdict: { kind: 'goto', chain } },
  ]);
  const common: readonly (readonly Statement[])[] = [
    [],
    [accept],
    [drop],
    [returnFromChain],
    [{ kind: 'verdict', verdict: { kind: 'continue' } }],
    ...targets.map((target) => [target]),
  ];
  const reject = drawReject(draw, place, headers);
  const nat = place.type === 'nat' ? drawNat(draw, place, headers) : undefined;
  const notrack: readonly (readonly Statement[])[] =
    place.type === 'filter' && place.priority < -200 && place.family !== 'bridge' && place.hook === 'prerouting'
      ? [[{ kind: 'notrack' }]]
      : [];
  return pick(draw, [
    ...common,
    ...notrack,
    ...(reject === undefined ? [] : [[reject]]),
    ...(nat === undefined ? [] : [nat, nat]),
  ]);
}

function drawReject(draw: Draw, place: Place, headers: Headers): Statement | undefined {
  if (place.family === 'bridge' || place.hook === undefined || place.hook === 'postrouting') return undefined;
  if (place.type === 'nat') return undefined;
  const { network } = headers;
  const choices: Statement[] = [
    ...(headers.transport === 'tcp' ? [{ kind: 'reject', with: 'tcp-reset', code: undefined } as const] : []),
    ...(network === 'ip'
      ? [{ kind: 'reject', with: 'icmp', code: pick(draw, ['admin-prohibited', 'port-unreachable']) } as const]
      : [{ kind: 'reject', with: 'icmpv6', code: pick(draw, ['no-route', 'policy-fail']) } as const]),
    ...(place.family === 'inet'
      ? [{ kind: 'reject', with: 'icmpx', code: pick(draw, ['host-unreachable', 'port-unreachable']) } as const]
      : []),
  ];
  return pick(draw, choices);
}

function drawNat(draw: Draw, place: Place, headers: Headers): readonly Statement[] | undefined {
  const { network, transport } = headers;
  if (network === undefined) return undefined;
  const family = place.family === 'inet' ? network : undefined;
  const addressType: DataType = network === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const ports = transport === 'tcp' || transport === 'udp' || transport === 'sctp';
  const guard: readonly Statement[] = ports
    ? [
        {
          kind: 'match',
          left: payload(transport, 'dport'),
          operator: '!=',
          right: { kind: 'value', value: integer(7) },
        },
      ]
    : [];
  const port =
    ports && chance(draw, 2) ? ({ kind: 'value', value: drawInterval(draw, 'inet_service') } as const) : undefined;
  const flags = some(draw, ['random', 'fully-random', 'persistent'] as const);
  const rest = { port, shiftBase: undefined, flags } as const;
  const destination = place.hook === 'prerouting' || place.hook === 'output';
  if (destination && chance(draw, 3))
    return [...guard, { kind: 'nat', type: 'redirect', family: undefined, address: undefined, ...rest }];
  if (place.hook === 'postrouting' && chance(draw, 2))
    return [...guard, { kind: 'nat', type: 'masquerade', family: undefined, address: undefined, ...rest }];
  const map = place.named.maps.find((candidate) => candidate.dataTypes[0] === addressType);
  const key = map === undefined ? undefined : fieldsFor(map.keyTypes, draw, place, headers);
  const address =
    map !== undefined && key !== undefined
      ? ({ kind: 'expression', expression: { kind: 'map', key, map: { kind: 'named', name: map.name } } } as const)
      : ({ kind: 'value', value: drawInterval(draw, addressType) } as const);
  return [...guard, { kind: 'nat', type: destination ? 'dnat' : 'snat', family, address, ...rest }];
}

function keyTypesFor(draw: Draw, family: TableFamily): readonly DataType[] {
  const addresses: readonly DataType[] =
    family === 'ip' ? ['ipv4_addr'] : family === 'ip6' ? ['ipv6_addr'] : ['ipv4_addr', 'ipv6_addr'];
  const address = pick(draw, addresses);
  return pick(draw, [
    [address],
    ['mark'],
    ['ifname'],
    ['inet_service'],
    [address, 'inet_service'],
    ['inet_proto', address, 'inet_service'],
    ['ifname', address, 'inet_proto', 'inet_service'],
    ['mark', 'ifname'],
    ...(family === 'bridge' ? [['ether_addr'], ['ether_addr', address]] : []),
  ] as readonly (readonly DataType[])[]);
}

function drawCollection(draw: Draw, name: string, family: TableFamily): KeyedCollection {
  const keyTypes = keyTypesFor(draw, family);
  return {
    name,
    keyTypes,
    interval: keyTypes.some((type) => orderedTypes.has(type)) && chance(draw, 2),
    counter: chance(draw, 2),
    autoMerge: false,
    dynamic: false,
    timeout: undefined,
  };
}

function drawSet(draw: Draw, name: string, family: TableFamily): NamedSet {
  const common = drawCollection(draw, name, family);
  const autoMerge = common.interval && common.keyTypes.length === 1 && chance(draw, 3);
  const keys = autoMerge ? many(draw, 0, 6, () => drawKey(draw, common)) : drawKeys(draw, common);
  return { ...common, autoMerge, kind: 'set', elements: keys.map((value) => ({ value, ...drawComment(draw) })) };
}

function drawDynamicSet(draw: Draw, family: TableFamily): NamedSet {
  const type: DataType = family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr';
  const timeout = chance(draw, 2) ? between(draw, 1, 3600) : undefined;
  const common = { interval: false, counter: false, autoMerge: false, dynamic: true, timeout } as const;
  return { kind: 'set', name: 'recent', keyTypes: [type], ...common, elements: [] };
}

function drawMap(draw: Draw, name: string, family: TableFamily, targets: readonly string[]): NamedMap {
  const common = drawCollection(draw, name, family);
  const address: DataType =
    family === 'ip' ? 'ipv4_addr' : family === 'ip6' ? 'ipv6_addr' : pick(draw, ['ipv4_addr', 'ipv6_addr']);
  const dataTypes = pick<NamedMap['dataTypes']>(draw, ['verdict', [address], ['mark'], ['inet_service']]);
  const elements = drawKeys(draw, common).map(
    (key): MapElement => ({ key, data: drawData(draw, dataTypes, targets), ...drawComment(draw) }),
  );
  return { ...common, kind: 'map', dataTypes, elements };
}

function drawData(draw: Draw, dataTypes: NamedMap['dataTypes'], targets: readonly string[]): MapData {
  if (dataTypes !== 'verdict') return { kind: 'value', value: drawScalar(draw, dataTypes[0] ?? 'mark') };
  const verdict = pick<Verdict>(draw, [
    { kind: 'accept' },
    { kind: 'drop' },
    { kind: 'continue' },
    { kind: 'return' },
    ...targets.map((chain): Verdict => ({ kind: 'jump', chain })),
    ...targets.map((chain): Verdict => ({ kind: 'goto', chain })),
  ]);
  return { kind: 'verdict', verdict };
}

/** Keys of which no two have a value in common. */
function drawKeys(draw: Draw, collection: KeyedCollection): readonly Value[] {
  const keys: Value[] = [];
  for (const key of many(draw, 0, 5, () => drawKey(draw, collection)))
    if (keys.every((other) => !overlap(key, other))) keys.push(key);
  return keys;
}

function drawKey(draw: Draw, { keyTypes, interval }: KeyedCollection): Value {
  const parts = keyTypes.map((type): Interval => {
    const part = interval ? drawInterval(draw, type) : drawScalar(draw, type);
    return part.kind === 'name' && part.name.endsWith('*') ? interfaceName('eth9') : part;
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'concatenation', parts };
}

function overlap(left: Value, right: Value): boolean {
  const leftParts = left.kind === 'concatenation' ? left.parts : [left];
  const rightParts = right.kind === 'concatenation' ? right.parts : [right];
  return leftParts.every((part, index) => {
    const other = rightParts[index];
    return other !== undefined && intervalsOverlap(part, other);
  });
}

function intervalsOverlap(left: Interval, right: Interval): boolean {
  const [a, b] = [bounds(left), bounds(right)];
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.first <= b.last && b.first <= a.last;
}

function bounds(interval: Interval): string | { readonly first: bigint; readonly last: bigint } {
  switch (interval.kind) {
    case 'integer':
      return { first: BigInt(interval.value), last: BigInt(interval.value) };
    case 'address':
      return { first: interval.address.value, last: interval.address.value };
    case 'prefix': {
      const { address, length } = interval.prefix;
      const size = 1n << BigInt(addressBits(address.family) - length);
      return { first: address.value, last: address.value + size - 1n };
    }
    case 'range': {
      const [first, last] = [bounds(interval.first), bounds(interval.last)];
      return typeof first === 'string' || typeof last === 'string' ? '' : { first: first.first, last: last.last };
    }
    case 'name':
      return interval.name;
    case 'mac':
      return interval.mac;
  }
}
