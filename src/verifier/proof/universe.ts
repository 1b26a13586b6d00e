/**
 * The packets that a proof speaks of. The first universe: well-formed first packets that a sender may send. The second:
 * forged ones, and those that belong to no connection and start none.
 */

import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import { isLan } from '../../policy/atlas.ts';
import type { Meaning } from '../../policy/decide.ts';
import { wiringOf } from '../meaning/completed-view.ts';
import type { MeaningDiagrams } from '../meaning/meant.ts';
import { PastTheHost } from '../meaning/past-the-host.ts';
import type { Binding } from '../run/reading/sight.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { Once } from '../sets/once.ts';
import { specialPrefixes } from '../space/cuts-of-view.ts';
import type { AddressField, BoundPort, Space } from '../space/space.ts';
import { errorTypes, linkTypes, OrdinaryPackets } from './ordinary-packets.ts';

export { firstPacketFields, startsConnection } from './ordinary-packets.ts';

export class Universe extends OrdinaryPackets {
  private readonly meaning: Meaning;
  private readonly diagrams: MeaningDiagrams;
  private readonly past: PastTheHost;
  private readonly ports: readonly BoundPort[];
  private readonly made = new Once();

  constructor(space: Space, meaning: Meaning, diagrams: MeaningDiagrams) {
    super(
      space,
      meaning.atlas.networks.flatMap(({ subnets }) => Object.values(subnets).map(({ prefix }) => prefix)),
    );
    this.meaning = meaning;
    this.diagrams = diagrams;
    this.past = new PastTheHost(space, meaning, diagrams);
    this.ports = wiringOf(meaning).ports ?? [];
  }

  /** First packets from senders who may send them. */
  first(): SetId {
    const { diagrams } = this.space;
    const sent = diagrams.intersectAll(this.wellFormed(), this.starting(), this.senders(), this.destinations());
    return diagrams.subtract(
      diagrams.subtract(sent, diagrams.intersect(this.fromHost(), this.astray())),
      this.past.frames(),
    );
  }

