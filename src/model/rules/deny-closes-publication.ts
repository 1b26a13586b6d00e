/**
 * A deny covers a published flow by the host port as sent or by the container port behind it, so it may close a port that
 * somebody published. That may be meant; it is said which.
 */
import { denyClosesPublication } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPortRange, type PortRange } from '../../net/port.ts';
import { portProtocolNumber, portProtocols } from '../../net/protocol.ts';
import { type Audience, audienceOf } from '../audience.ts';
import type { Access, Publication, Service, Subject } from '../model.ts';
import { type PublicationIndex, publicationIndex } from '../publication-index.ts';
import type { CheckContext } from './rule.ts';

/** How many publications a warning shows. */
const shown = 3;

export function* checkDenyClosesPublication({ model }: CheckContext): Generator<Diagnostic> {
  if (!model.access.some(({ action }) => action === 'deny')) return;
  const index = publicationIndex(model);
  const audiences = new Map<readonly Subject[], Audience>();
  for (const access of model.access) {
    if (access.action !== 'deny' || isGeneral(access)) continue;
    const audience = audiences.get(access.from) ?? audienceOf(access.from);
    audiences.set(access.from, audience);
    const closed = closedBy(access, index, audience);
    if (closed.length > 0) yield describe(access, closed);
  }
}

/** A deny of everything to anywhere is about its source, and closes published ports because it is to close all. */
function isGeneral({ to, services }: Access): boolean {
  return to.some((subject) => subject.kind === 'any') && services.some((service) => service.kind === 'any');
}

function closedBy({ to, services }: Access, index: PublicationIndex, audience: Audience): Publication[] {
  const closed = new Set<Publication>();
  for (const { protocol, ports } of services.flatMap(portsOf))
    for (const subject of to)
      for (const publication of index.leadingTo(subject, protocol, ports)) {
        if (!closed.has(publication) && audience.isServedBy(publication)) closed.add(publication);
        if (closed.size > shown) return [...closed];
      }
  return [...closed];
}

/** The protocols and ports of a service that publications can have. */
function portsOf(service: Service): { protocol: (typeof portProtocols)[number]; ports: PortRange }[] {
  const every = { first: 0, last: 65535 } as PortRange;
  switch (service.kind) {
    case 'any':
      return portProtocols.map((protocol) => ({ protocol, ports: every }));
    case 'icmp-type':
      return [];
    default: {
      const ports = service.kind === 'ports' ? service.ports : every;
      return portProtocols
        .filter((protocol) => portProtocolNumber(protocol) === service.protocol)
        .map((protocol) => ({ protocol, ports }));
    }
  }
}

function describe(access: Access, closed: readonly Publication[]): Diagnostic {
  const ports = closed.slice(0, shown).map(portText).join(', ');
  return report(
    denyClosesPublication,
    access.span,
    `this deny closes ${closed.length === 1 ? 'a published port' : 'published ports'}: ${ports}${closed.length > shown ? ' and more' : ''}`,
    {
      related: closed
        .slice(0, shown)
        .map((publication) => ({ span: publication.span, message: `\`${publication.container}\` publishes it here` })),
      help: 'if only some are to be let in, limit the publication instead: `publish ... from SUBJECT`',
    },
  );
}

function portText({ listener, hostPorts, protocol }: Publication): string {
  const ports = `${formatPortRange(hostPorts)}/${protocol}`;
  return listener.kind === 'all' ? ports : `${formatAddress(listener.address)} ${ports}`;
}
