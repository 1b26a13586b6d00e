/** Compiles expressions into readers. */
import type {
  BitwiseExpression,
  ConntrackExpression,
  Expression,
  FibExpression,
  HashExpression,
  MetaExpression,
  NumberGeneratorExpression,
  PhysicalDeviceExpression,
} from '../../ruleset/expression.ts';
import { jhashWords, scale, swapWord } from '../nat/jhash.ts';
import { isLinkLocal } from '../packet/addresses.ts';
import { type Connection, connectionStatus, directionOf } from '../packet/connection.ts';
import { type AddressDatum, type Datum, scalarDatum } from '../packet/datum.ts';
import { type EvaluationContext, type InterfaceReference, type Reader, unknownValue } from './context.ts';
import type { CompiledMap } from './maps.ts';
import { compilePayload, compileRawPayload } from './payload.ts';
import type { StateLayout } from './state.ts';

/** What compiling an expression needs to know of its table. */
export interface ExpressionScope {
  readonly layout: StateLayout;
  map(reference: Extract<Expression, { kind: 'map' }>['map']): CompiledMap;
  /** Rules of iptables fail where nftables would compare an absent value. */
  readonly byIndex: boolean;
}

/** Readers for the fields of an expression: one, or one for each part of a concatenation. */
export function compileParts(expression: Expression, scope: ExpressionScope): readonly Reader[] {
  if (expression.kind === 'concat') return expression.parts.flatMap((part) => compileParts(part, scope));
  return [compileReader(expression, scope)];
}

/** A reader for an expression of one value. */
export function compileReader(expression: Expression, scope: ExpressionScope): Reader {
  switch (expression.kind) {
    case 'payload':
      return compilePayload(expression);
    case 'raw-payload':
      return compileRawPayload(expression);
    case 'meta':
      return compileMeta(expression, scope.byIndex);
    case 'ct':
      return compileConntrack(expression);
    case 'fib':
      return compileFib(expression, scope.byIndex);
    case 'bitwise':
      return compileBitwise(expression, scope);
    case 'map':
      return compileMapReader(expression, scope);
    case 'numgen':
      return compileNumberGenerator(expression, scope);
    case 'jhash':
    case 'symhash':
      return compileHash(expression, scope);
    case 'exthdr':
      return compileExtensionHeader(expression.name, expression.field);
    case 'ip-option':
    case 'tcp-option':
      return expression.field === undefined ? () => 0 : () => undefined; // packets here have no options
    case 'physdev':
      return compilePhysicalDevice(expression);
    case 'constant': {
      const value = scalarDatum(expression.value);
      return () => value;
    }
    case 'concat':
      return () => unknownValue; // a concatenation is no single value: see compileParts
  }
}

/* Absent interfaces have the empty name and index 0, so `oifname != x` holds in hooks without one [141]. */
const nameOf = (reference: InterfaceReference | undefined): string => reference?.name ?? '';
const indexOf = (reference: InterfaceReference | undefined): number => reference?.index ?? 0;

const packetTypes = { host: 0, broadcast: 1, multicast: 2, other: 3 } as const;
const protocolNumbers = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806 } as const;
const familyNumbers = { ipv4: 2, ipv6: 10, arp: 3 } as const;

function compileMeta({ key }: MetaExpression, byIndex: boolean): Reader {
  switch (key) {
    case 'iifname':
      return (context) => nameOf(context.input);
    case 'oifname':
      return (context) => nameOf(context.output);
    case 'iif':
      return byIndex ? (context) => indexOf(context.input) : (context) => nameOf(context.input);
    case 'oif':
      return byIndex ? (context) => indexOf(context.output) : (context) => nameOf(context.output);
    case 'iiftype':
      return (context) => context.input?.hardwareType;
    case 'oiftype':
      return (context) => context.output?.hardwareType;
    case 'iifgroup':
      return (context) => (context.input === undefined ? undefined : 0);
    case 'oifgroup':
      return (context) => (context.output === undefined ? undefined : 0);
    case 'ibrname':
      return (context) => context.input?.master;
    case 'obrname':
      return (context) => context.output?.master;
    case 'mark':
      return ({ packet }) => packet.mark;
    case 'l4proto':
      return ({ packet }) => (packet.family === 'arp' ? undefined : packet.protocol);
    case 'nfproto':
      return ({ packet, family }) => (family === 'bridge' ? 7 : familyNumbers[packet.family]);
    case 'protocol':
      return ({ packet }) => protocolNumbers[packet.family];
    case 'pkttype':
      return ({ packet }) => packetTypes[packet.packetType];
    case 'length':
      return ({ packet }) => packet.length();
    case 'priority':
      return ({ packet }) => packet.priority;
    case 'skuid':
    case 'skgid':
      return ({ packet }) => packet.socketUser;
    case 'cpu':
    case 'nftrace':
      return () => 0;
    case 'cgroup':
    case 'rtclassid':
    case 'random':
    case 'time':
    case 'day':
    case 'hour':
      return () => unknownValue;
  }
}

