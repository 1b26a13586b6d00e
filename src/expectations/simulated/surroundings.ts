/** Who is where around the hosts of a policy, in the words of the link layer: every container and interface has one address, wherever it is spoken of. */
import type { NeighbourView } from '../../host-view/host-view.ts';
import { isLan } from '../../model/lan.ts';
import type { CheckedModel, Endpoint } from '../../model/model.ts';
import { meetsRules, runsOn } from '../../model/placement.ts';
import type { MacAddress } from '../../net/mac.ts';
import type { Station } from '../journey.ts';
import type { CableEnd } from './cables.ts';
import { type Inhabitants, madeMac } from './places.ts';

/** Interfaces of one host are numbered apart from those of the next. */
const mostInterfaces = 1 << 16;

/** Link-layer addresses for everything that a policy speaks of; those that are written in it are kept. */
export class LinkAddresses {
  private readonly endpoints: ReadonlyMap<string, MacAddress>;
  private readonly interfaces: ReadonlyMap<string, MacAddress>;

  constructor(policy: CheckedModel, stations: readonly Station[]) {
    const all = policy.containers.flatMap(({ endpoints }) => endpoints);
    this.endpoints = new Map(all.map((endpoint, index) => [keyOf(endpoint), endpoint.mac ?? madeMac(0x02, index)]));
    this.interfaces = new Map(
      stations.flatMap(({ host, view }, number) =>
        view.interfaces.map(({ name, mac }, index) => [
          `${host.name} ${name}`,
          mac ?? madeMac(0x0a, number * mostInterfaces + index),
        ]),
      ),
    );
  }

  of(endpoint: Endpoint): MacAddress {
    return known(this.endpoints.get(keyOf(endpoint)));
  }

  ofInterface(host: string, name: string): MacAddress {
    return known(this.interfaces.get(`${host} ${name}`));
  }
}

function known(mac: MacAddress | undefined): MacAddress {
  if (mac === undefined) throw new RangeError('the policy does not speak of it');
  return mac;
}

/** An endpoint seen through a tunnel is another value, and the same place. */
function keyOf({ container, network }: Endpoint): string {
  return `${container} ${network.name}`;
}

/** What a host's part of the policy speaks of, and the containers on its switches, which no rule of it sees. */
export function inhabitantsOf(policy: CheckedModel, { host, model }: Station): Inhabitants {
  const switched = new Map(
    policy.containers
      .filter((container) => runsOn(container, host))
      .map(({ name, endpoints }) => [name, endpoints.filter(({ network }) => !meetsRules(network))]),
  );
  const containers = model.containers.map((container) => ({
    ...container,
    endpoints: [...container.endpoints, ...(switched.get(container.name) ?? [])],
  }));
  return { model: { ...model, containers }, host: model.hosts[0] ?? host };
}

/** The addresses that frames for whoever is behind an end of a cable have. */
export function macsBehind(policy: CheckedModel, { host, nic, holder }: CableEnd, macs: LinkAddresses): MacAddress[] {
  const own = [nic, holder].map(({ name }) => macs.ofInterface(host, name));
  return [...new Set([...own, ...endpointsBehind(policy, { host, nic, holder }).map((endpoint) => macs.of(endpoint))])];
}

/** Containers on the bridge or the switch that a NIC is a port of. */
function endpointsBehind(policy: CheckedModel, { host, nic, holder }: CableEnd): readonly Endpoint[] {
  if (holder === nic) return [];
  return policy.containers
    .filter((container) => container.host === undefined || container.host === host)
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ network }) => network.bridge === holder.name);
}

/** Other hosts on the cables of a host, and containers of theirs that are on the LAN itself. */
export function neighboursOn(
  policy: CheckedModel,
  cables: readonly (readonly CableEnd[])[],
  host: string,
  macs: LinkAddresses,
): readonly NeighbourView[] {
  return cables.flatMap((ends) =>
    ends
      .filter((end) => end.host === host)
      .flatMap(({ holder: own }) => ends.filter((end) => end.host !== host).flatMap((end) => behind(end, own.name))),
  );

  function behind(end: CableEnd, name: string): readonly NeighbourView[] {
    const mac = macs.ofInterface(end.host, end.holder.name);
    const held = end.holder.addresses.map(({ address }) => ({ address, interface: name, mac }));
    const containers = endpointsBehind(policy, end)
      .filter(({ network }) => isLan(network))
      .flatMap((endpoint) =>
        Object.values(endpoint.addresses).map((address) => ({ address, interface: name, mac: macs.of(endpoint) })),
      );
    return [...held, ...containers];
  }
}
