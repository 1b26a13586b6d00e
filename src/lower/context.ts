/** What every concept of the lowering needs to know about the policy: the managed networks of the host and their endpoints. */
import { isBridgedLan, isLan } from '../model/lan.ts';
import type {
  Access,
  CheckedModel,
  Container,
  Elsewhere,
  Endpoint,
  Host,
  Link,
  Network,
  Publication,
} from '../model/model.ts';
import { type Address, addressKey } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Origin } from '../source/span.ts';
import { originOf } from '../source/span.ts';

export interface LowerOptions {
  /** The one bit of the packet mark that carries "accepted by the inet table" to the bridge table; a power of two below 2^32. */
  readonly markBit: number;
  /** What will run the rules. iptables has other hooks and sees other things at them; nftables when left out. */
  readonly target?: 'nftables' | 'iptables';
}

/** Not used by the container engines and tools that we know of (Kubernetes 0x4000 and 0x8000, Calico and Cilium the bits above). */
export const defaultLowerOptions: LowerOptions = { markBit: 0x1000 };

export interface LowerContext {
  readonly host: Host;
  readonly options: LowerOptions;
  /** Networks of our own that we write rules for, in file order. */
  readonly networks: readonly Network[];
  /** Networks that are the LAN itself: behind their bridge there are machines that are outside. */
  readonly lans: readonly Network[];
  /** Addresses on wires between two containers, which nothing that meets our rules may have. */
  readonly unreachable: readonly (Pick<Endpoint, 'span'> & { readonly address: Address })[];
  /** Whether one of them is internal: a publication serves those only where it says so. */
  readonly hasInternal: boolean;
  readonly endpointsOf: ReadonlyMap<Network, readonly Endpoint[]>;
  readonly containers: readonly Container[];
  readonly publications: readonly Publication[];
  /** Where the policy has several hosts: subnets of networks that are on others alone, and the tunnels that end here. */
  readonly elsewhere: Elsewhere;
  readonly links: readonly Link[];
  readonly allows: readonly Access[];
  readonly denies: readonly Access[];
  /** Networks whose inner traffic must not pass unless the inet table has accepted it: icc off, or a deny inside. */
  readonly guarded: ReadonlySet<Network>;
  /** Networks whose bridged packets get our mark where the inet table judges them: guarded ones, and LANs beside networks of other hosts. */
  readonly marked: ReadonlySet<Network>;
}

export function lowerContext(
  model: CheckedModel,
  host: Host,
  options: LowerOptions,
  guarded: ReadonlySet<Network>,
): LowerContext {
  const managed = model.networks.filter((network) => !network.unmanaged && network.hosts.length > 0);
  const endpointsOf = new Map<Network, Endpoint[]>(managed.map((network) => [network, []]));
  for (const container of model.containers) {
    for (const endpoint of container.endpoints) endpointsOf.get(endpoint.network)?.push(endpoint);
  }
  const lans = managed.filter(isLan);
  const elsewhere = model.elsewhere ?? { hosts: [], subnets: [], tunnels: [] };
  return {
    host,
    options,
    networks: managed.filter((network) => !isLan(network)),
    lans,
    unreachable: unreachableAddresses(model),
    hasInternal: managed.some((network) => network.internal),
    endpointsOf,
    containers: model.containers,
    publications: model.containers.flatMap((container) => container.publications),
    elsewhere,
    links: model.links,
    allows: model.access.filter((access) => access.action === 'allow'),
    denies: model.access.filter((access) => access.action === 'deny'),
    guarded,
    marked: new Set([...guarded, ...(elsewhere.subnets.length === 0 ? [] : lans.filter(isBridgedLan))]),
  };
}

/** Those that lie in the subnet of a network are judged as its other addresses are. */
function unreachableAddresses({ containers, networks }: CheckedModel): LowerContext['unreachable'] {
  const subnets = networks.flatMap((network) => Object.values(network.subnets).map(({ prefix }) => prefix));
  const seen = new Set<string>();
  return containers.flatMap(({ endpoints }) =>
    endpoints
      .filter(({ network }) => network.networkKind === 'wire' && network.hosts.length === 0)
      .flatMap(({ addresses, span }) => Object.values(addresses).map((address) => ({ address, span })))
      .filter(({ address }) => {
        const isNew = !seen.has(addressKey(address));
        seen.add(addressKey(address));
        return isNew && !subnets.some((prefix) => prefixContains(prefix, address));
      }),
  );
}

/** The origin of something in the policy, as a list for rules and elements. */
export function originsOf(part: { readonly span: Parameters<typeof originOf>[0] }): readonly Origin[] {
  return [originOf(part.span)];
}
