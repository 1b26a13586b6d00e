/**
 * Frames that no hook of this host meets, or that nobody says anything about: there is nothing to judge about them. A NIC
 * passes what macvlan containers send straight to the LAN, and what is for them straight to them; a bridge never sends a
 * frame back by the port that it came from. Wires between containers, and what stays inside a switch, have no side here at all.
 */
import type { Meaning } from '../../policy/decide.ts';
import { Kernel } from '../run/reading/kernel.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { AddressField, Space } from '../space/space.ts';
import type { Inside } from './inside.ts';
import type { Lans } from './lans.ts';

type Network = Meaning['atlas']['networks'][number];

export class PastTheHost {
  private readonly space: Space;
  private readonly isTransit: boolean;
  private readonly tunnels: ReadonlySet<string>;
  private readonly inside: Inside;
  private readonly lans: Lans;
  private readonly kernel: Kernel;

  constructor(space: Space, { atlas }: Meaning, { inside, lans }: { readonly inside: Inside; readonly lans: Lans }) {
    this.space = space;
    this.isTransit = atlas.host.transit;
    this.tunnels = atlas.tunnels.interfaces;
    this.inside = inside;
    this.lans = lans;
    this.kernel = new Kernel(space);
  }

  /** First packets that are out of the question. */
  frames(): SetId {
    return this.space.diagrams.uniteAll(
      this.lans.networks.flatMap((network) => [
        network.networkKind === 'macvlan' ? this.onNic(network) : this.besideBridge(network),
        this.backToLan(network),
      ]),
    );
  }

  /** Between machines of LANs on a bridge, which sends nothing back by the port that it came from. */
  betweenMachines(): SetId {
    return this.space.diagrams.uniteAll(this.lans.bridged.map((network) => this.onWire(network)));
  }

  /** Out of a tunnel to who is behind the same tunnel: the bridge sends nothing back there. */
  backIntoTunnel(field: AddressField): SetId {
    const { space } = this;
    const { diagrams } = space;
    const ends = (space.ports ?? []).filter(({ port }) => this.tunnels.has(port));
    return diagrams.uniteAll(
      ends.map(({ port, addresses }) =>
        diagrams.intersect(
          space.originsWhere(({ device }) => device === port),
          space.addresses(field, addresses),
        ),
      ),
    );
  }

  /** From containers by macvlan to each other and out by the NIC, and from the LAN to them. */
  private onNic(network: Network): SetId {
    const { diagrams } = this.space;
    const { inside, lans } = this;
    const out = diagrams.intersect(inside.given('source', network), lans.reachedFrom(network, 'destination'));
    return diagrams.intersect(lans.behindNic(network), diagrams.unite(inside.given('destination', network), out));
  }

  /** Also what a container sends to the outside with a source from beyond the LAN: the language does not say who that is. */
  private besideBridge(network: Network): SetId {
    const { diagrams } = this.space;
    const { inside, lans } = this;
    const foreign = diagrams.complement(inside.addresses('source'));
    return diagrams.unite(
      this.onWire(network),
      diagrams.intersectAll(lans.ports(network), foreign, lans.outside('destination')),
    );
  }

  /** With `transit off`, what stays on the LAN though it goes through the host: that is no way between interfaces. */
  private backToLan(network: Network): SetId {
    if (this.isTransit) return empty;
    const { lans } = this;
    return this.space.diagrams.intersectAll(
      lans.behindNic(network),
      lans.outside('destination'),
      lans.routedBy(network, 'destination'),
    );
  }

  private onWire(network: Network): SetId {
    const { diagrams } = this.space;
    const machines = diagrams.subtract(
      this.kernel.behindOwnBridge('destination'),
      this.inside.given('destination', network),
    );
    return diagrams.intersect(this.lans.behindNic(network), machines);
  }
}
