/**
 * Overlay networks on one of their hosts. Containers of the network that run on another host are behind the tunnel: they
 * speak with containers of their network, and with everything else through the host that they run on. The tunnel itself is
 * packets between the hosts, which nobody else may send.
 */
import { isLan } from '../model/lan.ts';
import type { Endpoint, Network } from '../model/model.ts';
import { type Address, addressKey } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Span } from '../source/span.ts';
import type { Place } from './atlas.ts';
import type { Flow } from './flow.ts';

/** The port of VXLAN (RFC 7348). */
export const vxlanPort = 4789;

/** What a host's meaning knows of its tunnels. */
export interface TunnelEnds {
  /** The other ends, by addressKey, with the network that leads there. */
  readonly peers: ReadonlyMap<string, Network>;
  /** Interfaces that endpoints of other hosts are behind. */
  readonly interfaces: ReadonlySet<string>;
  readonly cuts: TunnelCuts;
}

/** Endpoints behind tunnels whose datagrams a statement stops, with its place: on their way out, and on their way in. */
export interface TunnelCuts {
  readonly into: ReadonlyMap<Endpoint, Span | undefined>;
  readonly outOf: ReadonlyMap<Endpoint, Span | undefined>;
}

export const noCuts: TunnelCuts = { into: new Map(), outOf: new Map() };

/** What a tunnel says about a flow: nothing, that it is the tunnel's own traffic, or that it is not to be. */
export type TunnelVerdict =
  | undefined
  | { readonly kind: 'carries'; readonly network: Network }
  | { readonly kind: 'blocks'; readonly text: string; readonly span?: Span | undefined };

export function isBehindTunnel({ interfaces }: TunnelEnds, endpoint: Endpoint): boolean {
  return endpoint.port !== undefined && interfaces.has(endpoint.port);
}

/** Frames from the tunnel that are for no container of the network stop at its end, before any rule looks at them. */
export function straysFromTunnel(ends: TunnelEnds, source: Place, sent: Place): boolean {
  if (source.kind !== 'endpoint' || !isBehindTunnel(ends, source.endpoint)) return false;
  return sent.kind !== 'endpoint' || sent.network !== source.network;
}

/** What would come out of a tunnel that is cut never comes. */
export function cutOf({ cuts }: TunnelEnds, source: Place): { readonly span: Span | undefined } | undefined {
  if (source.kind !== 'endpoint' || !cuts.outOf.has(source.endpoint)) return undefined;
  return { span: cuts.outOf.get(source.endpoint) };
}

export const cutText = 'the tunnel is cut: its datagrams are denied';

/** Behind the denies, in front of everything that allows. */
export function tunnelVerdict(ends: TunnelEnds, flow: Flow, source: Place, real: Place): TunnelVerdict {
  if (real.kind === 'endpoint' && isBehindTunnel(ends, real.endpoint)) {
    const within = source.kind === 'endpoint' && source.network === real.network;
    if (within && ends.cuts.into.has(real.endpoint))
      return { kind: 'blocks', text: cutText, span: ends.cuts.into.get(real.endpoint) };
    return within ? undefined : { kind: 'blocks', text: 'a container of another host is reached through that host' };
  }
  const encapsulated = flow.protocol === protocolNumbers.udp && flow.destinationPort === vxlanPort;
  if (!encapsulated || source.kind === 'host') return undefined;
  const peer = (address: Address): Network | undefined => ends.peers.get(addressKey(address));
  if (real.kind === 'host' && ends.peers.size > 0) {
    const network = source.kind === 'outside' ? peer(flow.source) : undefined;
    if (network !== undefined) return { kind: 'carries', network };
    return { kind: 'blocks', text: 'only the other end of a tunnel may send into it' };
  }
  // what is on a LAN speaks with its own address, which is no end of a tunnel
  const fromContainer = (source.kind === 'endpoint' || source.kind === 'network') && !isLan(source.network);
  if (fromContainer && real.kind === 'outside' && peer(flow.destination) !== undefined)
    return { kind: 'blocks', text: 'only the host itself may send into a tunnel' };
  return undefined;
}
