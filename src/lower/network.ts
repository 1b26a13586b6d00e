/** The sets that say what the policy's networks are: bridges, subnets, and the addresses given on each. */

import type { Network } from '../model/model.ts';
import { type Family, families } from '../net/address.ts';
import type { NamedSet, SetElement } from '../ruleset/set.ts';
import { addressValue, concatenation, type DataType, interfaceName, prefixValue } from '../ruleset/value.ts';
import { type LowerContext, originsOf } from './context.ts';
import { addressType } from './field.ts';
import {
  endpointsSet,
  lanAddressesSet,
  lanSidesSet,
  lanSubnetsSet,
  sets,
  spoofingSubnetsSet,
  subnetsSet,
} from './names.ts';

export function plainSet(
  name: string,
  keyTypes: readonly DataType[],
  elements: readonly SetElement[],
  interval = false,
): NamedSet {
  return {
    kind: 'set',
    name,
    keyTypes,
    interval,
    counter: false,
    autoMerge: false,
    dynamic: false,
    timeout: undefined,
    elements,
  };
}

/** A set of bridges: the networks for which `holds`. */
export function bridgeSet(name: string, networks: readonly Network[]): NamedSet {
  return plainSet(
    name,
    ['ifname'],
    networks.map((network) => ({ value: interfaceName(network.bridge), origins: originsOf(network) })),
  );
}

/** A set of bridge . bridge: traffic that stays within one of the networks. */
export function innerSet(name: string, networks: readonly Network[]): NamedSet {
  const pair = ({ bridge }: Network) => concatenation(interfaceName(bridge), interfaceName(bridge));
  return plainSet(
    name,
    ['ifname', 'ifname'],
    networks.map((network) => ({ value: pair(network), origins: originsOf(network) })),
  );
}

export function subnetSet(name: string, family: Family, networks: readonly Network[]): NamedSet {
  const elements = networks.flatMap((network): SetElement[] => {
    const subnet = network.subnets[family];
    return subnet === undefined ? [] : [{ value: prefixValue(subnet.prefix), origins: originsOf(network) }];
  });
  return plainSet(name, [addressType(family)], elements, true);
}

/** The families that any managed network uses. */
export function usedFamilies(context: LowerContext): readonly Family[] {
  return families.filter(
    (family) =>
      [...context.networks, ...context.lans].some((network) => network.subnets[family] !== undefined) ||
      context.unreachable.some(({ address }) => address.family === family),
  );
}

export function networkSets(context: LowerContext): readonly NamedSet[] {
  const { networks } = context;
  const internal = networks.filter((network) => network.internal);
  const inside = bridgeSet(sets.inside, networks);
  return [
    { ...inside, elements: [{ value: interfaceName('lo'), origins: [] }, ...inside.elements] },
    bridgeSet(sets.bridges, networks),
    ...(internal.length === 0 ? [] : [bridgeSet(sets.internalBridges, internal)]),
    ...usedFamilies(context).flatMap((family) => [
      withUnreachable(subnetSet(subnetsSet(family), family, networks), context, family),
      endpointSet(context, family),
    ]),
    ...lanSets(context),
  ];
}

/** An address of a wire between containers is that of a network which no bridge leads to. */
export function withUnreachable(set: NamedSet, { unreachable }: LowerContext, family: Family): NamedSet {
  const further = unreachable
    .filter(({ address }) => address.family === family)
    .map((entry): SetElement => ({ value: addressValue(entry.address), origins: originsOf(entry) }));
  return further.length === 0 ? set : { ...set, elements: [...set.elements, ...further] };
}

function lanSets(context: LowerContext): readonly NamedSet[] {
  const { lans } = context;
  if (lans.length === 0) return [];
  const closed = lans.filter((network) => !network.icc);
  return [
    innerSet(sets.lan, lans),
    ...(closed.length === 0 ? [] : [innerSet(sets.closedLan, closed)]),
    ...familiesOf(lans).flatMap((family) => [
      sideSubnets(lanSidesSet(family), lans, family),
      subnetSet(lanSubnetsSet(family), family, lans),
      lanAddresses(context, lans, family),
    ]),
  ];
}

/** The addresses of containers on LANs, whatever leads to them. */
export function lanAddresses({ endpointsOf }: LowerContext, lans: readonly Network[], family: Family): NamedSet {
  const elements = lans.flatMap((network) =>
    (endpointsOf.get(network) ?? []).flatMap((endpoint): SetElement[] => {
      const address = endpoint.addresses[family];
      return address === undefined ? [] : [{ value: addressValue(address), origins: originsOf(endpoint) }];
    }),
  );
  return plainSet(lanAddressesSet(family), [addressType(family)], elements);
}

/** The families that some of these networks have. */
export function familiesOf(networks: readonly Network[]): readonly Family[] {
  return families.filter((family) => networks.some((network) => network.subnets[family] !== undefined));
}

function endpointSet(context: LowerContext, family: Family): NamedSet {
  const elements = [...context.networks, ...context.lans].flatMap((network) =>
    (context.endpointsOf.get(network) ?? []).flatMap((endpoint): SetElement[] => {
      const address = endpoint.addresses[family];
      return address === undefined
        ? []
        : [
            {
              value: concatenation(interfaceName(network.bridge), addressValue(address)),
              origins: originsOf(endpoint),
            },
          ];
    }),
  );
  return plainSet(endpointsSet(family), ['ifname', addressType(family)], elements);
}

/** bridge . subnet of the networks that allow spoofing: any address of their own is fine there. */
export function spoofingSubnets(networks: readonly Network[], family: Family): NamedSet {
  return sideSubnets(spoofingSubnetsSet(family), networks, family);
}

function sideSubnets(name: string, networks: readonly Network[], family: Family): NamedSet {
  const elements = networks.flatMap((network): SetElement[] => {
    const subnet = network.subnets[family];
    if (subnet === undefined) return [];
    return [
      { value: concatenation(interfaceName(network.bridge), prefixValue(subnet.prefix)), origins: originsOf(network) },
    ];
  });
  return plainSet(name, ['ifname', addressType(family)], elements, true);
}
