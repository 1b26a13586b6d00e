/**
 * The meaning of a policy: whether the first packet of a connection is allowed, and how it is translated.
 * `allowed(flow) = (baseline(flow) or some publish, link or allow covers it) and no deny covers it`.
 */
import type { HostView } from '../host-view/host-view.ts';
import { isLan } from '../model/lan.ts';
import type { Access, CheckedModel, Endpoint, Host, Link, Network, Publication } from '../model/model.ts';
import { type Address, sameAddress } from '../net/address.ts';
import { portRangeContains } from '../net/port.ts';
import { portProtocolNumber } from '../net/protocol.ts';
import type { Span } from '../source/span.ts';
import {
  type Atlas,
  createAtlas,
  isElsewhere,
  isLoopback,
  type Place,
  placeOfDestination,
  placeOfSource,
  placeSeenBy,
  type Routing,
  withCuts,
} from './atlas.ts';
import { baseline } from './baseline.ts';
import { type JudgeDatagram, tunnelCuts } from './cut-tunnel.ts';
import type { Flow } from './flow.ts';
import { bridgedIsJudged, guardedNetworks } from './guarded.ts';
import { indexPublications, type PublicationIndex, serves, type Translated, translate } from './publication.ts';
import { serviceCovers } from './service.ts';
import { indexStatements, type StatementIndex } from './statement-index.ts';
import { coversDestination } from './subject.ts';
import { cutOf, cutText, noCuts, straysFromTunnel, tunnelVerdict } from './tunnel.ts';

export type Verdict = 'allowed' | 'blocked' | 'rejected';

/** Where an allowed flow ends. */
export type Receiver =
  | { readonly kind: 'host' }
  | { readonly kind: 'container'; readonly endpoint: Endpoint }
  /** An address that was given to no container of the network. */
  | { readonly kind: 'network' }
  | { readonly kind: 'outside'; readonly interface: string | undefined };

export interface Decision {
  readonly verdict: Verdict;
  readonly receiver: Receiver;
  /** The destination after translation. */
  readonly destination: Address;
  readonly destinationPort: number | undefined;
  /** The source that the receiver sees; undefined when the host's address there is not known. */
  readonly source: Address | undefined;
  readonly because: Reason;
}

/** Why: the statement that decided, or the row of the baseline. */
export interface Reason {
  readonly text: string;
  readonly span: Span | undefined;
}

/** What a policy means on one host, ready to decide flows. */
export interface Meaning {
  readonly atlas: Atlas;
  readonly publications: PublicationIndex;
  readonly statements: StatementIndex;
  readonly links: ReadonlyMap<string, readonly Link[]>;
  readonly routed: ReadonlyMap<string, readonly Publication[]>;
  readonly guarded: ReturnType<typeof guardedNetworks>;
}

export function meaningOf(model: CheckedModel, host: Host, view: HostView, routing: Routing): Meaning {
  const routed = model.containers
    .flatMap((container) => container.publications)
    .filter((publication) => publication.target.network.gatewayMode === 'routed');
  const toTheirEnds: Meaning = {
    atlas: createAtlas(model, host, view, routing),
    publications: indexPublications(model),
    statements: indexStatements(model.access),
    links: groupBy(model.links, (link) => link.from.name),
    routed: groupBy(routed, (publication) => publication.container),
    guarded: guardedNetworks(model),
  };
  if ((model.elsewhere?.tunnels.length ?? 0) === 0) return toTheirEnds;
  const judge: JudgeDatagram = (flow) => {
    const { verdict, because } = decide(toTheirEnds, flow);
    return { isAllowed: verdict === 'allowed', span: because.span };
  };
  const cuts = tunnelCuts(model, judge, (peer, local) => {
    const route = routing.lookup(peer);
    if (typeof route === 'object') return route.interface;
    return view.interfaces.find(({ addresses }) => addresses.some((own) => sameAddress(own.address, local)))?.name;
  });
  return { ...toTheirEnds, atlas: withCuts(toTheirEnds.atlas, cuts) };
}

