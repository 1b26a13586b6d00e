/**
 * Which networks the proof speaks of: those on a bridge of this host alone, and wires. LANs, macvlan networks and overlays have ways of their own past the hooks, which the symbolic run does not know yet; it says so and leaves their traffic out.
 */
import {
  type AddressSet,
  addressSet,
  addressSetOfPrefixes,
  rangeOfAddress,
  unionAddressSets,
} from '../../net/address-set.ts';
import type { Meaning } from '../../policy/decide.ts';

type Network = Meaning['atlas']['networks'][number];

export function isJudged({ networkKind, vxlan, vlan }: Network): boolean {
  return networkKind === 'wire' || (networkKind === 'bridge' && vxlan === undefined && vlan === undefined);
}

export function unjudgedNetworks({ atlas }: Meaning): readonly Network[] {
  return atlas.networks.filter((network) => !isJudged(network));
}

/** The addresses of networks that the proof leaves out, and of tunnels to other hosts. */
export function unjudgedAddresses(meaning: Meaning): AddressSet {
  const networks = new Set(unjudgedNetworks(meaning));
  const { model } = meaning.atlas;
  const subnets = [...networks].flatMap((network) => Object.values(network.subnets).map(({ prefix }) => prefix));
  const given = model.containers.flatMap(({ endpoints }) =>
    endpoints.filter(({ network }) => networks.has(network)).flatMap(({ addresses }) => Object.values(addresses)),
  );
  const peers = (model.elsewhere?.tunnels ?? []).flatMap((tunnel) => tunnel.peers.map(({ address }) => address));
  return unionAddressSets(
    addressSetOfPrefixes([...subnets, ...(model.elsewhere?.subnets ?? [])]),
    addressSet([...given, ...peers].map(rangeOfAddress)),
  );
}
