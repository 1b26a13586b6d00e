/** The rows of the baseline, and what links open besides. */
import { isLan } from '../../model/lan.ts';
import type { Container, Endpoint, Network, Service } from '../../model/model.ts';
import { type AddressSet, subtractAddressSets } from '../../net/address-set.ts';
import { portProtocolNumber } from '../../net/protocol.ts';
import type { Meaning } from '../decide.ts';
import { addressesOf, anyService, everyAddress, type FlowBox, type SourceSet, sideOf } from './flow-box.ts';
import { endpointsOf, lanAddresses, networkSource, outsidersOn } from './networks.ts';
import type { Regions } from './regions.ts';
import { destinationsOf } from './subjects.ts';

/** What the baseline allows, row by row. */
export function baselineBoxes(regions: Regions): readonly FlowBox[] {
  const { host, networks } = regions.atlas;
  const box = (sources: readonly SourceSet[], destinations: AddressSet, services = anyService): FlowBox => ({
    sources,
    destinations,
    services,
    because: undefined,
  });
  const ofNetworks = (holds: (network: Network) => boolean): readonly SourceSet[] =>
    networks.filter(holds).map((network) => networkSource(regions, network));
  return [
    box([{ side: { kind: 'host' }, addresses: everyAddress }], everyAddress),
    ...networks
      .filter(({ icc }) => icc)
      .map((network) => box([networkSource(regions, network)], endpointsOf(regions, network))),
    ...wireEnds(regions).map(({ endpoint, other }) =>
      box(
        [{ side: sideOf(endpoint.network), addresses: addressesOf(endpoint.addresses) }],
        destinationsOf(regions, other, 'allow'),
      ),
    ),
    ...networks
      .filter((network) => isLan(network) && network.icc)
      .flatMap((network) => [
        box(
          [{ side: sideOf(network), addresses: outsidersOn(regions, network.bridge) }],
          endpointsOf(regions, network),
        ),
        box([networkSource(regions, network)], lanAddresses(regions, network)),
      ]),
    ...networks
      .filter(({ internal }) => !internal)
      .map((network) =>
        box(
          [networkSource(regions, network)],
          subtractAddressSets(
            isLan(network) ? subtractAddressSets(regions.outside, lanAddresses(regions, network)) : regions.outside,
            regions.atlas.elsewhere,
          ),
        ),
      ),
    box(
      ofNetworks(({ gatewayMode }) => gatewayMode !== 'isolated'),
      regions.host,
    ),
    ...(host.protectHost ? [] : [box(regions.outsiders, regions.host)]),
    ...(host.transit ? [box(regions.outsiders, regions.outside)] : []),
  ];
}

/** What is sent over a wire between two containers reaches the other one, at any of its addresses. */
function wireEnds({ atlas }: Regions): readonly { readonly endpoint: Endpoint; readonly other: Container }[] {
  return [...atlas.containersOnWire].flatMap(([network, ends]) =>
    ends.flatMap((container) =>
      container.endpoints
        .filter((endpoint) => endpoint.network === network)
        .flatMap((endpoint) => ends.filter((other) => other !== container).map((other) => ({ endpoint, other }))),
    ),
  );
}

/** What a link opens: the exposed ports of its target, on common networks. */
export function linkBoxes({ from, to, span }: Meaning['atlas']['model']['links'][number]): readonly FlowBox[] {
  const services = to.exposed.map(
    ({ ports, protocol }): Service => ({ kind: 'ports', protocol: portProtocolNumber(protocol), ports }),
  );
  return from.endpoints.flatMap((endpoint) =>
    to.endpoints
      .filter(({ network }) => network === endpoint.network)
      .map((other) => ({
        sources: [{ side: sideOf(endpoint.network), addresses: addressesOf(endpoint.addresses) }],
        destinations: addressesOf(other.addresses),
        services,
        because: span,
      })),
  );
}
