/**
 * The packets that a proof speaks of. The first universe: well-formed first packets that a sender may send. The second:
 * forged ones, and those that belong to no connection and start none.
 */
import type { AddressSet } from '../../net/address-set.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Meaning } from '../../policy/decide.ts';
import { isJudged, unjudgedAddresses, unjudgedNetworks } from '../meaning/judged.ts';
import type { MeaningDiagrams } from '../meaning/meant.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { Once } from '../sets/once.ts';
import { specialPrefixes } from '../space/cuts-of-view.ts';
import type { AddressField, Space } from '../space/space.ts';
import { errorTypes, linkTypes, OrdinaryPackets } from './ordinary-packets.ts';

export { firstPacketFields, startsConnection } from './ordinary-packets.ts';

export class Universe extends OrdinaryPackets {
  private readonly meaning: Meaning;
  private readonly diagrams: MeaningDiagrams;
  private readonly leftOut: AddressSet;
  private readonly made = new Once();

  constructor(space: Space, meaning: Meaning, diagrams: MeaningDiagrams) {
    super(
      space,
      meaning.atlas.networks.flatMap(({ subnets }) => Object.values(subnets).map(({ prefix }) => prefix)),
    );
    this.leftOut = unjudgedAddresses(meaning);
    this.meaning = meaning;
    this.diagrams = diagrams;
  }

  /** First packets from senders who may send them. */
  first(): SetId {
    const { diagrams } = this.space;
    const sent = diagrams.intersectAll(this.wellFormed(), this.starting(), this.senders(), this.destinations());
    return diagrams.subtract(
      diagrams.subtract(sent, diagrams.intersect(this.fromHost(), this.astray())),
      this.unjudged(),
    );
  }

  /** Packets whose source the sender may not have, by whatever connection; what links need excepted. */
  forged(): SetId {
    return this.made.of('forged', () => this.sentForged());
  }

  private sentForged(): SetId {
    const { diagrams } = this.space;
    const wires = diagrams.complement(this.fromHost());
    const forged = diagrams.subtract(diagrams.subtract(wires, this.permittedSenders()), this.undecidedSenders());
    const reachable = diagrams.unite(this.destinations(), this.loopbackDestinations());
    const judged = diagrams.subtract(diagrams.intersectAll(this.wellFormed(), forged, reachable), this.neededByLinks());
    return diagrams.subtract(diagrams.subtract(judged, this.unmanaged()), this.unjudged());
  }

  /** Forged packets that conntrack takes up as new, and those that it takes for nothing. */
  forgedIn(state: 'new' | 'invalid'): SetId {
    const { diagrams } = this.space;
    return diagrams.intersect(
      this.forged(),
      state === 'new' ? this.starting() : diagrams.unite(this.strayKinds(), this.errors()),
    );
  }

  private errors(): SetId {
    const { space } = this;
    const { diagrams, family } = space;
    const icmp = space.equal('protocol', family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6);
    return diagrams.intersect(icmp, space.anyOf('icmpType', errorTypes[family]));
  }

  /** From or to a network that the proof leaves out. */
  private unjudged(): SetId {
    return this.space.diagrams.uniteAll([
      this.unjudgedOrigins(),
      this.unjudgedAddresses('source'),
      this.unjudgedAddresses('destination'),
    ]);
  }

  unjudgedAddresses(field: AddressField): SetId {
    return this.diagrams.boxes.destinations(this.leftOut, field);
  }

  /** The NIC of a macvlan network is also the way to everyone else. */
  private unjudgedOrigins(): SetId {
    const sides = unjudgedNetworks(this.meaning).filter(({ networkKind }) => networkKind !== 'macvlan');
    return this.space.diagrams.uniteAll(
      sides.map(({ bridge }) => this.diagrams.boxes.side({ kind: 'interface', name: bridge })),
    );
  }

  /** Replies that do not come from where their source lives; `field` holds it. */
  forgedReplies(field: 'destination' | 'realDestination'): SetId {
    const { diagrams } = this.space;
    const wires = diagrams.complement(this.fromHost());
    const forged = diagrams.subtract(diagrams.subtract(wires, this.permittedSenders(field)), this.undecidedSenders());
    return diagrams.subtract(forged, diagrams.unite(this.unjudgedOrigins(), this.unjudgedAddresses(field)));
  }

