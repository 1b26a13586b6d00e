/** Random packets that hit what rules mention, or narrowly miss it. */
import fc from 'fast-check';
import { type Address, type Family, families, parseAddress } from '../../net/address.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { PacketInput } from '../../simulator/packet/input.ts';
import { type Mentioned, mentionedIn } from './mentioned.ts';

/** A packet and the interface that it comes in by. */
export interface ArrivingPacket {
  readonly interface: string;
  readonly packet: PacketInput;
}

/** Addresses that no rule is likely to mention. */
const elsewhere: Readonly<Record<Family, readonly Address[]>> = {
  ipv4: ['198.18.0.1', '203.0.113.200'].map(parseAddress).filter((address) => address !== undefined),
  ipv6: ['2001:db8:eeee::1'].map(parseAddress).filter((address) => address !== undefined),
};

/** Packets for rulesets: addresses, ports and interfaces are mostly ones that the rules mention or the next beside them. */
export function arbitraryPacket(
  rulesets: readonly Ruleset[],
  options: { readonly interfaces?: readonly string[] } = {},
): fc.Arbitrary<ArrivingPacket> {
  const mentioned = mentionedIn(rulesets);
  const names = [...new Set([...(options.interfaces ?? []), ...mentioned.interfaces])];
  const interfaces = fc.constantFrom(...(names.length === 0 ? ['eth0'] : names));
  return fc
    .constantFrom(...families)
    .chain((family) => fc.record({ interface: interfaces, packet: packetOf(family, mentioned) }));
}

function packetOf(family: Family, mentioned: Mentioned): fc.Arbitrary<PacketInput> {
  const own = mentioned.addresses.filter((address) => address.family === family);
  const address = fc.constantFrom(...own, ...elsewhere[family]);
  const port = fc.oneof(fc.constantFrom(0, 1, 65_535, ...mentioned.ports), fc.nat(65_535));
  const ends = { source: address, destination: address };
  const ports = { sourcePort: port, destinationPort: port };
  const flags = fc.constantFrom(2, 18, 16, 24, 17, 4);
  const icmp = family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6;
  const types = family === 'ipv4' ? fc.constantFrom(8, 0, 13) : fc.constantFrom(128, 129);
  return fc.oneof(
    fc.record({ ...ends, ...ports, protocol: fc.constant(protocolNumbers.udp) }),
    fc.record({ ...ends, ...ports, protocol: fc.constant(protocolNumbers.tcp), flags }),
    fc.record({ ...ends, protocol: fc.constant(icmp), type: types, code: fc.constant(0), identifier: fc.nat(9) }),
  );
}
