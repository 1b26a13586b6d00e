/**
 * LANs as the proof sees them: which ports machines and containers come in by, what each of them may have as a source, and
 * what they reach without being routed. The meaning speaks of a bridge and a source; which port that is, the language says.
 */
import { isBridgedLan } from '../../model/lan.ts';
import { isLan, leavesByLan } from '../../policy/atlas.ts';
import type { Meaning } from '../../policy/decide.ts';
import { Kernel } from '../run/reading/kernel.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { AddressField, Space } from '../space/space.ts';
import type { Inside } from './inside.ts';

type Network = Meaning['atlas']['networks'][number];

export class Lans {
  readonly networks: readonly Network[];
  /** Those on a bridge of the host. */
  readonly bridged: readonly Network[];
  private readonly space: Space;
  private readonly meaning: Meaning;
  private readonly inside: Inside;
  private readonly kernel: Kernel;

  constructor(space: Space, meaning: Meaning, inside: Inside) {
    this.space = space;
    this.meaning = meaning;
    this.inside = inside;
    this.kernel = new Kernel(space);
    this.networks = meaning.atlas.networks.filter(isLan);
    this.bridged = this.networks.filter(isBridgedLan);
  }

  /** The machines of a LAN, where they come in; containers by macvlan have no way in of their own. */
  behindNic({ nic, bridge, networkKind }: Network): SetId {
    const name = networkKind === 'macvlan' ? bridge : nic;
    return this.space.originsWhere(({ device }) => device !== undefined && device === name);
  }

  machines(): SetId {
    return this.space.diagrams.uniteAll(this.networks.map((network) => this.behindNic(network)));
  }

  /** Ports of a LAN's bridge that containers are behind. */
  ports(network: Network): SetId {
    const onBridge = this.space.originsWhere(({ bridge }) => bridge === network.bridge);
    return this.space.diagrams.subtract(onBridge, this.behindNic(network));
  }

  /** What comes in by the bridge of a LAN, or by its NIC. */
  side({ bridge }: Network): SetId {
    return this.space.originsWhere(({ input }) => input === bridge);
  }

  routedBy({ bridge }: Network, field: AddressField): SetId {
    return this.space.routed(field, `by ${bridge}`, (way) => way.kind === 'unicast' && way.interface === bridge);
  }

  /** What containers of a LAN reach there: by their gateway all that is outside, or what the host routes there. */
  reachedFrom(network: Network, field: AddressField): SetId {
    const { diagrams, family } = this.space;
    const reached = leavesByLan(this.meaning.atlas, network, family) ? everything : this.routedBy(network, field);
    return diagrams.intersect(reached, this.outside(field));
  }

  /** Connections whose receiver is on a LAN, or beyond it. */
  reachedBy(network: Network, field: AddressField): SetId {
    const { diagrams } = this.space;
    const onBridge = this.space.originsWhere(({ bridge }) => bridge === network.bridge);
    const beside = diagrams.intersect(onBridge, this.kernel.behindOwnBridge(field));
    return diagrams.unite(this.routedBy(network, field), beside);
  }

  /** Between containers of a LAN, from them to what they reach there, and from machines of the LAN to them. */
  within(network: Network, field: 'destination' | 'realDestination'): SetId {
    const { inside } = this;
    const { diagrams } = this.space;
    const [from, to] = [inside.given('source', network), inside.given(field, network)];
    return diagrams.intersect(
      this.side(network),
      diagrams.unite(
        diagrams.intersect(from, diagrams.unite(to, this.reachedFrom(network, field))),
        diagrams.intersect(diagrams.complement(inside.addresses('source')), to),
      ),
    );
  }

  /** Addresses of LANs that lead elsewhere: an answer comes in where nobody of the LAN is. */
  elsewhere(field: AddressField): SetId {
    const { diagrams } = this.space;
    return diagrams.uniteAll(
      this.networks.map((network) => diagrams.subtract(this.subnet(network, field), this.reachedBy(network, field))),
    );
  }

  /** Sources that are not where they come in: a container's behind the NIC, a machine's behind another port. */
  misplaced(field: AddressField): SetId {
    const { space, inside } = this;
    const { diagrams } = space;
    return diagrams.uniteAll(
      this.bridged.map((network) => {
        const given = inside.given(field, network);
        const machines = diagrams.subtract(this.subnet(network, field), given);
        return diagrams.unite(
          diagrams.intersect(this.behindNic(network), given),
          diagrams.intersect(this.ports(network), machines),
        );
      }),
    );
  }

  /** Senders of errors that are no routers on the way of a connection: addresses of a LAN come from there alone. */
  strangers(direction: 'original' | 'reply', field: AddressField): SetId {
    return this.space.diagrams.uniteAll(
      this.networks.map((network) => {
        const there = direction === 'original' ? this.behindNic(network) : this.reachedBy(network, field);
        return this.space.diagrams.subtract(this.subnet(network, 'errorSource'), there);
      }),
    );
  }

  /** Of some sources those that the bridge of a LAN does not check by itself: all but the LAN's own from its containers. */
  unchecked(sources: SetId): SetId {
    const { diagrams } = this.space;
    return diagrams.uniteAll(
      this.bridged.map((network) => {
        const checked = diagrams.subtract(this.subnet(network, 'source'), this.behindNic(network));
        return diagrams.subtract(diagrams.intersect(this.side(network), sources), checked);
      }),
    );
  }

  outside(field: AddressField): SetId {
    const { diagrams } = this.space;
    return diagrams.complement(diagrams.unite(this.inside.addresses(field), this.kernel.local(field)));
  }

  private subnet({ subnets }: Network, field: AddressField): SetId {
    const subnet = subnets[this.space.family];
    return subnet === undefined ? empty : this.space.prefix(field, subnet.prefix);
  }
}