  /** Packets that belong to no connection and start none, from senders who may have their source. */
  stray(): SetId {
    const { diagrams } = this.space;
    const sent = diagrams.intersectAll(this.wellFormed(), this.strayKinds(), this.senders(), this.destinations());
    return diagrams.subtract(sent, this.unjudged());
  }

  /** Connections that pass routers outside, and those routers as the senders of errors about them. */
  routers(direction: 'original' | 'reply'): (field: AddressField) => SetId {
    const { space } = this;
    const { diagrams } = space;
    const outside = this.diagrams.boxes.side({ kind: 'outside' });
    const router = diagrams.subtract(
      diagrams.intersect(this.outsideAddresses('errorSource'), space.wellFormed(['errorSource'])),
      diagrams.uniteAll(this.familyPrefixes(specialPrefixes).map((prefix) => space.prefix('errorSource', prefix))),
    );
    const judged = diagrams.subtract(router, this.unjudgedAddresses('errorSource'));
    return (field) => diagrams.intersect(judged, direction === 'original' ? outside : this.outsideAddresses(field));
  }

  /** Neither the host nor a declared network. */
  private outsideAddresses(field: AddressField): SetId {
    const { space } = this;
    const own = this.kernel.local(field);
    return space.diagrams.complement(space.diagrams.unite(own, this.subnets(field)));
  }

  private subnets(field: AddressField): SetId {
    const { space } = this;
    const prefixes = this.meaning.atlas.networks.flatMap(({ subnets }) =>
      Object.values(subnets).map(({ prefix }) => prefix),
    );
    return this.made.of(`${field} in a network`, () =>
      space.diagrams.uniteAll(this.familyPrefixes(prefixes).map((prefix) => space.prefix(field, prefix))),
    );
  }

  /** Connections whose receiver may answer: an address of a network that was given to nobody would be forged. */
  answering(field: AddressField): SetId {
    const { diagrams } = this.space;
    return this.made.of(`${field} may answer`, () =>
      diagrams.complement(
        diagrams.subtract(
          diagrams.subtract(this.subnets(field), this.kernel.local(field)),
          this.diagrams.answeringAddresses(field),
        ),
      ),
    );
  }

  /** Packets that come from or go to a declared network. */
  touchesNetworks(field: 'destination' | 'realDestination' = 'destination'): SetId {
    const { diagrams } = this.space;
    const sides = this.meaning.atlas.networks
      .filter(isJudged)
      .map(({ bridge }) => this.diagrams.boxes.side({ kind: 'interface', name: bridge }));
    return diagrams.uniteAll([...sides, this.towardsNetworks(field)]);
  }

  towardsNetworks(field: 'destination' | 'realDestination'): SetId {
    const { diagrams } = this.space;
    const bridges = new Set(this.meaning.atlas.networks.filter(isJudged).map(({ bridge }) => bridge));
    const routed = this.space.routed(
      field,
      'by a bridge of ours',
      (decision) => decision.kind === 'unicast' && bridges.has(decision.interface),
    );
    const reached = diagrams.unite(routed, this.kernel.behindOwnBridge(field));
    return diagrams.subtract(diagrams.intersect(this.subnets(field), reached), this.kernel.local(field));
  }

  /** From networks with `spoofing allowed`: on their bridges alone an address of the host cannot be told from others. */
  spoofing(): SetId {
    const networks = this.meaning.atlas.networks.filter(({ spoofingAllowed }) => spoofingAllowed);
    return this.space.diagrams.uniteAll(
      networks.map(({ bridge }) => this.diagrams.boxes.side({ kind: 'interface', name: bridge })),
    );
  }

  /** To an address of a declared network that was given to nobody, or that the host has no way to: there is no receiver that it would have to reach. */
  vacant(): SetId {
    const { diagrams } = this.space;
    const inside = diagrams.subtract(this.subnets('destination'), this.kernel.local('destination'));
    const received = diagrams.intersect(
      this.towardsNetworks('destination'),
      this.diagrams.givenAddresses('destination'),
    );
    return diagrams.subtract(inside, received);
  }

