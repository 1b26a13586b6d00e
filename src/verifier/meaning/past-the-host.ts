/**
 * Frames that no hook of this host meets, or that nobody says anything about: there is nothing to judge about them. A NIC
 * passes what macvlan containers send straight to the LAN, and what is for them straight to them; a bridge never sends a
 * frame back by the port that it came from. Wires between containers, and what stays inside a switch, have no side here at all.
 */
import { isLan, leavesByLan } from '../../policy/atlas.ts';
import type { Meaning } from '../../policy/decide.ts';
import { Kernel } from '../run/kernel.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { AddressField, Space } from '../space/space.ts';
import type { MeaningDiagrams } from './meant.ts';

type Network = Meaning['atlas']['networks'][number];

export class PastTheHost {
  private readonly space: Space;
  private readonly meaning: Meaning;
  private readonly diagrams: MeaningDiagrams;
  private readonly kernel: Kernel;

  constructor(space: Space, meaning: Meaning, diagrams: MeaningDiagrams) {
    this.space = space;
    this.meaning = meaning;
    this.diagrams = diagrams;
    this.kernel = new Kernel(space);
  }

  /** First packets that are out of the question. */
  frames(): SetId {
    const lans = this.meaning.atlas.networks.filter(isLan);
    return this.space.diagrams.uniteAll(
      lans.flatMap((network) => [
        network.networkKind === 'macvlan' ? this.onNic(network) : this.besideBridge(network),
        this.backToLan(network),
      ]),
    );
  }

  /** The machines of LANs, where they come in. */
  machines(): SetId {
    const lans = this.meaning.atlas.networks.filter(isLan);
    return this.space.diagrams.uniteAll(lans.map((network) => this.behindNic(network)));
  }

  behindNic({ nic, bridge, networkKind }: Network): SetId {
    const name = networkKind === 'macvlan' ? bridge : nic;
    return this.space.originsWhere(({ device }) => device !== undefined && device === name);
  }

  /** Connections whose receiver is on a LAN, or beyond it. */
  reachedBy(network: Network, field: AddressField): SetId {
    const { diagrams } = this.space;
    const beside = diagrams.intersect(this.onBridge(network), this.kernel.behindOwnBridge(field));
    return diagrams.unite(this.routedBy(network, field), beside);
  }

  /** From containers by macvlan to each other and out by the NIC, and from the LAN to them. */
  private onNic(network: Network): SetId {
    const { space, diagrams } = this;
    const sets = space.diagrams;
    const { inside } = diagrams;
    const reached = leavesByLan(this.meaning.atlas, network, space.family)
      ? everything
      : this.routedBy(network, 'destination');
    const out = sets.intersect(reached, this.outside());
    const [from, to] = [inside.given('source', network), inside.given('destination', network)];
    return sets.intersect(this.behindNic(network), sets.unite(to, sets.intersect(from, out)));
  }

  /** Also what a container sends to the outside with a source from beyond the LAN: the language does not say who that is. */
  private besideBridge(network: Network): SetId {
    const { diagrams } = this.space;
    const { inside } = this.diagrams;
    const nic = this.behindNic(network);
    const ports = diagrams.subtract(this.onBridge(network), nic);
    const foreign = diagrams.intersectAll(ports, diagrams.complement(inside.addresses('source')), this.outside());
    return diagrams.unite(this.betweenMachines(network), foreign);
  }

  /** With `transit off`, what stays on the LAN though it goes through the host: that is no way between interfaces. */
  private backToLan(network: Network): SetId {
    if (this.meaning.atlas.host.transit) return empty;
    const { diagrams } = this.space;
    return diagrams.intersectAll(this.behindNic(network), this.outside(), this.routedBy(network, 'destination'));
  }

  /** A bridge sends nothing back by the port that it came from. */
  private betweenMachines(network: Network): SetId {
    const { diagrams } = this.space;
    const given = this.diagrams.inside.given('destination', network);
    return diagrams.intersect(
      this.behindNic(network),
      diagrams.subtract(this.kernel.behindOwnBridge('destination'), given),
    );
  }

  /** Between machines of LANs on a bridge. */
  switchedElsewhere(): SetId {
    const bridged = this.meaning.atlas.networks.filter(({ networkKind }) => networkKind === 'physical');
    return this.space.diagrams.uniteAll(bridged.map((network) => this.betweenMachines(network)));
  }

  private onBridge(network: Network): SetId {
    return this.space.originsWhere(({ bridge }) => bridge === network.bridge);
  }

  private routedBy({ bridge }: Network, field: AddressField): SetId {
    return this.space.routed(field, `by ${bridge}`, (way) => way.kind === 'unicast' && way.interface === bridge);
  }

  private outside(): SetId {
    const { diagrams } = this.space;
    return diagrams.complement(
      diagrams.unite(this.diagrams.inside.addresses('destination'), this.kernel.local('destination')),
    );
  }
}
