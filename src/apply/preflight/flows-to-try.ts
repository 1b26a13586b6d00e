/** Flows that stand for the statements of a policy: what is tried against the rules of others on the same host. */
import { destinationsOf, packetsOf, type Sender, sendersOf, type Universe } from '../../expectations/universe.ts';
import type { CheckedModel, Service, Subject } from '../../model/model.ts';
import { type Address, type Family, sameAddress } from '../../net/address.ts';
import { portProtocolNumber } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Span } from '../../source/span.ts';

export interface TriedFlow {
  readonly flow: Flow;
  /** The statement that it stands for. */
  readonly span: Span;
  readonly what: string;
}

/** Statements of each kind that are tried; of more than that, evenly spread ones. */
const mostStatements = 60;

export function flowsToTry(model: CheckedModel, universe: Universe): readonly TriedFlow[] {
  const any: Subject = { kind: 'any' };
  const publications = spread(model.containers.flatMap((container) => container.publications)).flatMap(
    (publication) => {
      const { listener, hostPorts, protocol, span, from } = publication;
      const families: readonly Family[] = listener.kind === 'all' ? listener.families : [listener.address.family];
      const to = families.flatMap((family) => {
        if (listener.kind === 'address') return [listener.address];
        return universe.hostAddresses.filter((address) => address.family === family).slice(0, 1);
      });
      const ports: Service = {
        kind: 'ports',
        protocol: portProtocolNumber(protocol),
        ports: { first: hostPorts.first, last: hostPorts.first },
      };
      return between(
        universe,
        (from ?? [any]).flatMap((subject) => outsideFirst(sendersOf(universe, subject))),
        to,
        [ports],
        span,
        'the publication',
      );
    },
  );
  const links = spread(model.links).flatMap(({ from, to, span }) => {
    const services = to.exposed
      .slice(0, 1)
      .map(({ ports, protocol }): Service => ({ kind: 'ports', protocol: portProtocolNumber(protocol), ports }));
    return between(universe, sendersOf(universe, from), destinationsOf(universe, to), services, span, 'the link');
  });
  const statements = [
    ...spread(model.access).map((access) => ({ ...access, what: `the ${access.action}` })),
    ...spread(model.expectations).map((expectation) => ({ ...expectation, what: 'the expectation' })),
  ].flatMap(({ from, to, services, span, what }) =>
    between(
      universe,
      from.flatMap((subject) => sendersOf(universe, subject)),
      to.flatMap((subject) => destinationsOf(universe, subject)),
      services,
      span,
      what,
    ),
  );
  return [...publications, ...links, ...statements];
}

/** One flow a family: the first and the last sender to the first and the last destination. */
function between(
  universe: Universe,
  senders: readonly Sender[],
  destinations: readonly Address[],
  services: readonly Service[],
  span: Span,
  what: string,
): readonly TriedFlow[] {
  const ends = <T>(items: readonly T[]): readonly T[] => [...new Set([...items.slice(0, 1), ...items.slice(-1)])];
  const tried: TriedFlow[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const from = ends(senders.filter(({ address }) => address.family === family));
    const to = ends(destinations.filter((address) => address.family === family));
    for (const { address, arrivesBy } of from)
      for (const destination of to) {
        if (sameAddress(address, destination)) continue;
        const toHost = universe.hostAddresses.some((own) => sameAddress(own, destination));
        const [packet] = services.flatMap((service) => packetsOf(universe, service, family, toHost));
        if (packet !== undefined)
          tried.push({ flow: { ...packet, arrivesBy, source: address, destination }, span, what });
      }
  }
  return tried;
}

/** Who is outside comes first: that is where publications are used from. */
function outsideFirst(senders: readonly Sender[]): readonly Sender[] {
  const isOutside = ({ arrivesBy, container }: Sender): boolean => arrivesBy !== undefined && container === undefined;
  return [...senders.filter(isOutside), ...senders.filter((sender) => !isOutside(sender))];
}

function spread<T>(items: readonly T[]): readonly T[] {
  if (items.length <= mostStatements) return items;
  const step = items.length / mostStatements;
  return Array.from({ length: mostStatements }, (_, index) => items[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}
