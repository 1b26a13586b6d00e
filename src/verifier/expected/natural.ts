/**
 * The way that a sender's own routing takes: a container with several networks uses the one that the destination is on, else
 * a route of its own, else its first network that is not internal. A wire leads to its other end alone.
 */
import { sameAddress } from '../../net/address.ts';
import { addressSet, rangeOfAddress } from '../../net/address-set.ts';
import { prefixContains } from '../../net/prefix.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { MeaningDiagrams } from '../meaning/meant.ts';
import { empty, everything, type SetId } from '../sets/diagrams.ts';
import type { CutCollector } from '../space/cuts.ts';
import type { Space } from '../space/space.ts';

type Container = Meaning['atlas']['model']['containers'][number];
type Endpoint = Container['endpoints'][number];
type Address = Endpoint['gateways'][number];

/** What routing of containers tells apart. */
export function cutByRouting(cuts: CutCollector, meaning: Meaning): void {
  for (const { routes, endpoints } of choosing(meaning)) {
    for (const { destination } of routes) cuts.addPrefix(destination);
    for (const { wired, addresses } of endpoints) {
      for (const address of Object.values(addresses)) cuts.addAddress(address);
      if (wired?.peer !== undefined) cuts.addAddress(wired.peer);
    }
  }
}

/** Packets that a container would not send from that address: its own routing picks another one. */
export function unnatural(space: Space, meaning: Meaning, { boxes }: MeaningDiagrams): SetId {
  const { diagrams, family } = space;
  return diagrams.uniteAll(
    choosing(meaning).flatMap((container) => {
      const chosen = choices(space, container);
      return container.endpoints.map((endpoint) => {
        const own = endpoint.addresses[family];
        if (own === undefined || endpoint.network.unmanaged) return empty;
        const side = { kind: 'interface', name: endpoint.network.bridge } as const;
        const from = boxes.sources([{ side, addresses: addressSet([rangeOfAddress(own)]) }]);
        return diagrams.subtract(from, chosen.get(endpoint) ?? empty);
      });
    }),
  );
}

/** Containers that have a choice, or a wire, which has one end alone. */
function choosing({ atlas }: Meaning): readonly Container[] {
  return atlas.model.containers.filter(
    ({ endpoints }) => endpoints.length > 1 || endpoints.some(({ network }) => network.networkKind === 'wire'),
  );
}

/** Which destinations leave by which endpoint. */
function choices(space: Space, container: Container): ReadonlyMap<Endpoint, SetId> {
  const { diagrams, family } = space;
  const having = container.endpoints.filter(({ addresses }) => addresses[family] !== undefined);
  const chosen = new Map<Endpoint, SetId>();
  let rest: SetId = everything;
  const give = (endpoint: Endpoint | undefined, set: SetId): void => {
    if (endpoint === undefined) return;
    const part = diagrams.intersect(rest, set);
    chosen.set(endpoint, diagrams.unite(chosen.get(endpoint) ?? empty, part));
    rest = diagrams.subtract(rest, part);
  };
  for (const endpoint of having) give(endpoint, link(space, endpoint));
  const gateway = having.find(({ gateways }) => gateways.some((address) => address.family === family));
  const attached = having.find(({ wired, network }) => wired === undefined && !network.internal);
  const otherwise = gateway ?? attached ?? having.find(({ network }) => network.networkKind !== 'wire');
  for (const { destination, via } of container.routes) {
    if (destination.address.family !== family) continue;
    const by = via === undefined ? undefined : having.find((endpoint) => isOnLink(endpoint, via));
    give(by ?? otherwise, space.prefix('destination', destination));
  }
  give(otherwise, everything);
  return chosen;
}

function link(space: Space, { network, wired }: Endpoint): SetId {
  if (network.networkKind === 'wire')
    return wired?.peer === undefined ? empty : space.address('destination', wired.peer);
  const subnet = network.subnets[space.family];
  return subnet === undefined ? empty : space.prefix('destination', subnet.prefix);
}

function isOnLink({ network, wired }: Endpoint, address: Address): boolean {
  if (network.networkKind === 'wire') return wired?.peer !== undefined && sameAddress(wired.peer, address);
  const subnet = network.subnets[address.family];
  return subnet !== undefined && prefixContains(subnet.prefix, address);
}
