/** What is published: translated on the host, or open at the container's own address. */
import type { Publication, Service } from '../../model/model.ts';
import { type AddressSet, addressSet, rangeOfAddress } from '../../net/address-set.ts';
import { portProtocolNumber } from '../../net/protocol.ts';
import { isLoopback } from '../atlas.ts';
import type { FlowBox, SourceSet, TranslationBox } from './flow-box.ts';
import type { Regions } from './regions.ts';
import { seenByTheHost, sourcesOf } from './subjects.ts';

function servedSources(regions: Regions, publication: Publication): readonly SourceSet[] {
  if (publication.from !== undefined)
    return publication.from.flatMap((subject) => sourcesOf(regions, subject, 'allow'));
  return regions.servedByDefault;
}

/** The flows that a publication translates, by the destination that they are sent to. */
export function translationsOf(regions: Regions, publication: Publication): readonly TranslationBox[] {
  const { listener, target, hostPorts, protocol, span } = publication;
  if (target.network.unmanaged || target.network.gatewayMode === 'routed') return [];
  const services: readonly Service[] = [{ kind: 'ports', protocol: portProtocolNumber(protocol), ports: hostPorts }];
  const served = seenByTheHost(regions, servedSources(regions, publication));
  const hostOnly = served.filter(({ side }) => side.kind === 'host');
  return (listener.kind === 'all' ? listener.families : [listener.address.family]).flatMap((family) => {
    const to = target.addresses[family];
    if (to === undefined) return [];
    const box = (sources: readonly SourceSet[], destinations: AddressSet): TranslationBox => ({
      sources,
      destinations,
      services,
      because: span,
      publication,
      to,
    });
    if (listener.kind === 'address')
      return [box(isLoopback(listener.address) ? hostOnly : served, addressSet([rangeOfAddress(listener.address)]))];
    const all = box(served, regions.hostOfFamily[family]);
    const loopback = box(hostOnly, addressSet([rangeOfAddress({ family: 'ipv4', value: 0x7f000001n })]));
    return regions.atlas.host.loopbackPublish && family === 'ipv4' ? [all, loopback] : [all];
  });
}

/** On a routed network a publication opens the container's own port. */
export function routedBoxes(regions: Regions, publication: Publication): readonly FlowBox[] {
  const { listener, target, containerPorts, protocol, span } = publication;
  if (target.network.unmanaged || target.network.gatewayMode !== 'routed') return [];
  if (listener.kind === 'address' && isLoopback(listener.address)) return [];
  const wanted = listener.kind === 'all' ? listener.families : [listener.address.family];
  const addresses = wanted.flatMap((family) => target.addresses[family] ?? []);
  const services: readonly Service[] = [
    { kind: 'ports', protocol: portProtocolNumber(protocol), ports: containerPorts },
  ];
  return [
    {
      sources: servedSources(regions, publication),
      destinations: addressSet(addresses.map(rangeOfAddress)),
      services,
      because: span,
    },
  ];
}
