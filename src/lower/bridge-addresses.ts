/** The addresses by which the bridge table recognises networks. */
import type { Network } from '../model/model.ts';
import type { Family } from '../net/address.ts';
import { lastAddress } from '../net/prefix.ts';
import type { NamedSet, SetElement } from '../ruleset/set.ts';
import { addressValue, concatenation, prefixValue } from '../ruleset/value.ts';
import { type LowerContext, originsOf } from './context.ts';
import { addressType } from './field.ts';
import { addressesSet, allSubnetsSet, broadcastsSet, sameNetworkSet } from './names.ts';
import { plainSet, subnetSet } from './network.ts';

/** What was given to containers, and what nobody has to be given. */
export function addressSet(context: LowerContext, family: Family): NamedSet {
  const elements = context.networks.flatMap((network) =>
    (context.endpointsOf.get(network) ?? []).flatMap((endpoint): SetElement[] => {
      const address = endpoint.addresses[family];
      return address === undefined ? [] : [{ value: addressValue(address), origins: originsOf(endpoint) }];
    }),
  );
  return plainSet(addressesSet(family), [addressType(family)], elements);
}

/** The broadcast addresses of IPv4 subnets. */
export function broadcastSet(networks: readonly Network[]): NamedSet {
  const elements = networks.flatMap((network): SetElement[] => {
    const subnet = network.subnets.ipv4;
    if (subnet === undefined || subnet.prefix.length > 30) return [];
    return [{ value: addressValue(lastAddress(subnet.prefix)), origins: originsOf(network) }];
  });
  return plainSet(broadcastsSet, ['ipv4_addr'], elements);
}

/** Pairs of prefixes of one network, in which packets stay on its bridge. */
export function pairSets(context: LowerContext, family: Family): readonly NamedSet[] {
  const all = context.networks.filter((network) => network.subnets[family] !== undefined);
  if (all.length === 0) return [];
  const mixed = all.some((network) => network.spoofingAllowed);
  return [sameNetwork(family, all), ...(mixed ? [subnetSet(allSubnetsSet(family), family, all)] : [])];
}

function sameNetwork(family: Family, networks: readonly Network[]): NamedSet {
  const elements = networks.flatMap((network): SetElement[] => {
    const subnet = network.subnets[family];
    return subnet === undefined
      ? []
      : [{ value: concatenation(prefixValue(subnet.prefix), prefixValue(subnet.prefix)), origins: originsOf(network) }];
  });
  return plainSet(sameNetworkSet(family), [addressType(family), addressType(family)], elements, true);
}

// ---- ports that the policy names -------------------------------------------------------------------------------------
