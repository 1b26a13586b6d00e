/** Reads headers: of the network layer, of transport protocols, of ICMP. Packets are whole and have no options. */
import type { Family } from '../../../net/address.ts';
import type { PayloadExpression } from '../../../ruleset/expression.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import type { Space } from '../../space/space.ts';
import { absent, constant, fieldReading, type Reading, unknown } from './reading.ts';
import type { Sight } from './sight.ts';

const portProtocols = [6, 17, 33, 132, 136];
export const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;

export class HeaderReader {
  private readonly space: Space;
  private readonly sight: Sight;

  constructor(space: Space, sight: Sight) {
    this.space = space;
    this.sight = sight;
  }

  /** The protocol behind the network header. */
  protocol(): Reading {
    return this.sight.errorType === undefined ? fieldReading('protocol') : constant(this.errorProtocol);
  }

  /** Packets of a protocol; an ICMP error is of the error protocol, whatever the connection is. */
  private protocolIs(...numbers: readonly number[]): SetId {
    if (this.sight.errorType !== undefined) return numbers.includes(this.errorProtocol) ? everything : empty;
    return this.space.diagrams.uniteAll(
      numbers.map((number) => {
        const range = this.space.partitions.protocol.classesOf(number, number);
        return range === undefined ? empty : this.space.equal('protocol', number);
      }),
    );
  }

  private get errorProtocol(): number {
    return this.space.family === 'ipv4' ? 1 : 58;
  }

  payload({ protocol, field }: PayloadExpression): Reading {
    const { space, sight } = this;
    switch (protocol) {
      case 'ip':
      case 'ip6':
        if ((protocol === 'ip') !== (space.family === 'ipv4')) return absent;
        return this.networkHeader(field, `${protocol} ${field}`);
      case 'th':
      case 'tcp':
      case 'udp':
      case 'udplite':
      case 'sctp':
      case 'dccp': {
        const has = this.protocolIs(...(protocol === 'th' ? portProtocols : [transportNumbers[protocol]]));
        if (has === empty) return absent;
        if (field === 'sport') return fieldReading(sight.sourcePort, has);
        if (field === 'dport') return fieldReading(sight.destinationPort, has);
        return protocol === 'tcp' && field === 'flags'
          ? fieldReading('tcpFlags', has)
          : unknown(`${protocol} ${field}`);
      }
      case 'icmp':
      case 'icmpv6': {
        const has = this.protocolIs(protocol === 'icmp' ? 1 : 58);
        if (has === empty) return absent;
        if (field === 'type') return this.icmpType(has);
        return field === 'code' && sight.errorType === undefined
          ? fieldReading('icmpCode', has)
          : unknown(`${protocol} ${field}`);
      }
      case 'ether':
        return field === 'type' ? constant(etherTypes[space.family]) : unknown(`ether ${field}`);
      case 'vlan':
      case 'arp':
        return absent;
      case 'igmp':
      case 'ah':
      case 'esp':
      case 'comp':
        return unknown(`${protocol} ${field}`);
    }
  }

  /** Replies show the type that answers the request's [41]. */
  private icmpType(has: SetId): Reading {
    const { space, sight } = this;
    if (sight.errorType !== undefined) return constant(sight.errorType);
    if (sight.direction === 'original') return fieldReading('icmpType', has);
    const cases = Object.entries(answeringTypes[space.family]).map(([request, value]) => ({
      set: space.diagrams.intersect(has, space.equal('icmpType', Number(request))),
      value,
    }));
    return { kind: 'cases', key: `icmp reply type/${has}`, has, cases };
  }

  private networkHeader(field: string, text: string): Reading {
    const { sight, space } = this;
    switch (field) {
      case 'saddr':
        return fieldReading(sight.source);
      case 'daddr':
        return fieldReading(sight.destination);
      case 'protocol':
      case 'nexthdr':
        return this.protocol();
      case 'ttl':
      case 'hoplimit':
        return fieldReading('hopLimit', everything, sight.hopSpent ? 1 : 0);
      case 'version':
        return constant(space.family === 'ipv4' ? 4 : 6);
      default:
        return unknown(text);
    }
  }
}

const answeringTypes: Readonly<Record<Family, Readonly<Record<number, number>>>> = {
  ipv4: { 8: 0, 13: 14, 15: 16, 17: 18 },
  ipv6: { 128: 129, 139: 140 },
};

const transportNumbers = { tcp: 6, udp: 17, udplite: 136, sctp: 132, dccp: 33 } as const;
