/** The baseline, before any allow or deny: the table of the language's "Meaning", row by row. */
import { isLan } from '../model/lan.ts';
import type { Network } from '../model/model.ts';
import type { Address } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import { protocolNumbers } from '../net/protocol.ts';
import { type Atlas, isElsewhere, type Place } from './atlas.ts';
import type { Flow } from './flow.ts';

export interface Baseline {
  readonly allowed: boolean;
  /** The row that decided, in words. */
  readonly row: string;
}

const allowed = (row: string): Baseline => ({ allowed: true, row });
const blocked = (row: string): Baseline => ({ allowed: false, row });

/** What holds between two places; the source is not forged. */
export function baseline(atlas: Atlas, flow: Flow, source: Place, destination: Place): Baseline {
  if (source.kind === 'host' || source.kind === 'loopback') return allowed('host to anything');
  if (source.kind === 'forged') return blocked('a forged source');
  const toHost = destination.kind === 'host' || destination.kind === 'loopback';
  if (source.kind === 'outside') {
    if (toHost) return outsideToHost(atlas, flow);
    if (destination.kind === 'outside')
      return atlas.host.transit ? allowed('touches no declared network') : blocked('transit off');
    const isNeighbour =
      destination.kind === 'endpoint' && isLan(destination.network) && source.interface === destination.network.bridge;
    if (isNeighbour) return withinLan(destination.network);
    return blocked('outside to container');
  }
  const { network } = source;
  if (isOtherEnd(atlas, source, destination)) return allowed('a wire of their own');
  if (toHost)
    return network.gatewayMode === 'isolated'
      ? blocked('container to host, isolated network')
      : allowed('container to host');
  if (destination.kind === 'outside' && isElsewhere(atlas, flow.destination))
    return blocked('container to a network of another host');
  if (destination.kind === 'outside' && isOnLan(network, flow.destination)) return withinLan(network);
  if (destination.kind === 'outside')
    return network.internal ? blocked('container to outside, internal network') : allowed('container to outside');
  if (destination.kind === 'endpoint' && destination.network === network)
    return network.icc ? allowed('containers of one network') : blocked('icc off');
  return blocked('container to another network');
}

/** The container at the other end of a wire takes in what is for it, whichever of its addresses is meant. */
function isOtherEnd(
  { containersOnWire }: Atlas,
  source: Place & { kind: 'endpoint' | 'network' },
  destination: Place,
): boolean {
  if (source.kind !== 'endpoint' || destination.kind !== 'endpoint') return false;
  const ends = containersOnWire.get(source.network) ?? [];
  return ends.some(({ name }) => name === destination.endpoint.container && name !== source.endpoint.container);
}

/** "LAN machines count as the same network." */
function withinLan(network: Network): Baseline {
  return network.icc ? allowed('machines of one LAN') : blocked('icc off');
}

function isOnLan(network: Network, address: Address): boolean {
  const subnet = network.subnets[address.family];
  return isLan(network) && subnet !== undefined && prefixContains(subnet.prefix, address);
}

/** "Left alone, unless the host has `protect host`"; the DHCP client is among what always passes. Loopback is not reached from a wire. */
function outsideToHost(atlas: Atlas, flow: Flow): Baseline {
  if (!atlas.host.protectHost) return allowed('outside to host, left alone');
  const dhcp = flow.source.family === 'ipv4' ? { server: 67, client: 68 } : { server: 547, client: 546 };
  const isDhcp =
    flow.protocol === protocolNumbers.udp && flow.sourcePort === dhcp.server && flow.destinationPort === dhcp.client;
  return isDhcp ? allowed('the DHCP client of the host') : blocked('protect host');
}
