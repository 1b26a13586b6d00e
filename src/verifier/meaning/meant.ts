/**
 * What a policy means for every first packet, as sets: delivered how, rejected, or blocked. The formula of decide() over
 * the boxes of policy/sets/; tests hold both equal to decide().
 */
import type { Family } from '../../net/address.ts';
import { wholeFamily } from '../../net/prefix.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import { isLan } from '../../policy/atlas.ts';
import type { Meaning } from '../../policy/decide.ts';
import { bridgedIsJudged } from '../../policy/guarded.ts';
import type { FlowBox, TranslationBox } from '../../policy/sets/flow-box.ts';
import type { MeaningSets } from '../../policy/sets/meaning-sets.ts';
import type { Piece } from '../run/hooks/hook.ts';
import { Kernel } from '../run/reading/kernel.ts';
import { type Binding, untranslated } from '../run/reading/sight.ts';
import { type Box, boxesSet } from '../sets/boxes.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import { addressValue } from '../space/fields.ts';
import type { AddressField, Space } from '../space/space.ts';
import { BoxSets } from './boxes-to-sets.ts';
import { Inside } from './inside.ts';
import { Lans } from './lans.ts';

/** What is meant for the packets of a universe. */
export interface Meant {
  readonly delivered: readonly Piece[];
  /** By how the sender learns of it. */
  readonly rejected: ReadonlyMap<string, SetId>;
  /**
   * Nothing is said about packets that would leave by an interface that has no address to masquerade with, nor about a
   * publication of its own network that a container uses with a foreign source, where that may spoof: whether the container
   * behind it sees that source depends on br_netfilter.
   */
  readonly unsaid: SetId;
}

/** The relation from what is sent to where it goes, and what is translated at all. */
interface Translations {
  readonly relation: SetId;
  readonly hit: SetId;
}

type Network = Meaning['atlas']['networks'][number];

const published: Binding = { destination: 'realDestination', port: 'realPort', source: 'source' };

export class MeaningDiagrams {
  readonly boxes: BoxSets;
  readonly inside: Inside;
  readonly lans: Lans;
  private readonly space: Space;
  private readonly meaning: Meaning;
  private readonly sets: MeaningSets;
  private readonly kernel: Kernel;
  private readonly rejects: MeaningSets['denies'];
  private readonly drops: readonly FlowBox[];
  private translations: Translations | undefined;

  constructor(space: Space, meaning: Meaning, sets: MeaningSets) {
    this.space = space;
    this.meaning = meaning;
    this.sets = sets;
    this.rejects = sets.denies.filter(({ reject }) => reject);
    this.drops = [...sets.denies.filter(({ reject }) => !reject), ...sets.cut];
    this.boxes = new BoxSets(space, new Set(meaning.atlas.networkOfBridge.keys()));
    this.inside = new Inside(space, meaning);
    this.lans = new Lans(space, meaning, this.inside);
    this.kernel = new Kernel(space);
  }

  /** Everything that a sender may send from, on its side. */
  senders(field: AddressField = 'source'): SetId {
    return this.boxes.sources(this.sets.senders, field);
  }