/** Bits of `ct state` [30, 45]. */
const stateBits = {
  none: 1,
  established: 2,
  'established-reply': 2,
  related: 4,
  'related-reply': 4,
  new: 8,
  untracked: 64,
} as const;

type ConnectionReader = (connection: Connection, context: EvaluationContext) => ReturnType<Reader>;

function compileConntrack({ key, direction }: ConntrackExpression): Reader {
  if (key === 'state') return ({ packet }) => stateBits[packet.info];
  const read = connectionReader(key, direction);
  return (context) => {
    const { connection } = context.packet;
    return connection === undefined ? undefined : read(connection, context);
  };
}

function connectionReader(
  key: ConntrackExpression['key'],
  direction: ConntrackExpression['direction'],
): ConnectionReader {
  const tuple = (connection: Connection) => (direction === 'reply' ? connection.reply : connection.original);
  const ofFamily = (family: Connection['family'], read: ConnectionReader): ConnectionReader => {
    return (connection, context) => (connection.family === family ? read(connection, context) : undefined);
  };
  switch (key) {
    case 'status':
      return (connection) => connection.status;
    case 'direction':
      return (_, { packet }) => (directionOf(packet.info) === 'reply' ? 1 : 0);
    case 'mark':
      return (connection) => connection.mark;
    case 'expiration':
      return (connection, { services }) => Math.max(0, connection.expires - services.now);
    case 'l3proto':
      return (connection) => familyNumbers[connection.family];
    case 'protocol':
      return (connection) => connection.original.protocol;
    case 'ip saddr':
      return ofFamily('ipv4', (connection) => tuple(connection).source);
    case 'ip daddr':
      return ofFamily('ipv4', (connection) => tuple(connection).destination);
    case 'ip6 saddr':
      return ofFamily('ipv6', (connection) => tuple(connection).source);
    case 'ip6 daddr':
      return ofFamily('ipv6', (connection) => tuple(connection).destination);
    case 'proto-src':
      return (connection) => tuple(connection).sourcePort;
    case 'proto-dst':
      return (connection) => tuple(connection).destinationPort;
    case 'zone':
      return () => 0;
    case 'packets':
      return (connection) => count(direction, connection.packetsOriginal, connection.packetsReply);
    case 'bytes':
      return (connection) => count(direction, connection.bytesOriginal, connection.bytesReply);
    case 'avgpkt':
    case 'helper':
    case 'label':
    case 'id':
      return () => unknownValue;
    case 'state':
      return () => unknownValue; // read without a connection, see compileConntrack
  }
}

function count(direction: 'original' | 'reply' | undefined, original: number, reply: number): number {
  return direction === undefined ? original + reply : direction === 'original' ? original : reply;
}

/** Where the kernel takes the loopback interface for the answer without a look at the routes. */
const loopedHooks: ReadonlySet<string> = new Set(['prerouting', 'ingress', 'input']);

function compileFib({ flags, result }: FibExpression, byIndex: boolean): Reader {
  const ofSource = flags.includes('saddr');
  const byMark = flags.includes('mark');
  const through = (context: EvaluationContext): string | undefined => {
    if (flags.includes('iif')) return nameOf(context.input);
    return flags.includes('oif') ? nameOf(context.output) : undefined;
  };
  return (context) => {
    const { packet, services } = context;
    if (packet.family === 'arp') return undefined;
    const address = ofSource ? packet.source : packet.destination;
    const other = ofSource ? packet.destination : packet.source;
    if (result === 'type') return services.addressType(address, through(context));
    const looped = context.input?.hardwareType === 772 && loopedHooks.has(context.hook);
    const output = looped
      ? context.input
      : services.routeOutput(address, byMark ? packet.mark : 0, through(context) ?? linkOf(context, address), other);
    return result === 'oif' && byIndex ? indexOf(output) : nameOf(output);
  };
}

/** A link-local address is looked for on the link that the packet is on, whatever is asked. */
function linkOf({ input, output }: EvaluationContext, address: AddressDatum): string | undefined {
  return isLinkLocal(address) ? nameOf(input ?? output) : undefined;
}

function compileBitwise(expression: BitwiseExpression, scope: ExpressionScope): Reader {
  const left = compileReader(expression.left, scope);
  const right = compileReader(expression.right, scope);
  const { operation } = expression;
  return (context) => {
    const a = left(context);
    const b = right(context);
    if (a === undefined || b === undefined) return undefined;
    if (a === unknownValue || b === unknownValue) return unknownValue;
    return combine(operation, a, b);
  };
}

function combine(operation: BitwiseExpression['operation'], a: Datum, b: Datum): ReturnType<Reader> {
  if (typeof a === 'number' && typeof b === 'number') {
    switch (operation) {
      case 'and':
        return (a & b) >>> 0;
      case 'or':
        return (a | b) >>> 0;
      case 'xor':
        return (a ^ b) >>> 0;
      case 'lshift':
        return (a << b) >>> 0;
      case 'rshift':
        return a >>> b;
    }
  }
  if (typeof a === 'string' || typeof b === 'string') return unknownValue;
  const [x, y] = [BigInt(a), BigInt(b)];
  switch (operation) {
    case 'and':
      return x & y;
    case 'or':
      return x | y;
    case 'xor':
      return x ^ y;
    case 'lshift':
      return BigInt.asUintN(128, x << y);
    case 'rshift':
      return x >> y;
  }
}

