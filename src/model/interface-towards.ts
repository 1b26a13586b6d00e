/** By which interface a host reaches an address outside, as far as the policy says. */
import type { Address } from '../net/address.ts';
import { type Prefix, prefixContains, prefixOf } from '../net/prefix.ts';
import type { Host, Model } from './model.ts';
import { devicesOfNics } from './placement.ts';

/** The most exact of the links and routes, else of the zones on interfaces; what a NIC had is its bridge's, or its switch's. Undefined: nothing is said. */
export function interfaceTowards(model: Model, host: Host, address: Address): string | undefined {
  const links = host.interfaces.flatMap(({ name, addresses }) =>
    addresses.map((own) => ({ prefix: prefixOf(own.address, own.length), name })),
  );
  const onLink = (towards: Address): string | undefined => mostExact(links, towards)?.name;
  const routes = host.routes.map(({ destination, via, interface: name }) => ({
    prefix: destination,
    name: name ?? onLink(via),
  }));
  const zones = model.zones.flatMap(({ interface: name, prefixes }) =>
    host.interfaces.some((own) => own.name === name) ? prefixes.map((prefix) => ({ prefix, name })) : [],
  );
  const name = (mostExact([...links, ...routes], address) ?? mostExact(zones, address))?.name;
  return name === undefined ? undefined : (devicesOfNics(model, host).get(name) ?? name);
}

function mostExact<Route extends { readonly prefix: Prefix }>(
  routes: readonly Route[],
  address: Address,
): Route | undefined {
  let best: Route | undefined;
  for (const route of routes)
    if (prefixContains(route.prefix, address) && (best === undefined || route.prefix.length > best.prefix.length))
      best = route;
  return best;
}
