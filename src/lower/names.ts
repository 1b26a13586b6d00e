/** The names of everything that we emit, in one place. Family-specific sets end in `-v4` or `-v6`. */
import type { Family } from '../net/address.ts';

/** Our table in the inet and in the bridge family; nothing else on the host is touched. */
export const tableName = 'ctfw';

export const sets = {
  /** `lo` and the bridges of managed networks: what is not in it is outside. */
  inside: 'inside',
  /** The bridges of managed networks. */
  bridges: 'bridges',
  /** Bridges of internal networks: publications without `from` do not serve them. */
  internalBridges: 'internal-bridges',
  /** Networks whose containers may not speak to the host. */
  isolatedBridges: 'isolated-bridges',
  spoofingBridges: 'spoofing-bridges',
  /** Networks whose containers may speak to the outside. */
  outboundBridges: 'outbound-bridges',
  masqueradeBridges: 'masquerade-bridges',
  /** bridge . bridge: traffic that stays within one network. */
  inner: 'same-bridge',
  /** bridge . bridge: networks whose containers may speak to each other. */
  icc: 'icc',
  /** bridge . bridge: networks whose inner traffic has to be judged by the inet table. */
  guarded: 'guarded',
  /** bridge . bridge: networks with publications, which their own containers may use. */
  hairpin: 'hairpin',
  /** bridge . bridge of networks on the LAN: what stays on it. */
  lan: 'lan',
  /** bridge . bridge of networks on the LAN whose containers and machines may not speak to each other. */
  closedLan: 'closed-lan',
  /** Bridge ports that lead to a LAN. */
  nics: 'nics',
  /** Bridge ports that the policy names. */
  ports: 'ports',
  /** The ends of tunnels, ports of overlay networks' bridges. */
  tunnels: 'tunnels',
} as const;

const suffix = (family: Family): string => (family === 'ipv4' ? 'v4' : 'v6');

/** bridge . address: the addresses that were given to containers, each on its side. */
export const endpointsSet = (family: Family): string => `endpoints-${suffix(family)}`;
/** side . subnet of networks on the LAN, and the subnets alone: who has such an address comes from that side. */
export const lanSidesSet = (family: Family): string => `lan-sides-${suffix(family)}`;
export const lanSubnetsSet = (family: Family): string => `lan-subnets-${suffix(family)}`;
/** Addresses of containers, whatever the side. */
export const addressesSet = (family: Family): string => `addresses-${suffix(family)}`;
/** The broadcast addresses of managed networks: destinations, never sources. */
export const broadcastsSet = 'broadcasts-v4';
/** The subnets of managed networks. */
export const subnetsSet = (family: Family): string => `subnets-${suffix(family)}`;
/** In the bridge table: the subnets of all managed networks, where some of them allow spoofing and are not in `subnets`. */
export const allSubnetsSet = (family: Family): string => `all-subnets-${suffix(family)}`;
/** In the bridge table: addresses that were given to containers on a LAN. */
export const lanAddressesSet = (family: Family): string => `lan-addresses-${suffix(family)}`;
/** In the bridge table: what is ours, and so on no LAN. */
export const foreignSet = (family: Family): string => `ours-${suffix(family)}`;
/** The subnets of guarded networks. */
export const guardedSubnetsSet = (family: Family): string => `guarded-subnets-${suffix(family)}`;
/** subnet . subnet of each managed network. */
export const sameNetworkSet = (family: Family): string => `same-network-${suffix(family)}`;
/** bridge . subnet of networks that allow spoofing. */
export const spoofingSubnetsSet = (family: Family): string => `spoofing-subnets-${suffix(family)}`;
/** bridge port . address, and the addresses that are bound to a port. */
export const portEndpointsSet = (family: Family): string => `port-endpoints-${suffix(family)}`;
export const portAddressesSet = (family: Family): string => `port-addresses-${suffix(family)}`;

/** Subnets of networks that are on other hosts alone. */
export const elsewhereSet = (family: Family): string => `elsewhere-${suffix(family)}`;
/** The other ends of tunnels. */
export const peersSet = (family: Family): string => `tunnel-peers-${suffix(family)}`;
/** The addresses that the host holds on the bridges of overlay networks. */
export const overlayGatewaysSet = (family: Family): string => `overlay-gateways-${suffix(family)}`;

export const chains = {
  sourceCheck: 'source-check',
  sourceCheckNetwork: 'source-check-network',
  asSent: 'as-sent',
  asSentOutput: 'as-sent-output',
  publish: 'publish',
  publishOutput: 'publish-output',
  forward: 'forward',
  network: 'network',
  deny: 'deny',
  denyHost: 'deny-to-host',
  denyFromHost: 'deny-from-host',
  denyHostFromHost: 'deny-host-to-host',
  input: 'input',
  inputNetwork: 'input-network',
  inputOutside: 'input-outside',
  output: 'output',
  masquerade: 'masquerading',
  leaving: 'leaving',
  reject: 'refuse',
  bridgeForward: 'forward',
  bridgeSent: 'sent',
  bridgeLeaving: 'leaving',
  bridgeSourceCheck: 'source-check',
  fromTunnel: 'from-tunnel',
  intoTunnel: 'into-tunnel',
} as const;

/** The name of a per-family object. */
export const forFamily = (name: string, family: Family | undefined): string =>
  family === undefined ? name : `${name}-${suffix(family)}`;