function compileMapReader(expression: Extract<Expression, { kind: 'map' }>, scope: ExpressionScope): Reader {
  const map = scope.map(expression.map);
  const key = compileKey(compileParts(expression.key, { ...scope, byIndex: map.keyedByIndex }));
  return (context) => {
    const values = key(context);
    if (values === undefined || values === unknownValue) return values;
    const element = map.find(values, context);
    if (element === undefined) return undefined; // a miss: the rule does not match [16]
    context.elementOrigins = element.origins;
    if (element.data.kind === 'verdict') return unknownValue;
    const { value } = element.data;
    return value.kind === 'integer' || value.kind === 'address' || value.kind === 'name' || value.kind === 'mac'
      ? scalarDatum(value)
      : unknownValue;
  };
}

/** Reads all fields of a key, those that are not modelled as {@link unknownValue}; undefined when one is absent. */
export function readPartialKey(
  readers: readonly Reader[],
  context: EvaluationContext,
): readonly (Datum | typeof unknownValue)[] | undefined {
  const values = readers.map((read) => read(context));
  return values.some((value) => value === undefined) ? undefined : (values as (Datum | typeof unknownValue)[]);
}

/** Reads all fields of a key. */
export function compileKey(
  readers: readonly Reader[],
): (context: EvaluationContext) => readonly Datum[] | undefined | typeof unknownValue {
  return (context) => {
    const values: Datum[] = [];
    let unknown = false;
    for (const read of readers) {
      const value = read(context);
      if (value === undefined) return undefined;
      if (value === unknownValue) unknown = true;
      else values.push(value);
    }
    return unknown ? unknownValue : values;
  };
}

function compileNumberGenerator(expression: NumberGeneratorExpression, scope: ExpressionScope): Reader {
  const { modulus, offset, mode } = expression;
  if (mode === 'random') {
    return ({ services }) => offset + services.choose(modulus, `numgen random mod ${modulus}`);
  }
  const slot = scope.layout.numbers++;
  return ({ state }) => {
    const value = state.numbers[slot] ?? 0; // counts evaluations [80]
    state.numbers[slot] = (value + 1) % modulus;
    return offset + value;
  };
}

function compileHash(expression: HashExpression, scope: ExpressionScope): Reader {
  const { modulus, offset, seed } = expression;
  if (expression.kind === 'symhash' || expression.expression === undefined || seed === undefined) {
    return ({ services }) => offset + services.choose(modulus, `${expression.kind} mod ${modulus}`);
  }
  const key = compileKey(compileParts(expression.expression, scope));
  return (context) => {
    const values = key(context);
    if (values === undefined || values === unknownValue) return values;
    const words = values.flatMap(hashWords);
    return offset + scale(jhashWords(words, seed), modulus);
  };
}

/** The 32-bit registers that hold a value, as a little-endian machine reads them; ports fill the first two bytes of one. */
function hashWords(value: Datum): number[] {
  if (typeof value === 'bigint') {
    return [96n, 64n, 32n, 0n].map((shift) => swapWord(Number((value >> shift) & 0xffff_ffffn)));
  }
  if (typeof value === 'string') return [];
  return value > 0xffff ? [swapWord(value)] : [((value & 0xff) << 8) | (value >> 8)];
}

function compileExtensionHeader(name: string, field: string | undefined): Reader {
  if (name !== 'frag') return field === undefined ? () => 0 : () => undefined;
  return ({ packet }) => {
    const fragment = packet.family === 'ipv6' ? packet.fragment : undefined;
    if (field === undefined) return fragment === undefined ? 0 : 1;
    if (fragment === undefined) return undefined;
    if (field === 'frag-off') return fragment.offset >> 3;
    if (field === 'more-fragments') return fragment.more ? 1 : 0;
    if (field === 'nexthdr') return packet.protocol;
    return unknownValue;
  };
}

function compilePhysicalDevice({ key }: PhysicalDeviceExpression): Reader {
  switch (key) {
    case 'in':
      return ({ packet }) => packet.physicalInput ?? '';
    case 'out':
      return ({ packet }) => packet.physicalOutput ?? '';
    case 'is-in':
      return ({ packet }) => (packet.physicalInput === undefined ? 0 : 1);
    case 'is-out':
      return ({ packet }) => (packet.physicalOutput === undefined ? 0 : 1);
    case 'is-bridged':
      return ({ packet }) => (packet.physicalInput !== undefined && packet.physicalOutput !== undefined ? 1 : 0);
  }
}

/** Whether a connection has been translated at its destination; used in reports. */
export function isTranslated(connection: Connection): boolean {
  return (connection.status & (connectionStatus.destinationNat | connectionStatus.sourceNat)) !== 0;
}
