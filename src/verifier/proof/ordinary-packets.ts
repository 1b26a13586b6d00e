/**
 * Packets as they are ordinarily sent, whatever a policy says: well-formed, to a destination that one machine may have,
 * starting a connection or belonging to none. Who may send them is for those who know the senders.
 */
import { addressBits } from '../../net/address.ts';
import { lastAddress, type Prefix, parsePrefix, prefixOf } from '../../net/prefix.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import { Kernel } from '../run/reading/kernel.ts';
import { everything, type SetId } from '../sets/diagrams.ts';
import { specialPrefixes } from '../space/cuts-of-view.ts';
import { addressValue, type Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';

/** The coordinates of a first packet. */
export const firstPacketFields: readonly Field[] = [
  'protocol',
  'icmpType',
  'icmpCode',
  'tcpFlags',
  'origin',
  'source',
  'destination',
  'destinationPort',
  'sourcePort',
  'hopLimit',
];

/** ICMP types that start a connection [41]. */
const startingTypes = { ipv4: [8, 13, 15, 17], ipv6: [128, 139] } as const;
/** Neighbour discovery and multicast listeners: never tracked, always let through [103, 132, 133]. */
export const linkTypes = [130, 131, 132, 133, 134, 135, 136, 137, 143];
/** ICMP types that are errors about another packet. */
export const errorTypes = { ipv4: [3, 4, 5, 11, 12], ipv6: [1, 2, 3, 4] } as const;

/** TCP flags that conntrack takes up as a connection: SYN, and with loose pickup anything with ACK that ends nothing [37, 38]. */
export function startsConnection(flags: number, loose: boolean): boolean {
  const relevant = flags & 0x37; // FIN SYN RST ACK URG
  if (relevant === 0x02 || relevant === 0x22) return true;
  return loose && (relevant === 0x10 || relevant === 0x30);
}

export class OrdinaryPackets {
  protected readonly space: Space;
  protected readonly kernel: Kernel;
  /** Subnets beside those of the host's interfaces: their first and last addresses belong to no one machine. */
  private readonly links: readonly Prefix[];

  constructor(space: Space, links: readonly Prefix[]) {
    this.space = space;
    this.kernel = new Kernel(space);
    this.links = links;
  }

  /** What conntrack takes up as nothing: TCP that starts no connection, ICMP that asks nothing and is no error [37, 41]. */
  strayKinds(): SetId {
    const { space } = this;
    const { diagrams, family } = space;
    const icmp = space.equal('protocol', family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6);
    const speaking = [...startingTypes[family], ...errorTypes[family], ...(family === 'ipv6' ? linkTypes : [])];
    const tcp = diagrams.intersect(
      space.equal('protocol', protocolNumbers.tcp),
      this.flags((value) => !startsConnection(value, true)),
    );
    return diagrams.unite(diagrams.subtract(icmp, space.anyOf('icmpType', speaking)), tcp);
  }

  /** Hop limits that forwarding does not use up. */
  alive(): SetId {
    const { space } = this;
    const alive = space.classes('hopLimit', (index) => space.partitions.hopLimit.firstOf(index) > 1);
    return space.diagrams.intersect(alive, space.wellFormed(['hopLimit', 'tcpFlags', 'icmpCode']));
  }

  protected wellFormed(): SetId {
    const { space } = this;
    const { diagrams, family } = space;
    const foreign = family === 'ipv4' ? [protocolNumbers.icmpv6] : [0, protocolNumbers.icmp, 43, 44, 60];
    const protocols = diagrams.complement(space.anyOf('protocol', foreign));
    return diagrams.intersectAll(space.wellFormed(firstPacketFields), this.alive(), protocols);
  }

  protected starting(): SetId {
    const { space } = this;
    const { diagrams, family } = space;
    const icmp = space.equal('protocol', family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6);
    const silent = diagrams.subtract(icmp, space.anyOf('icmpType', startingTypes[family]));
    const tcp = space.equal('protocol', protocolNumbers.tcp);
    const loose = space.view.sysctls['net.netfilter.nf_conntrack_tcp_loose'] !== '0';
    const other = diagrams.subtract(
      tcp,
      this.flags((value) => startsConnection(value, loose)),
    );
    return diagrams.complement(diagrams.unite(silent, other));
  }

  protected flags(holds: (value: number) => boolean): SetId {
    const { tcpFlags } = this.space.partitions;
    // Where no rule looks at flags they are one class, and every packet of it stands for all that it holds.
    if (tcpFlags.size === 1) return everything;
    return this.space.classes('tcpFlags', (index) => holds(Number(tcpFlags.firstOf(index))));
  }

  protected fromHost(): SetId {
    return this.space.originsWhere(({ device }) => device === undefined);
  }

  /** Sources that the host itself may have: broadcast addresses are local to routing, and nobody's source. */
  protected ownSources(): SetId {
    return this.space.routed('source', 'an address of the host', ({ kind }) => kind === 'local');
  }

  /** Loopback addresses speak to loopback addresses alone. */
  protected loopbackPairs(): SetId {
    const { diagrams } = this.space;
    return diagrams.unite(diagrams.complement(this.loopbackOf('source')), this.loopbackOf('destination'));
  }

  protected loopbackOf(field: 'source' | 'destination' | 'seenSource'): SetId {
    return this.space.diagrams.uniteAll(
      this.familyPrefixes(loopbacks).map((prefix) => this.space.prefix(field, prefix)),
    );
  }

  protected loopbackDestinations(): SetId {
    return this.loopbackOf('destination');
  }

  protected destinations(): SetId {
    const { space } = this;
    const { diagrams } = space;
    const special = this.familyPrefixes(specialPrefixes).map((prefix) => space.prefix('destination', prefix));
    const ordinary = diagrams.complement(diagrams.unite(diagrams.uniteAll(special), this.shared('destination')));
    return diagrams.unite(ordinary, diagrams.intersect(this.loopbackDestinations(), this.fromHost()));
  }

  /** Addresses of the host's own subnets that belong to no one machine. */
  protected shared(field: 'source' | 'destination'): SetId {
    const { space } = this;
    const { family, view } = space;
    const values = new Set<number | bigint>();
    for (const { address, length } of [...view.interfaces.flatMap(({ addresses }) => addresses), ...this.links]) {
      if (address.family !== family || length >= addressBits(family) - 1) continue;
      const subnet = prefixOf(address, length);
      values.add(addressValue(subnet.address));
      if (family === 'ipv4') values.add(addressValue(lastAddress(subnet)));
    }
    return space.anyOf(field, [...values]);
  }

  protected familyPrefixes(prefixes: readonly Prefix[]): readonly Prefix[] {
    return prefixes.filter(({ address }) => address.family === this.space.family);
  }
}

const known = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`not a prefix: ${text}`);
  return prefix;
};
const loopbacks = ['127.0.0.0/8', '::1/128'].map(known);
