/** Which publication translates a flow, if any: "without `from` it serves the outside, the host and containers of networks that are not internal". */
import type { CheckedModel, Publication } from '../model/model.ts';
import { type Address, sameAddress } from '../net/address.ts';
import { portProtocolNumber } from '../net/protocol.ts';
import { type Atlas, isLoopback, type Place } from './atlas.ts';
import type { Flow } from './flow.ts';
import { coversSource } from './subject.ts';

export interface Translated {
  readonly publication: Publication;
  readonly address: Address;
  readonly port: number;
}

/** Publications by protocol and host port. */
export type PublicationIndex = ReadonlyMap<string, readonly Publication[]>;

export function indexPublications(model: CheckedModel): PublicationIndex {
  const index = new Map<string, Publication[]>();
  for (const publication of model.containers.flatMap((container) => container.publications)) {
    for (let port: number = publication.hostPorts.first; port <= publication.hostPorts.last; port++) {
      const key = `${portProtocolNumber(publication.protocol)}/${port}`;
      const list = index.get(key);
      if (list === undefined) index.set(key, [publication]);
      else list.push(publication);
    }
  }
  return index;
}

/** What a flow that is sent to an address of the host is translated to; undefined: the port is as if not published. */
export function translate(
  atlas: Atlas,
  index: PublicationIndex,
  flow: Flow,
  source: Place,
  destination: Place,
): Translated | undefined {
  if (destination.kind !== 'host' && destination.kind !== 'loopback') return undefined;
  if (flow.destinationPort === undefined) return undefined;
  // what is sent over a wire between containers the host does not see
  if (source.kind === 'endpoint' && atlas.containersOnWire.has(source.network)) return undefined;
  for (const publication of index.get(`${flow.protocol}/${flow.destinationPort}`) ?? []) {
    const { network, addresses } = publication.target;
    if (network.unmanaged || network.gatewayMode === 'routed') continue;
    const address = addresses[flow.destination.family];
    if (
      address === undefined ||
      !answersOn(atlas, publication, flow.destination, source) ||
      !serves(publication, flow.source, source)
    )
      continue;
    return {
      publication,
      address,
      port: publication.containerPorts.first + (flow.destinationPort - publication.hostPorts.first),
    };
  }
  return undefined;
}

function answersOn(atlas: Atlas, { listener }: Publication, destination: Address, source: Place): boolean {
  if (isLoopback(destination) && source.kind !== 'host') return false;
  if (listener.kind === 'address') return sameAddress(listener.address, destination);
  if (!listener.families.includes(destination.family)) return false;
  if (!isLoopback(destination)) return true;
  return atlas.host.loopbackPublish && destination.family === 'ipv4' && destination.value === 0x7f000001n;
}

/** An internal endpoint, and with `from` everyone, the host too, is served only when named. */
export function serves(publication: Publication, address: Address, source: Place): boolean {
  if (publication.from !== undefined)
    return publication.from.some((subject) => coversSource(subject, address, source, 'allow'));
  if (source.kind === 'endpoint' || source.kind === 'network') return !source.network.internal;
  return source.kind === 'host' || source.kind === 'outside';
}
