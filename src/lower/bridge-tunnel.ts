/**
 * The ends of tunnels in the bridge table. A tunnel leads to the containers of one network on other hosts, and is for frames
 * between containers alone: what the host itself says on the bridge, or routes to it, does not enter, and what comes out is
 * not for the host. So each host can hold the gateway address of the network on its own bridge.
 */
import { type Family, families } from '../net/address.ts';
import { concat, meta } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import type { NamedSet } from '../ruleset/set.ts';
import { differs, drop, equals, inSet, notInSet, type Statement } from '../ruleset/statement.ts';
import { addressValue, interfaceName } from '../ruleset/value.ts';
import { multicastAndBroadcast, multicastPrefix } from './constant.ts';
import { type LowerContext, originsOf } from './context.ts';
import { addressOf, addressType } from './field.ts';
import {
  addressesSet,
  broadcastsSet,
  chains,
  overlayGatewaysSet,
  portAddressesSet,
  sameNetworkSet,
  sets,
} from './names.ts';
import { plainSet } from './network.ts';
import { commented } from './part.ts';

/** Multicast and broadcast. */
const toMany = { ipv4: multicastAndBroadcast, ipv6: multicastPrefix } as const;

/** For the source check: frames from a tunnel are for its network, and not for the host, before br_netfilter can translate them. */
export function tunnelRules(context: LowerContext): readonly Rule[] {
  const { elsewhere, endpointsOf } = context;
  const leadsNowhere = elsewhere.tunnels.filter(
    (tunnel) => !(endpointsOf.get(tunnel.network) ?? []).some(({ port }) => port === tunnel.interface),
  );
  const closed = leadsNowhere.map((tunnel) =>
    commented(
      'from a tunnel with no container at its other end',
      equals(meta('iifname'), interfaceName(tunnel.interface)),
      drop,
    ),
  );
  const checked = tunnelFamilies(context).flatMap((family) => {
    const [saddr, daddr] = [addressOf(family, 'saddr'), addressOf(family, 'daddr')];
    const from = inSet(meta('iifname'), sets.tunnels);
    return [
      commented('from a tunnel, and for this host', from, inSet(daddr, overlayGatewaysSet(family)), drop),
      ...nobody(context, family).map((missing) =>
        commented(
          'from a tunnel, and for no container',
          from,
          inSet(saddr, portAddressesSet(family)),
          differs(daddr, toMany[family]),
          ...missing,
          drop,
        ),
      ),
      commented(
        'from a tunnel, and for another network',
        from,
        inSet(saddr, portAddressesSet(family)),
        differs(daddr, toMany[family]),
        notInSet(concat(saddr, daddr), sameNetworkSet(family)),
        drop,
      ),
    ];
  });
  return [...closed, ...checked];
}

/** An address that no container has; the bridge table knows them where it checks sources at all. */
function nobody({ networks }: LowerContext, family: Family): readonly (readonly Statement[])[] {
  const isKnown = networks.some((network) => !network.spoofingAllowed && network.subnets[family] !== undefined);
  if (!isKnown) return [];
  const daddr = addressOf(family, 'daddr');
  const missing = notInSet(daddr, addressesSet(family));
  return [family === 'ipv4' ? [missing, notInSet(daddr, broadcastsSet)] : [missing]];
}

/** Hooks and priorities where ebtables has chains too: its filter table, and its nat table. */
const inputPlace = ['input', -200] as const;
const outputPlace = ['output', 100] as const;

/** Nothing between a tunnel and the host itself. */
export function tunnelChains({ elsewhere }: LowerContext): readonly Chain[] {
  if (elsewhere.tunnels.length === 0) return [];
  const chain = (
    name: string,
    [hook, priority]: readonly ['input' | 'output', number],
    direction: 'iifname' | 'oifname',
    comment: string,
  ): Chain => ({
    name,
    base: { type: 'filter', hook, priority, policy: 'accept', devices: [] },
    rules: [commented(comment, inSet(meta(direction), sets.tunnels), drop)],
  });
  return [
    chain(chains.fromTunnel, inputPlace, 'iifname', 'a tunnel leads to containers, not to the host'),
    chain(chains.intoTunnel, outputPlace, 'oifname', 'the host, and what it routes, stays out of tunnels'),
  ];
}

export function tunnelSets(context: LowerContext): readonly NamedSet[] {
  const { tunnels } = context.elsewhere;
  if (tunnels.length === 0) return [];
  return [
    plainSet(
      sets.tunnels,
      ['ifname'],
      tunnels.map((tunnel) => ({ value: interfaceName(tunnel.interface), origins: originsOf(tunnel.network) })),
    ),
    ...tunnelFamilies(context).map((family) =>
      plainSet(
        overlayGatewaysSet(family),
        [addressType(family)],
        tunnels.flatMap(({ network }) => {
          const subnet = network.subnets[family];
          return subnet === undefined ? [] : [{ value: addressValue(subnet.gateway), origins: originsOf(network) }];
        }),
      ),
    ),
  ];
}

/** Families in which some container is behind a tunnel. */
function tunnelFamilies({ elsewhere, endpointsOf }: LowerContext): readonly Family[] {
  return families.filter((family) =>
    elsewhere.tunnels.some((tunnel) =>
      (endpointsOf.get(tunnel.network) ?? []).some(
        (endpoint) => endpoint.port === tunnel.interface && endpoint.addresses[family] !== undefined,
      ),
    ),
  );
}
