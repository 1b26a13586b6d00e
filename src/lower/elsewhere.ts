/**
 * Several hosts: networks of the others, which nothing reaches without an allow, and the tunnels of overlay networks. A
 * tunnel carries frames as UDP between hosts, so who can send such a packet to the host is on the network: only the other
 * ends may, and nobody whose packets would come from here looking like ours.
 */
import { addressKey, type Family, families } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import { meta, payload } from '../ruleset/expression.ts';
import type { Rule } from '../ruleset/ruleset.ts';
import type { NamedSet, SetElement } from '../ruleset/set.ts';
import { accept, drop, equals, inSet, notInSet, type Statement } from '../ruleset/statement.ts';
import { addressValue, integer, prefixValue } from '../ruleset/value.ts';
import { type LowerContext, originsOf } from './context.ts';
import { addressOf, addressType } from './field.ts';
import { elsewhereSet, peersSet, sets } from './names.ts';
import { plainSet } from './network.ts';
import { commented } from './part.ts';

/** The port of VXLAN (RFC 7348). */
const vxlanPort = 4789;

export function elsewhereFamilies({ elsewhere }: LowerContext): readonly Family[] {
  return families.filter((family) => elsewhere.subnets.some(({ address }) => address.family === family));
}

/** For the chain of networks, behind everything that is allowed and in front of the way to the outside. */
export function elsewhereRules(context: LowerContext): readonly Rule[] {
  return elsewhereFamilies(context).map((family) =>
    commented(
      'a network of another host, and not allowed',
      notInSet(meta('oifname'), sets.inside),
      inSet(addressOf(family, 'daddr'), elsewhereSet(family)),
      drop,
    ),
  );
}

/** For the input chain: the other ends of tunnels, and nobody else, not even containers. */
export function tunnelInputRules(context: LowerContext): readonly Rule[] {
  if (context.elsewhere.tunnels.length === 0) return [];
  return [
    ...peerFamilies(context).map((family) =>
      commented('a tunnel', ...encapsulated, inSet(addressOf(family, 'saddr'), peersSet(family)), accept),
    ),
    commented('forged: not from the other end of a tunnel', ...encapsulated, drop),
  ];
}

/** For the forward chain: masqueraded, a container would look like this end of the tunnel. */
export function tunnelForwardRules(context: LowerContext): readonly Rule[] {
  return peerFamilies(context).map((family) =>
    commented(
      'only the host itself speaks into its tunnels',
      inSet(meta('iifname'), sets.bridges),
      ...encapsulated,
      inSet(addressOf(family, 'daddr'), peersSet(family)),
      drop,
    ),
  );
}

const encapsulated: readonly Statement[] = [
  equals(meta('l4proto'), integer(protocolNumbers.udp)),
  equals(payload('udp', 'dport'), integer(vxlanPort)),
];

function peerFamilies({ elsewhere }: LowerContext): readonly Family[] {
  return families.filter((family) =>
    elsewhere.tunnels.some(({ peers }) => peers.some((peer) => peer.address.family === family)),
  );
}

/** The subnets of networks that are on other hosts alone. */
export function elsewhereSubnets({ elsewhere }: LowerContext, family: Family): NamedSet {
  const subnets = new Map(
    elsewhere.subnets
      .filter(({ address }) => address.family === family)
      .map((prefix): [string, SetElement] => [
        `${addressKey(prefix.address)}/${prefix.length}`,
        { value: prefixValue(prefix), origins: [] },
      ]),
  );
  return { ...plainSet(elsewhereSet(family), [addressType(family)], [...subnets.values()], true), autoMerge: true };
}

export function elsewhereSets(context: LowerContext): readonly NamedSet[] {
  const peers = (family: Family): readonly SetElement[] => [
    ...new Map(
      context.elsewhere.tunnels.flatMap(({ network, peers: others }) =>
        others
          .filter(({ address }) => address.family === family)
          .map(({ address, host }) => [
            addressKey(address),
            { value: addressValue(address), origins: originsOf(network), comment: host },
          ]),
      ),
    ).values(),
  ];
  return [
    ...elsewhereFamilies(context).map((family) => elsewhereSubnets(context, family)),
    ...peerFamilies(context).map((family) => plainSet(peersSet(family), [addressType(family)], peers(family))),
  ];
}