  /** Frames that no hook of this host meets. */
  unseen(): SetId {
    return this.past.frames();
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
    const unseen = diagrams.unite(this.past.betweenMachines(), this.past.backIntoTunnel('destination'));
    return diagrams.subtract(diagrams.subtract(judged, this.unmanaged()), unseen);
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

  /** Replies that do not come from where their source lives; `field` holds it. */
  forgedReplies(field: 'destination' | 'realDestination'): SetId {
    const { diagrams } = this.space;
    const wires = diagrams.complement(diagrams.unite(this.fromHost(), this.past.backIntoTunnel('source')));
    return diagrams.subtract(diagrams.subtract(wires, this.permittedSenders(field)), this.undecidedSenders());
  }

  /** Packets that belong to no connection and start none, from senders who may have their source. */
  stray(): SetId {
    const { diagrams } = this.space;
    const sent = diagrams.intersectAll(this.wellFormed(), this.strayKinds(), this.senders(), this.destinations());
    return diagrams.subtract(sent, this.past.frames());
  }

  /** Connections that pass routers outside, and those routers as the senders of errors about them. */
  routers(direction: 'original' | 'reply'): (field: AddressField) => SetId {
    const { space } = this;
    const { diagrams } = space;
    const outside = diagrams.unite(this.diagrams.boxes.side({ kind: 'outside' }), this.diagrams.lans.machines());
    const router = diagrams.subtract(
      diagrams.intersect(this.outsideAddresses('errorSource'), space.wellFormed(['errorSource'])),
      diagrams.uniteAll(this.familyPrefixes(specialPrefixes).map((prefix) => space.prefix('errorSource', prefix))),
    );
    return (field) =>
      diagrams.subtract(
        diagrams.intersect(router, direction === 'original' ? outside : this.outsideAddresses(field)),
        this.diagrams.lans.strangers(direction, field),
      );
  }

  /** Neither the host nor a declared network. */
  outsideAddresses(field: AddressField): SetId {
    const { space } = this;
    const own = this.kernel.local(field);
    return space.diagrams.complement(space.diagrams.unite(own, this.diagrams.inside.addresses(field)));
  }

  /**
   * Connections whose receiver may answer: an address of a network that was given to nobody would be forged, and so would
   * one of a LAN that comes in from elsewhere. A host without any other IPv6 address masquerades as ::1, which nobody can send to [96, 134].
   */
  answering({ destination: field, source }: Binding): SetId {
    const { diagrams } = this.space;
    return this.made.of(`${source} may be answered by ${field}`, () => {
      const unanswerable = source === 'seenSource' ? this.loopbackOf('seenSource') : empty;
      const silent = diagrams.subtract(
        diagrams.subtract(this.diagrams.inside.addresses(field), this.kernel.local(field)),
        this.diagrams.answeringAddresses(field),
      );
      const elsewhere = diagrams.subtract(this.diagrams.lans.elsewhere(field), this.kernel.local(field));
      return diagrams.complement(diagrams.uniteAll([silent, unanswerable, elsewhere]));
    });
  }

  /** Packets that come from or go to a declared network. */
  touchesNetworks(field: 'destination' | 'realDestination' = 'destination'): SetId {
    const { boxes, inside } = this.diagrams;
    const { diagrams } = this.space;
    const sides = this.meaning.atlas.networks.map((network) => {
      const side = boxes.side({ kind: 'interface', name: network.bridge });
      return isLan(network) ? diagrams.intersect(side, inside.given('source', network)) : side;
    });
    return diagrams.uniteAll([...sides, this.towardsNetworks(field)]);
  }

  towardsNetworks(field: 'destination' | 'realDestination'): SetId {
    const { inside, lans } = this.diagrams;
    const { diagrams } = this.space;
    const { networks } = this.meaning.atlas;
    const bridges = new Set(networks.filter((network) => !isLan(network)).map(({ bridge }) => bridge));
    const own = this.space.routed(
      field,
      'by a bridge of ours',
      (decision) => decision.kind === 'unicast' && bridges.has(decision.interface),
    );
    // What a LAN leads to besides its own containers is outside.
    const onLan = lans.networks.map((network) =>
      diagrams.intersect(lans.routedBy(network, field), inside.given(field, network)),
    );
    const routed = diagrams.uniteAll([own, ...onLan]);
    const beyond = lans.networks.map((network) => diagrams.subtract(lans.side(network), inside.given(field, network)));
    const beside = diagrams.subtract(this.kernel.behindOwnBridge(field), diagrams.uniteAll(beyond));
    const reached = diagrams.unite(routed, beside);
    return diagrams.subtract(diagrams.intersect(inside.addresses(field), reached), this.kernel.local(field));
  }

  /** The host speaks to nobody behind a tunnel; what comes out of one was let in by the host at its other end. */
  tunnels(): SetId {
    const ends = this.meaning.atlas.tunnels.interfaces;
    return this.space.originsWhere(({ device }) => device !== undefined && ends.has(device));
  }

  /** What a container of a LAN has for our other networks, or with a source of theirs. By the gateway of the LAN, which may know a way, none of it is to pass. */
  pastTheHost(): SetId {
    const { diagrams } = this.space;
    const { inside, lans } = this.diagrams;
    const others = diagrams.subtract(this.destinations(), this.kernel.local('destination'));
    const sent = diagrams.intersectAll(this.wellFormed(), this.starting(), others);
    const beside = lans.bridged.map((network) => {
      const foreign = (field: 'source' | 'destination'): SetId =>
        diagrams.subtract(inside.addresses(field), inside.given(field, network));
      const between = diagrams.unite(foreign('source'), foreign('destination'));
      return diagrams.intersect(lans.ports(network), between);
    });
    return diagrams.intersect(sent, diagrams.uniteAll(beside));
  }

  /** From networks with `spoofing allowed`: on their bridges alone an address of the host cannot be told from others. */
  spoofing(): SetId {
    const networks = this.meaning.atlas.networks.filter(({ spoofingAllowed }) => spoofingAllowed);
    return this.space.diagrams.uniteAll(
      networks.map(({ bridge }) => this.diagrams.boxes.side({ kind: 'interface', name: bridge })),
    );
  }

  /**
   * On the bridge of a LAN, where sources are not checked but for those that are ours: without br_netfilter nothing tells an
   * address of the host or of loopback from others.
   */
  uncheckedOnLans(): SetId {
    const { diagrams } = this.space;
    const { inside, lans } = this.diagrams;
    const own = diagrams.unite(this.kernel.local('source'), this.loopbackOf('source'));
    return lans.unchecked(diagrams.subtract(own, inside.addresses('source')));
  }

  /** To an address of a declared network that was given to nobody, or that the host has no way to: there is no receiver that it would have to reach. */
  vacant(): SetId {
    const { diagrams } = this.space;
    const inside = diagrams.subtract(this.diagrams.inside.addresses('destination'), this.kernel.local('destination'));
    const received = diagrams.intersect(
      this.towardsNetworks('destination'),
      this.diagrams.givenAddresses('destination'),
    );
    return diagrams.subtract(inside, received);
  }

  /** To an address of a declared network whose bridge the host has no way to: its route, if any, leads elsewhere. */
  astray(): SetId {
    const { diagrams } = this.space;
    const inside = diagrams.subtract(this.diagrams.inside.addresses('destination'), this.kernel.local('destination'));
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
    for (const { port, addresses } of this.ports) {
      const own = space.addresses(field, addresses);
      const here = space.originsWhere(({ device }) => device === port);
      senders = diagrams.subtract(senders, diagrams.subtract(own, here));
      senders = diagrams.subtract(senders, diagrams.subtract(here, own));
    }
    return diagrams.subtract(senders, this.diagrams.lans.misplaced(field));
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