/** The same, with frames followed to the ends of tunnels and no further: what becomes of the datagrams is asked by itself. */
export function toTunnelEnds(meaning: Meaning): Meaning {
  return { ...meaning, atlas: withCuts(meaning.atlas, noCuts) };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

export function decide(meaning: Meaning, flow: Flow): Decision {
  const { atlas } = meaning;
  const source = placeOfSource(atlas, flow.source, flow.arrivesBy);
  const sent = placeSeenBy(atlas, source, placeOfDestination(atlas, flow.destination), flow.destination.family);
  const translated = translate(atlas, meaning.publications, flow, source, sent);
  const real = translated === undefined ? sent : placeOfDestination(atlas, translated.address);
  const port = translated === undefined ? flow.destinationPort : translated.port;
  const destination = translated?.address ?? flow.destination;
  const decision = (verdict: Verdict, text: string, span?: Span): Decision => ({
    verdict,
    receiver: receiverOf(real),
    destination,
    destinationPort: port,
    source: sourceSeen(atlas, flow, source, real, translated),
    because: { text, span },
  });
  if (source.kind === 'forged') return decision('blocked', 'a forged source');
  if (sent.kind === 'loopback' && flow.arrivesBy !== undefined)
    return decision('blocked', 'nothing from any wire reaches loopback');
  if (straysFromTunnel(atlas.tunnels, source, sent))
    return decision('blocked', 'from a tunnel, and not for its network');
  const cut = cutOf(atlas.tunnels, source);
  if (cut !== undefined) return decision('blocked', cutText, cut.span);
  const obstacle = obstacleOf(meaning, flow, source, real, translated);
  if (obstacle !== undefined && translated === undefined) return decision('blocked', obstacle);
  // over a wire between containers no deny can hold: one that is about it is an error
  const isUnseen = source.kind === 'endpoint' && atlas.containersOnWire.has(source.network);
  const deny = isUnseen ? undefined : denyOf(meaning, flow, source, sent, real, destination, port);
  if (deny !== undefined) return decision(deny.reject ? 'rejected' : 'blocked', 'denied', deny.span);
  if (obstacle !== undefined) return decision('blocked', obstacle);
  const tunnel = tunnelVerdict(atlas.tunnels, flow, source, real);
  if (tunnel?.kind === 'blocks') return decision('blocked', tunnel.text, tunnel.span);
  if (tunnel?.kind === 'carries') return decision('allowed', 'the other end of a tunnel', tunnel.network.span);
  if (translated !== undefined) return decision('allowed', 'published', translated.publication.span);
  const allow = allowOf(meaning, flow, source, real);
  if (allow !== undefined) return decision('allowed', 'allowed', allow.span);
  const row = baseline(atlas, flow, source, real);
  return decision(row.allowed ? 'allowed' : 'blocked', row.row);
}

/** "A deny covers a flow if it matches either the destination as sent or the real one"; "if several denies cover a flow, reject wins". */
function denyOf(
  meaning: Meaning,
  flow: Flow,
  source: Place,
  sent: Place,
  real: Place,
  realAddress: Address,
  realPort: number | undefined,
): Access | undefined {
  let found: Access | undefined;
  for (const deny of meaning.statements.candidates('deny', flow.source, source)) {
    const matches = (address: Address, place: Place, port: number | undefined): boolean =>
      deny.to.some((subject) => coversDestination(subject, address, place, 'deny')) &&
      deny.services.some((service) => serviceCovers(service, flow, port));
    if (!matches(flow.destination, sent, flow.destinationPort) && !matches(realAddress, real, realPort)) continue;
    if (deny.reject) return deny;
    found ??= deny;
  }
  return found;
}

/** What the host's state forbids whatever the policy says: no forwarding, or bridged traffic that no rule can judge. */
function obstacleOf(
  meaning: Meaning,
  flow: Flow,
  source: Place,
  real: Place,
  translated: Translated | undefined,
): string | undefined {
  const within = bridgedNetwork(source, real);
  if (within?.networkKind === 'wire' || within?.networkKind === 'macvlan') return undefined;
  const shown = bridgedIsJudged(meaning.atlas.view, flow.destination.family);
  // Translated on the bridge, an IPv6 packet is bridged back without being forwarded; IPv4 needs forwarding for that too [91].
  if (within !== undefined && translated !== undefined && shown && flow.destination.family === 'ipv6') return undefined;
  if (within !== undefined && translated === undefined) {
    const judged = !meaning.guarded.has(within) || shown;
    return judged
      ? undefined
      : 'bridged traffic of this network cannot be judged without br_netfilter: it fails closed';
  }
  const forwarded = source.kind !== 'host' && real.kind !== 'host' && real.kind !== 'loopback';
  return forwarded && !forwards(meaning.atlas.view, flow) ? 'the host does not forward' : undefined;
}

/** The network on whose bridge a packet stays: from a container to one beside it, or to or from a machine of the same LAN. */
function bridgedNetwork(source: Place, real: Place): Network | undefined {
  const [from, to] = [networkOfPlace(source), networkOfPlace(real)];
  if (from !== undefined && to !== undefined) return from === to ? from : undefined;
  const network = from ?? to;
  const other = from === undefined ? source : real;
  const onLan =
    network !== undefined && isLan(network) && other.kind === 'outside' && other.interface === network.bridge;
  return onLan ? network : undefined;
}

function networkOfPlace(place: Place): Network | undefined {
  return place.kind === 'endpoint' || place.kind === 'network' ? place.network : undefined;
}

function forwards(view: HostView, flow: Flow): boolean {
  return view.sysctls[flow.source.family === 'ipv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'] !== '0';
}

/** An allow or link that covers the flow by its real endpoints, or a publication on a routed network, which opens the container's own port. */
function allowOf(meaning: Meaning, flow: Flow, source: Place, real: Place): { readonly span: Span } | undefined {
  for (const allow of meaning.statements.candidates('allow', flow.source, source)) {
    const toCovered = allow.to.some((subject) => coversDestination(subject, flow.destination, real, 'allow'));
    if (toCovered && allow.services.some((service) => serviceCovers(service, flow, flow.destinationPort))) return allow;
  }
  if (real.kind !== 'endpoint' || flow.destinationPort === undefined) return undefined;
  const { destinationPort } = flow;
  if (source.kind === 'endpoint' && source.network === real.network) {
    const link = meaning.links
      .get(source.endpoint.container)
      ?.find(
        ({ to }) =>
          to.name === real.endpoint.container &&
          to.exposed.some(
            ({ ports, protocol }) =>
              portProtocolNumber(protocol) === flow.protocol && portRangeContains(ports, destinationPort),
          ),
      );
    if (link !== undefined) return link;
  }
  return meaning.routed.get(real.endpoint.container)?.find((publication) => {
    const { target, listener } = publication;
    const familyFits =
      listener.kind === 'all'
        ? listener.families.includes(flow.destination.family)
        : listener.address.family === flow.destination.family && !isLoopback(listener.address);
    const address = target.addresses[flow.destination.family];
    if (!familyFits || address === undefined || !sameAddress(address, flow.destination)) return false;
    return (
      portProtocolNumber(publication.protocol) === flow.protocol &&
      portRangeContains(publication.containerPorts, destinationPort) &&
      serves(publication, flow.source, source)
    );
  });
}

function receiverOf(place: Place): Receiver {
  switch (place.kind) {
    case 'endpoint':
      return { kind: 'container', endpoint: place.endpoint };
    case 'network':
      return { kind: 'network' };
    case 'outside':
      return { kind: 'outside', interface: place.interface };
    case 'host':
    case 'loopback':
    case 'forged':
      return { kind: 'host' };
  }
}

/**
 * The source that the receiver sees. Containers leave to the outside masqueraded; between declared networks everyone keeps
 * their own address, but for a container that uses a publication of its own network, and the host's loopback.
 */
function sourceSeen(
  atlas: Atlas,
  flow: Flow,
  source: Place,
  real: Place,
  translated: Translated | undefined,
): Address | undefined {
  if (real.kind === 'endpoint' && translated !== undefined) {
    const hairpin = (source.kind === 'endpoint' || source.kind === 'network') && source.network === real.network;
    if (hairpin || isLoopback(flow.source))
      return atlas.routing.masqueradeAddress(real.network.bridge, translated.address);
    return flow.source;
  }
  if (real.kind !== 'outside' || (source.kind !== 'endpoint' && source.kind !== 'network')) return flow.source;
  if (isElsewhere(atlas, flow.destination)) return flow.source;
  if (!source.network.masquerade || source.network.gatewayMode === 'routed') return flow.source;
  if (real.interface === undefined) return undefined;
  // IPv4 looks at the next hop [58], IPv6 at the destination [134].
  const towards = flow.destination.family === 'ipv4' ? (real.via ?? flow.destination) : flow.destination;
  return atlas.routing.masqueradeAddress(real.interface, towards);
}
