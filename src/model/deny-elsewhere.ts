/**
 * "A deny covers a flow if it matches either the destination as sent or the real one": towards a container on another host,
 * the real one is found behind a published port of that host, and who sends is known only where it runs.
 */

import { port as portNumber } from '../net/port.ts';
import { hostPrefix, type Prefix } from '../net/prefix.ts';
import { portProtocolNumber } from '../net/protocol.ts';
import type { Access, CheckedModel, Container, Host, Network, Publication, Service, Subject, Zone } from './model.ts';
import { hostAddresses, runsOn } from './placement.ts';

/** For each deny towards containers that run elsewhere: the same towards the ports under which their hosts publish them. */
export function deniesThroughPublications(model: CheckedModel, host: Host): readonly Access[] {
  if (model.hosts.length < 2) return [];
  const published = model.containers
    .filter((container) => !runsOn(container, host))
    .flatMap((container) => container.publications.map((publication) => ({ container, publication })));
  if (published.length === 0) return [];
  return model.access
    .filter(({ action }) => action === 'deny')
    .flatMap((deny) =>
      published.flatMap(({ container, publication }) => {
        if (!deny.to.some((subject) => covers(subject, container, publication.target.network))) return [];
        const services = deny.services.flatMap((service) => asSent(service, publication));
        const to = listeners(model, container, publication);
        return services.length === 0 || to === undefined ? [] : [{ ...deny, to: [to], services }];
      }),
    );
}

/** `any` covers the destination as sent already, and so does what names addresses of the outside. */
function covers(subject: Subject, container: Container, network: Network): boolean {
  return (subject.kind === 'container' && subject.name === container.name) || subject === network;
}

/** A service at the container's ports, as it is sent to the ports of its host. */
function asSent(service: Service, { protocol, hostPorts, containerPorts }: Publication): readonly Service[] {
  const number = portProtocolNumber(protocol);
  if (service.kind === 'any' || (service.kind === 'protocol' && service.protocol === number))
    return [{ kind: 'ports', protocol: number, ports: hostPorts }];
  if (service.kind !== 'ports' || service.protocol !== number) return [];
  const first = Math.max(service.ports.first, containerPorts.first);
  const last = Math.min(service.ports.last, containerPorts.last);
  const shift = hostPorts.first - containerPorts.first;
  return first > last
    ? []
    : [
        {
          kind: 'ports',
          protocol: number,
          ports: { first: portNumber(first + shift), last: portNumber(last + shift) },
        },
      ];
}

function listeners(model: CheckedModel, container: Container, publication: Publication): Zone | undefined {
  const host = model.hosts.find((one) => runsOn(container, one));
  if (host === undefined) return undefined;
  const { listener, span } = publication;
  const prefixes: readonly Prefix[] =
    listener.kind === 'address'
      ? [hostPrefix(listener.address)]
      : hostAddresses(model, host).filter(({ address }) => listener.families.includes(address.family));
  return prefixes.length === 0 ? undefined : { kind: 'zone', name: host.name, prefixes, interface: undefined, span };
}