  /** To an address of a declared network whose bridge the host has no way to: its route, if any, leads elsewhere. */
  astray(): SetId {
    const { diagrams } = this.space;
    const inside = diagrams.subtract(this.subnets('destination'), this.kernel.local('destination'));
    return diagrams.subtract(inside, this.towardsNetworks('destination'));
  }

  /** Inside a network with `spoofing allowed`, to an address that was given to no container: without state that may be an answer. */
  givenToNobody(): SetId {
    const { diagrams } = this.space;
    const given = this.diagrams.givenAddresses('destination');
    return diagrams.subtract(diagrams.intersect(this.spoofing(), this.kernel.behindOwnBridge('destination')), given);
  }

  /** What stays on one bridge, or comes back to it: where br_netfilter makes a difference. */
  aroundBridges(): SetId {
    const { diagrams } = this.space;
    const around = diagrams.unite(this.kernel.behindOwnBridge('destination'), this.kernel.local('destination'));
    return diagrams.intersect(this.kernel.fromBridge(), around);
  }

  /** Traffic inside a network that is not ours to judge. */
  unmanaged(): SetId {
    const { diagrams } = this.space;
    const managed = diagrams.uniteAll(
      this.meaning.atlas.networks.map(({ bridge }) => this.diagrams.boxes.side({ kind: 'interface', name: bridge })),
    );
    return diagrams.subtract(this.kernel.behindOwnBridge('destination'), managed);
  }

  private senders(): SetId {
    const { space, kernel } = this;
    const { diagrams } = space;
    const host = diagrams.intersectAll(this.fromHost(), this.ownSources(), this.loopbackPairs());
    const special = diagrams.unite(
      diagrams.uniteAll(this.familyPrefixes(specialPrefixes).map((prefix) => space.prefix('source', prefix))),
      this.shared('source'),
    );
    const wires = diagrams.subtract(diagrams.subtract(this.permittedSenders(), this.fromHost()), special);
    const ways = space.family === 'ipv4' ? diagrams.intersect(wires, kernel.admitted('source', 'destination')) : wires;
    return diagrams.unite(host, ways);
  }

  /** Sources as the policy gives them, each on its side, and by its port where that has a name. */
  private permittedSenders(field: AddressField = 'source'): SetId {
    const { space } = this;
    const { diagrams } = space;
    let senders = this.diagrams.senders(field);
    for (const { endpoints } of this.meaning.atlas.model.containers) {
      for (const { port, addresses, network } of endpoints) {
        if (port === undefined || network.unmanaged) continue;
        const here = space.originsWhere(({ device }) => device === port);
        const address = addresses[space.family];
        const own = address === undefined ? empty : space.address(field, address);
        senders = diagrams.subtract(senders, diagrams.subtract(own, here));
        senders = diagrams.subtract(senders, diagrams.subtract(here, own));
      }
    }
    return senders;
  }

  /** A named port on a network with `spoofing allowed`: the language does not say which of the two holds. */
  private undecidedSenders(): SetId {
    const { space } = this;
    const ports = new Set(
      this.meaning.atlas.model.containers.flatMap(({ endpoints }) =>
        endpoints.filter(({ network }) => network.spoofingAllowed).map(({ port }) => port),
      ),
    );
    return space.originsWhere(({ device }) => device !== undefined && ports.has(device));
  }

  private neededByLinks(): SetId {
    const { space } = this;
    const { diagrams, family } = space;
    const udp = (from: number, to: number): SetId =>
      diagrams.intersectAll(
        space.equal('protocol', protocolNumbers.udp),
        space.equal('sourcePort', from),
        space.equal('destinationPort', to),
      );
    if (family === 'ipv4') return diagrams.intersect(space.prefix('source', unspecified4), udp(68, 67));
    const discovery = diagrams.intersect(
      space.equal('protocol', protocolNumbers.icmpv6),
      space.anyOf('icmpType', linkTypes),
    );
    return diagrams.unite(discovery, diagrams.intersect(space.prefix('source', linkLocal6), udp(546, 547)));
  }
}

const known = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`not a prefix: ${text}`);
  return prefix;
};
const unspecified4 = known('0.0.0.0/32');
const linkLocal6 = known('fe80::/10');
