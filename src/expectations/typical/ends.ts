/** One sender, or one receiver, that stands for a subject: found without looking at everything that the subject covers. */
import { isLan } from '../../model/lan.ts';
import type { Endpoint, Network, Subject } from '../../model/model.ts';
import { type Address, addressBits, type Family, families } from '../../net/address.ts';
import { addressSetContains } from '../../net/address-set.ts';
import { lastAddress, type Prefix, prefixContains, wholeFamily } from '../../net/prefix.ts';
import { destinationsOf, type Sender, sendersOf, type Universe } from '../universe.ts';

export interface End {
  readonly address: Address;
  /** As a sender. */
  readonly arrivesBy: string | undefined;
  readonly endpoint: Endpoint | undefined;
}

export class Ends {
  readonly universe: Universe;
  /** The managed networks that somebody is on. */
  readonly networks: readonly Network[];
  private readonly byNetwork: ReadonlyMap<Network, readonly Endpoint[]>;
  /** Endpoints by their addresses, ascending, of each family. */
  private readonly ascending: Readonly<
    Record<Family, readonly { readonly address: Address; readonly endpoint: Endpoint }[]>
  >;
  private readonly known = new Map<string, readonly End[]>();

  constructor(universe: Universe) {
    this.universe = universe;
    const byNetwork = new Map<Network, Endpoint[]>();
    for (const { endpoints } of universe.model.containers)
      for (const endpoint of endpoints) {
        const list = byNetwork.get(endpoint.network);
        if (list === undefined) byNetwork.set(endpoint.network, [endpoint]);
        else list.push(endpoint);
      }
    this.byNetwork = byNetwork;
    this.networks = [...byNetwork.keys()].filter(({ unmanaged }) => !unmanaged);
    const given = [...universe.atlas.endpointOfAddress.values()];
    const ordered = (family: Family) =>
      given
        .flatMap((endpoint) => {
          const address = endpoint.addresses[family];
          return address === undefined ? [] : [{ address, endpoint }];
        })
        .sort((left, right) => (left.address.value < right.address.value ? -1 : 1));
    this.ascending = { ipv4: ordered('ipv4'), ipv6: ordered('ipv6') };
  }

  /** The container of a number on a network, counted round and round. */
  endpointOn(network: Network, number: number): Endpoint | undefined {
    const list = this.byNetwork.get(network) ?? [];
    return list[number % Math.max(1, list.length)];
  }

  /** Senders for a subject, one of each family and each kind of place, of what has many addresses two; `number`: which container of a network it is. */
  senders(subject: Subject, number: number): readonly End[] {
    switch (subject.kind) {
      case 'any':
        return this.everybody(number);
      case 'host':
        return this.receivers(subject, number).toReversed();
      case 'network':
        // a second one, for where the first is at the other end
        return [
          ...[...new Set([number, number + 1].map((one) => this.endpointOn(subject, one)))].flatMap(endsOf),
          ...(isLan(subject) ? this.machinesOn(subject) : []),
        ];
      case 'container':
        return subject.endpoints.flatMap(endsOf);
      case 'zone':
        return this.once(`from ${subject.name}`, () => firstAndLast(sendersOf(this.universe, subject).map(fromSender)));
      case 'prefix':
        return this.inPrefix(subject.prefix).flatMap((end) => {
          if (end.endpoint !== undefined || this.isHosts(end.address)) return [end];
          return this.universe.outsideInterfaces.slice(0, 1).map((arrivesBy) => ({ ...end, arrivesBy }));
        });
    }
  }

  /** Receivers for a subject, one of each family and each kind of place. */
  receivers(subject: Subject, number: number): readonly End[] {
    switch (subject.kind) {
      case 'any':
        return this.everybody(number);
      case 'zone':
        return this.once(`to ${subject.name}`, () => firstAndLast(destinationsOf(this.universe, subject).map(at)));
      case 'prefix':
        return this.inPrefix(subject.prefix);
      case 'host':
        return families.flatMap((family) => firstAndLast(this.hostEnds(family)));
      default:
        return this.senders(subject, number);
    }
  }