  /** The addresses that were given to containers. */
  givenAddresses(field: AddressField): SetId {
    const { space } = this;
    const given = this.meaning.atlas.model.containers.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ addresses, network }) => (network.unmanaged ? [] : (addresses[this.space.family] ?? []))),
    );
    const wanted = new Set(given.map((address) => space.partitions.address.classOf(addressValue(address))));
    return space.classes(field, (index) => wanted.has(index));
  }

  /** Addresses from which somebody behind a bridge may answer: given to them, and reached by that bridge. */
  answeringAddresses(field: AddressField): SetId {
    const { space, boxes } = this;
    const { diagrams } = space;
    return diagrams.uniteAll(
      this.sets.senders.map(({ side, addresses }) => {
        if (side.kind !== 'interface') return empty;
        const towards = space.routed(
          field,
          `by ${side.name}`,
          (decision) => decision.kind === 'unicast' && decision.interface === side.name,
        );
        return diagrams.intersect(boxes.destinations(addresses, field), diagrams.unite(towards, boxes.side(side)));
      }),
    );
  }

  /** `judged`: bridged packets meet the rules; a network that needs that is closed where they do not. */
  meant(packets: SetId, judged = bridgedIsJudged(this.meaning.atlas.view, this.space.family)): Meant {
    const { boxes, sets, space, rejects, drops } = this;
    const { diagrams } = space;
    const translated = this.translated(packets);
    const plain = diagrams.subtract(this.notAstray(packets), this.translating.hit);
    const rejectSent = boxes.boxes(rejects, 'destination', 'destinationPort');
    const dropSent = boxes.boxes(drops, 'destination', 'destinationPort');
    const possible = diagrams.subtract(plain, this.plainObstacle(judged));
    const plainRejected = diagrams.intersect(possible, rejectSent);
    const permitted = diagrams.unite(boxes.boxes(sets.permits, 'destination', 'destinationPort'), this.dhcp());
    const plainAllowed = diagrams.intersect(
      diagrams.subtract(diagrams.subtract(possible, rejectSent), dropSent),
      permitted,
    );
    const translatedRejected =
      translated === empty
        ? empty
        : diagrams.unite(
            diagrams.intersect(translated, rejectSent),
            diagrams.intersect(translated, boxes.boxes(rejects, 'realDestination', 'realPort')),
          );
    const translatedAllowed =
      translated === empty
        ? empty
        : [
            translatedRejected,
            dropSent,
            boxes.boxes(drops, 'realDestination', 'realPort'),
            this.translatedObstacle(judged),
          ]
            // One after the other: nobody needs their union, which is the largest set of all.
            .reduce((left, denied) => diagrams.subtract(left, denied), translated);
    const out = this.seen(plainAllowed, untranslated, this.masqueraded());
    const through = this.seen(translatedAllowed, published, this.hairpins());
    const rejected = diagrams.unite(plainRejected, this.asSent(translatedRejected));
    const tcp = space.equal('protocol', protocolNumbers.tcp);
    return {
      delivered: [...out.pieces, ...through.pieces],
      rejected: new Map([
        ['tcp-reset', diagrams.intersect(rejected, tcp)],
        ['port-unreachable', diagrams.subtract(rejected, tcp)],
      ]),
      unsaid: diagrams.uniteAll([
        out.lost,
        this.asSent(through.lost),
        this.asSent(this.spoofedHairpins(translatedAllowed)),
      ]),
    };
  }

  /** Published flows among some packets, with where they go. */
  translated(packets: SetId): SetId {
    const { diagrams } = this.space;
    const { hit, relation } = this.translating;
    return diagrams.intersect(diagrams.intersect(this.notAstray(packets), hit), relation);
  }

  private get translating(): Translations {
    this.translations ??= this.makeTranslations();
    return this.translations;
  }

  private notAstray(packets: SetId): SetId {
    const strays = this.boxes.boxes(this.sets.strays, 'destination', 'destinationPort');
    return this.space.diagrams.subtract(packets, strays);
  }

  private asSent(set: SetId): SetId {
    const { diagrams } = this.space;
    return diagrams.project(
      set,
      diagrams.mask([...this.space.levelsOf('realDestination'), ...this.space.levelsOf('realPort')]),
    );
  }

  /** Published flows. */
  private makeTranslations(): Translations {
    const { boxes, space } = this;
    const { diagrams } = space;
    const groups = new Map<unknown, Map<unknown, TranslationBox[]>>();
    for (const box of this.sets.translations) {
      if (box.to.family !== space.family) continue;
      const bySources = groups.get(box.sources) ?? new Map<unknown, TranslationBox[]>();
      const list = bySources.get(box.destinations) ?? [];
      list.push(box);
      bySources.set(box.destinations, list);
      groups.set(box.sources, bySources);
    }
    const parts = [...groups.values()]
      .flatMap((bySources) => [...bySources.values()])
      .map((list) => {
        const [first] = list;
        if (first === undefined) return { hit: empty, relation: empty };
        const who = diagrams.intersect(
          boxes.sources(first.sources),
          boxes.destinations(first.destinations, 'destination'),
        );
        const rows = list.flatMap((box) => this.portRows(box));
        const places = (['protocol', 'realDestination', 'destinationPort', 'realPort'] as const).map(
          (field) => space.places[field],
        );
        const hit = boxesSet(
          diagrams,
          places.filter((_, index) => index % 2 === 0),
          rows.map((row) => row.filter((_, index) => index % 2 === 0)),
        );
        return {
          hit: diagrams.intersect(who, hit),
          relation: diagrams.intersect(who, boxesSet(diagrams, places, rows)),
        };
      });
    return {
      hit: diagrams.uniteAll(parts.map((part) => part.hit)),
      relation: diagrams.uniteAll(parts.map((part) => part.relation)),
    };
  }

  private portRows({ publication, services, to }: TranslationBox): readonly Box[] {
    const { port, protocol } = this.space.partitions;
    const service = services[0];
    if (service?.kind !== 'ports') return [];
    const one = (index: number): Box[number] => ({ first: index, last: index });
    const address = this.space.partitions.address.classOf(to.family === 'ipv4' ? Number(to.value) : to.value);
    const rows: Box[] = [];
    for (let host: number = publication.hostPorts.first; host <= publication.hostPorts.last; host++) {
      const real = publication.containerPorts.first + (host - publication.hostPorts.first);
      rows.push([
        one(protocol.classOf(service.protocol)),
        one(address),
        one(port.classOf(host)),
        one(port.classOf(real)),
      ]);
    }
    return rows;
  }

  /** Bridged traffic that nothing judges, and forwarding that the host does not do. */
  private plainObstacle(judged: boolean): SetId {
    const { diagrams } = this.space;
    const within = diagrams.uniteAll(this.meaning.atlas.networks.map((network) => this.within(network, 'destination')));
    const unjudged = judged
      ? empty
      : diagrams.uniteAll([...this.meaning.guarded].map((network) => this.within(network, 'destination')));
    return diagrams.unite(unjudged, diagrams.subtract(this.notForwarded('destination'), within));
  }

  private translatedObstacle(judged: boolean): SetId {
    const { diagrams, family } = this.space;
    const blocked = this.notForwarded('realDestination');
    if (family === 'ipv4' || !judged) return blocked;
    const within = diagrams.uniteAll(
      this.meaning.atlas.networks.map((network) => this.within(network, 'realDestination')),
    );
    return diagrams.subtract(blocked, within);
  }

  /** From the bridge of a network to an address behind the same. */
  private within(network: Network, field: 'destination' | 'realDestination'): SetId {
    const { space, boxes } = this;
    if (isLan(network)) return this.lans.within(network, field);
    const subnet = network.subnets[space.family];
    if (subnet === undefined) return empty;
    const behind = space.diagrams.subtract(space.prefix(field, subnet.prefix), this.kernel.local(field));
    return space.diagrams.intersect(boxes.side({ kind: 'interface', name: network.bridge }), behind);
  }

  private notForwarded(field: 'destination' | 'realDestination'): SetId {
    const { space, boxes, kernel } = this;
    const setting = space.family === 'ipv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
    if (this.meaning.atlas.view.sysctls[setting] !== '0') return empty;
    return space.diagrams.subtract(space.diagrams.complement(boxes.side({ kind: 'host' })), kernel.local(field));
  }

  /** What comes from outside: by interfaces of no network, and from machines of a LAN. */
  fromOutside(): SetId {
    const { boxes, inside, lans } = this;
    const { diagrams } = this.space;
    const sides = diagrams.uniteAll(lans.networks.map((network) => lans.side(network)));
    return diagrams.unite(boxes.side({ kind: 'outside' }), diagrams.subtract(sides, inside.addresses('source')));
  }

  /** The DHCP client of a protected host always gets its answers. */
  dhcp(): SetId {
    const { space, kernel } = this;
    if (!this.meaning.atlas.host.protectHost) return empty;
    const [server, client] = space.family === 'ipv4' ? [67, 68] : [547, 546];
    return space.diagrams.intersectAll(
      space.equal('protocol', protocolNumbers.udp),
      this.fromOutside(),
      kernel.local('destination'),
      space.equal('destinationPort', client),
      space.equal('sourcePort', server),
    );
  }

  /** Containers leave to the outside with the address of the interface they leave by. */
  private masqueraded(): SetId {
    const { space, boxes } = this;
    const leaving = this.meaning.atlas.networks.filter(
      ({ masquerade, gatewayMode }) => masquerade && gatewayMode !== 'routed',
    );
    const from = space.diagrams.uniteAll(leaving.map(({ bridge }) => boxes.side({ kind: 'interface', name: bridge })));
    return space.diagrams.intersect(from, space.diagrams.subtract(this.outside(), this.elsewhere()));
  }

  /** Between declared networks nobody is masqueraded, on whichever host they are. */
  private elsewhere(): SetId {
    const { space, meaning } = this;
    const subnets = (meaning.atlas.model.elsewhere?.subnets ?? []).filter(
      ({ address }) => address.family === space.family,
    );
    return space.diagrams.uniteAll(subnets.map((prefix) => space.prefix('destination', prefix)));
  }

  private outside(): SetId {
    const { space, kernel } = this;
    return space.diagrams.subtract(
      space.diagrams.complement(kernel.local('destination')),
      this.inside.addresses('destination'),
    );
  }

  /** A container that uses a publication of its own network, and the host's loopback. */
  private hairpins(): SetId {
    const { space } = this;
    const within = this.meaning.atlas.networks.map((network) => this.within(network, 'realDestination'));
    return space.diagrams.uniteAll([...within, space.prefix('source', loopbackOf(space.family))]);
  }

  private spoofedHairpins(allowed: SetId): SetId {
    const { diagrams } = this.space;
    const spoofing = this.meaning.atlas.networks.filter(({ spoofingAllowed }) => spoofingAllowed);
    const within = diagrams.uniteAll(spoofing.map((network) => this.within(network, 'realDestination')));
    return diagrams.subtract(diagrams.intersect(allowed, within), this.givenAddresses('source'));
  }

  /** Splits what is allowed by whether the receiver sees another source. */
  private seen(
    allowed: SetId,
    binding: Binding,
    masqueraded: SetId,
  ): { readonly pieces: readonly Piece[]; readonly lost: SetId } {
    const { diagrams } = this.space;
    const other = diagrams.intersect(allowed, masqueraded);
    const own = { binding, set: diagrams.subtract(allowed, masqueraded) };
    if (other === empty) return { pieces: [own], lost: empty };
    const { relation, lost } = this.space.masquerade(binding.destination);
    return {
      pieces: [own, { binding: { ...binding, source: 'seenSource' }, set: diagrams.intersect(other, relation) }],
      lost: diagrams.intersect(other, lost),
    };
  }
}

function loopbackOf(family: Family): {
  readonly address: { readonly family: Family; readonly value: bigint };
  readonly length: number;
} {
  return family === 'ipv4'
    ? { address: { family, value: 0x7f00_0000n }, length: 8 }
    : { address: { ...wholeFamily(family).address, value: 1n }, length: 128 };
}
