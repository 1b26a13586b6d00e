/** The next hop of a route is on a network that the container, or an interface that the host has. */
import { routeGatewayUnreachable } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { formatAddress } from '../../net/address.ts';
import { type AddressSet, addressSetContains, addressSetOfPrefixes } from '../../net/address-set.ts';
import { hostPrefix, prefixOf } from '../../net/prefix.ts';
import type { HostContents } from '../host-contents.ts';
import type { HostRoute } from '../model.ts';
import type { CheckContext } from './rule.ts';

export function* checkRoutes({ model, hosts }: CheckContext): Generator<Diagnostic> {
  for (const contents of hosts) {
    const { host } = contents;
    if (host.interfaces.length === 0 || host.routes.length === 0) continue;
    const prefixes = onLinkAddresses(contents);
    for (const route of host.routes) yield* judge(route, prefixes, 'no interface of the host');
    yield* interfaces(contents);
  }
  for (const { name, endpoints, plumbs, routes } of model.containers) {
    if (routes.length === 0 || (endpoints.length === 0 && plumbs.length === 0)) continue;
    const prefixes = addressSetOfPrefixes([
      ...endpoints.flatMap(({ network }) => Object.values(network.subnets).map(({ prefix }) => prefix)),
      ...plumbs.flatMap((plumb) => plumb.addresses.map(({ address, length }) => prefixOf(address, length))),
      ...endpoints.flatMap(({ wired }) => (wired?.peer === undefined ? [] : [hostPrefix(wired.peer)])),
    ]);
    for (const route of routes) yield* judge(route, prefixes, `no network of \`${name}\``);
  }
}

function onLinkAddresses({ host, networks }: HostContents): AddressSet {
  return addressSetOfPrefixes([
    ...host.interfaces.flatMap((entry) => entry.addresses.map(({ address, length }) => prefixOf(address, length))),
    ...networks.flatMap((network) => Object.values(network.subnets).map(({ prefix }) => prefix)),
  ]);
}

function* judge(
  { via, span }: Pick<HostRoute, 'via' | 'span'>,
  onLink: AddressSet,
  none: string,
): Generator<Diagnostic> {
  const isLinkLocal = via.family === 'ipv6' && via.value >> 118n === 0x3fan;
  if (isLinkLocal || addressSetContains(onLink, via)) return;
  yield report(routeGatewayUnreachable, span, `the next hop ${formatAddress(via)} is on ${none}`, {
    help: 'the next hop of a route must be reachable without another route',
  });
}

/** `route ... on N` names an interface, or the bridge of a network. */
function* interfaces({ host, networks }: HostContents): Generator<Diagnostic> {
  const known = new Set([...host.interfaces.map(({ name }) => name), ...networks.map(({ bridge }) => bridge), 'lo']);
  for (const route of host.routes) {
    if (route.interface === undefined || known.has(route.interface)) continue;
    yield report(
      routeGatewayUnreachable,
      route.span,
      `the route is on \`${route.interface}\`, but the host has no interface of that name`,
      {
        related: [{ span: host.span, message: 'whose route this is' }],
        help: 'declare the interface, or leave out `on`',
      },
    );
  }
}