  /** The host, somebody outside by each interface, and a container. */
  everybody(number: number): readonly End[] {
    const { networks } = this;
    const network = networks[number % Math.max(1, networks.length)];
    return [
      ...families.flatMap((family) => this.hostEnds(family).slice(0, 1)),
      ...this.outside,
      ...(network === undefined ? [] : endsOf(this.endpointOn(network, number))),
    ];
  }

  /** Somebody outside, of each family and by each interface. */
  get outside(): readonly End[] {
    return this.once('outside', () => {
      const all = families
        .flatMap((family) => sendersOf(this.universe, { kind: 'prefix', prefix: wholeFamily(family) }))
        .filter(({ endpoint, arrivesBy }) => endpoint === undefined && arrivesBy !== undefined);
      return [...new Map(all.map((one) => [`${one.arrivesBy} ${one.address.family}`, fromSender(one)])).values()];
    });
  }

  /** Addresses of the host: first those that people outside know. */
  hostEnds(family: Family): readonly End[] {
    return this.once(`host ${family}`, () => {
      const { hostAddresses, atlas } = this.universe;
      const own = hostAddresses.filter((address) => address.family === family);
      const onNetwork = (address: Address): boolean =>
        atlas.networks.some(({ subnets }) => {
          const subnet = subnets[family];
          return subnet !== undefined && prefixContains(subnet.prefix, address);
        });
      return [...own.filter((address) => !onNetwork(address)), ...own.filter(onNetwork)].map(at);
    });
  }

  /** Machines of a LAN that the policy does not declare. */
  private machinesOn({ subnets, bridge }: Network): readonly End[] {
    return Object.values(subnets)
      .flatMap(({ prefix }) => this.inPrefix(prefix))
      .filter(({ address, endpoint }) => endpoint === undefined && !this.isHosts(address))
      .map((end) => ({ ...end, arrivesBy: bridge }));
  }

  private isHosts(address: Address): boolean {
    return this.universe.atlas.routing.lookup(address) === 'local';
  }

  /** A container whose address lies in a prefix, and an address in it that is nobody's. */
  private inPrefix(prefix: Prefix): readonly End[] {
    const { family, value } = prefix.address;
    const list = this.ascending[family];
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.address.value ?? 0n) < value) low = middle + 1;
      else high = middle;
    }
    const held = list[low];
    const inside =
      held !== undefined && prefixContains(prefix, held.address)
        ? endsOf(held.endpoint).filter((end) => end.address.family === family)
        : [];
    const last = lastAddress(prefix).value;
    const middle = value + ((last - value) >> 1n);
    const free = [value, value + 1n, value + 2n, value + 3n, middle, middle + 1n, last - 1n]
      .filter((candidate) => candidate >= value && candidate <= last && candidate < 1n << BigInt(addressBits(family)))
      .map((candidate): Address => ({ family, value: candidate }))
      .find((address) => !addressSetContains(this.universe.notOutside, address));
    const own = this.universe.hostAddresses.length <= mostSearched ? this.universe.hostAddresses : [];
    const ofHost = own.find((address) => prefixContains(prefix, address));
    return [...inside, ...(free === undefined ? [] : [at(free)]), ...(ofHost === undefined ? [] : [at(ofHost)])];
  }

  private once(key: string, make: () => readonly End[]): readonly End[] {
    let ends = this.known.get(key);
    if (ends === undefined) {
      ends = make();
      this.known.set(key, ends);
    }
    return ends;
  }
}

/** Addresses of the host beyond these are not looked for in literals. */
const mostSearched = 200;

const at = (address: Address): End => ({ address, arrivesBy: undefined, endpoint: undefined });

const fromSender = ({ address, arrivesBy, endpoint }: Sender): End => ({ address, arrivesBy, endpoint });

export function endsOf(endpoint: Endpoint | undefined): readonly End[] {
  if (endpoint === undefined) return [];
  return Object.values(endpoint.addresses).map((address) => ({
    address,
    arrivesBy: endpoint.network.bridge,
    endpoint,
  }));
}

function firstAndLast(ends: readonly End[]): readonly End[] {
  return families.flatMap((family) => {
    const own = ends.filter(({ address }) => address.family === family);
    return [...own.slice(0, 1), ...own.slice(1).slice(-1)];
  });
}
