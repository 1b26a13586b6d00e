/** The fields and tests that our rules recognise packets by. */
import { type Address, addressBits, type Family } from '../net/address.ts';
import { maskValue, type Prefix } from '../net/prefix.ts';
import { concat, ct, masked, meta, payload } from '../ruleset/expression.ts';
import { differs, equals, inSet, type MatchStatement, notInSet } from '../ruleset/statement.ts';
import { addressValue, type DataType, integer, interfaceName, rangeValue } from '../ruleset/value.ts';
import { localAddressType } from './constant.ts';
import type { Field, KeyPart, Test } from './key-table.ts';
import { endpointsSet, sets } from './names.ts';

const header = (family: Family): 'ip' | 'ip6' => (family === 'ipv4' ? 'ip' : 'ip6');
export const addressType = (family: Family): DataType => (family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr');
const addressBytes = (family: Family): number => (family === 'ipv4' ? 4 : 16);

/** `ip saddr`, `ip6 daddr`. */
export const addressOf = (family: Family, side: 'saddr' | 'daddr') => payload(header(family), side);

const perFamily = <T>(make: (family: Family) => T): Readonly<Record<Family, T>> => ({
  ipv4: make('ipv4'),
  ipv6: make('ipv6'),
});

const inputInterface: Field = {
  id: 'iifname',
  expression: meta('iifname'),
  type: 'ifname',
  bytes: 16,
  ofOneFamily: false,
};
const outputInterface: Field = {
  id: 'oifname',
  expression: meta('oifname'),
  type: 'ifname',
  bytes: 16,
  ofOneFamily: false,
};
const protocol: Field = {
  id: 'l4proto',
  expression: meta('l4proto'),
  type: 'inet_proto',
  bytes: 4,
  ofOneFamily: false,
};
const destinationPort: Field = {
  id: 'dport',
  expression: payload('th', 'dport'),
  type: 'inet_service',
  bytes: 4,
  ofOneFamily: false,
};
const originalPort: Field = {
  id: 'original-dport',
  expression: ct('proto-dst', 'original'),
  type: 'inet_service',
  bytes: 4,
  ofOneFamily: false,
};
const originalAddress = perFamily<Field>((family) => ({
  id: family === 'ipv4' ? 'original-daddr-v4' : 'original-daddr-v6',
  expression: ct(family === 'ipv4' ? 'ip daddr' : 'ip6 daddr', 'original'),
  type: addressType(family),
  bytes: addressBytes(family),
  ofOneFamily: true,
}));
const icmpType = perFamily<Field>((family) => ({
  id: family === 'ipv4' ? 'icmp-type' : 'icmpv6-type',
  expression: payload(family === 'ipv4' ? 'icmp' : 'icmpv6', 'type'),
  type: family === 'ipv4' ? 'icmp_type' : 'icmpv6_type',
  bytes: 4,
  ofOneFamily: true,
}));

export const inputInterfacePart = (name: string): KeyPart => ({ field: inputInterface, value: interfaceName(name) });
export const outputInterfacePart = (name: string): KeyPart => ({ field: outputInterface, value: interfaceName(name) });
const eachProtocol = <T>(make: (number: number) => T): readonly T[] =>
  Array.from({ length: 256 }, (_, number) => make(number));
// Made once each: thousands of entries hold the same few.
const protocolParts = eachProtocol<KeyPart>((number) => ({ field: protocol, value: integer(number) }));
export const protocolPart = (number: number): KeyPart => ofProtocol(protocolParts, number);
export const portPart = (port: number): KeyPart => ({ field: destinationPort, value: integer(port) });
export const portRangePart = (first: number, last: number): KeyPart => ({
  field: destinationPort,
  value: rangeValue(integer(first), integer(last)),
});
export const originalPortPart = (port: number): KeyPart => ({ field: originalPort, value: integer(port) });
export const originalAddressPart = (address: Address): KeyPart => ({
  field: originalAddress[address.family],
  value: addressValue(address),
});
export const icmpTypePart = (family: Family, type: number): KeyPart => ({
  field: icmpType[family],
  value: integer(type),
});

/** The network part of an address: a prefix is recognised by masking the packet's address, so it needs no interval. */
export function addressPart(side: 'saddr' | 'daddr', prefix: Prefix): KeyPart {
  const field = addressFields[side][prefix.address.family][prefix.length];
  if (field === undefined) throw new RangeError(`no prefix length: ${prefix.length}`);
  return { field, value: addressValue(prefix.address) };
}

const addressFields = {
  saddr: perFamily((family) => fieldsOf('saddr', family)),
  daddr: perFamily((family) => fieldsOf('daddr', family)),
};

/** One field for each prefix length. */
function fieldsOf(side: 'saddr' | 'daddr', family: Family): readonly Field[] {
  const bits = addressBits(family);
  const expression = addressOf(family, side);
  const suffix = family === 'ipv4' ? 'v4' : 'v6';
  return Array.from({ length: bits + 1 }, (_, length) => ({
    id: `${side}${length === bits ? '' : length}-${suffix}`,
    expression:
      length === bits ? expression : masked(expression, addressValue({ family, value: maskValue(family, length) })),
    type: addressType(family),
    bytes: addressBytes(family),
    ofOneFamily: true,
  }));
}

const test = (id: string, match: MatchStatement): Test => ({ id, match });

const familyTests = perFamily<Test>((family) =>
  test(family === 'ipv4' ? 'v4' : 'v6', equals(meta('nfproto'), integer(family === 'ipv4' ? 2 : 10))),
);
export const familyTest = (family: Family): Test => familyTests[family];
const protocolTests = eachProtocol<Test>((number) => test(`proto${number}`, equals(meta('l4proto'), integer(number))));
export const protocolTest = (number: number): Test => ofProtocol(protocolTests, number);

function ofProtocol<T>(each: readonly T[], number: number): T {
  const found = each[number];
  if (found === undefined) throw new RangeError(`no protocol number: ${number}`);
  return found;
}
export const fromOutside: Test = test('from-outside', notInSet(meta('iifname'), sets.inside));
export const toOutside: Test = test('to-outside', notInSet(meta('oifname'), sets.inside));
export const notFromInternal: Test = test('not-internal', notInSet(meta('iifname'), sets.internalBridges));
/** Not an address of the host: the bridge's own lies in the subnet of its network. */
export const notLocal: Test = test(
  'not-local',
  differs({ kind: 'fib', flags: ['daddr'], result: 'type' }, integer(localAddressType)),
);
/** Whatever comes from the side of a container with its address, or goes there. */
export const fromEndpoint = perFamily<Test>((family) =>
  test('from-endpoint', inSet(concat(meta('iifname'), addressOf(family, 'saddr')), endpointsSet(family))),
);
export const notFromEndpoint = perFamily<Test>((family) =>
  test('not-from-endpoint', notInSet(concat(meta('iifname'), addressOf(family, 'saddr')), endpointsSet(family))),
);
export const notToEndpoint = perFamily<Test>((family) =>
  test('not-to-endpoint', notInSet(concat(meta('oifname'), addressOf(family, 'daddr')), endpointsSet(family))),
);
/** The destination was given to a container behind the interface that the packet leaves by. */
export const toEndpoint = perFamily<Test>((family) =>
  test('to-endpoint', inSet(concat(meta('oifname'), addressOf(family, 'daddr')), endpointsSet(family))),
);
