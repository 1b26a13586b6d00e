/** How a host routes and which source addresses it gives, indexed once a view: what the meaning of a policy asks a host. */
import type { Address } from '../net/address.ts';
import type { HostView } from './host-view.ts';
import { type RouteDecision, routesOf } from './route.ts';
import { sourceAddressesOf } from './source-address.ts';

export interface Routing {
  /** `local`: an address of the host, loopback included. Undefined: no route. */
  readonly lookup: (destination: Address) => RouteDecision | undefined;
  /** The source that masquerading gives on an interface towards a next hop (IPv4) or destination (IPv6) [58, 59, 134]. */
  readonly masqueradeAddress: (outInterface: string, nextHop: Address) => Address | undefined;
  /** The source of the host's own packets to a destination. */
  readonly localSourceAddress: (destination: Address) => Address | undefined;
}

export function routingOf(view: HostView): Routing {
  const routes = routesOf(view);
  const sources = sourceAddressesOf(view, routes);
  return { lookup: routes.lookup, masqueradeAddress: sources.masquerade, localSourceAddress: sources.local };
}
