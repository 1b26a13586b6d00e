/**
 * Source checks, before anything else looks at a packet: from a network only the addresses that were given to its
 * containers (and what neighbour discovery, DHCP and an unconfigured address need), from elsewhere none of its subnet,
 * and from no wire anything to or from loopback, whatever route_localnet says [77, 109].
 */
import { type Family, families } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import { concat, meta, payload } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import { accept, anyOf, drop, equals, goto, inSet, notInSet, type Statement } from '../ruleset/statement.ts';
import { integer, interfaceName } from '../ruleset/value.ts';
import { linkLocalPrefix, localAddressType, loopbackPrefix, unspecified } from './constant.ts';
import type { LowerContext } from './context.ts';
import { addressOf, familyTest } from './field.ts';
import { chains, endpointsSet, lanSidesSet, lanSubnetsSet, sets, spoofingSubnetsSet, subnetsSet } from './names.ts';
import { bridgeSet, spoofingSubnets, usedFamilies } from './network.ts';
import { commented, type Part, rule } from './part.ts';

/** Router solicitation, neighbour solicitation and advertisement, and multicast listener reports: what a container has to say on its link. */
const containerLinkTypes = [133, 135, 136, 131, 132, 143].map(integer);

export function sourceCheck(context: LowerContext): Part {
  const used = usedFamilies(context);
  const spoofing = context.networks.filter((network) => network.spoofingAllowed);
  const base: Chain = {
    name: chains.sourceCheck,
    base: { type: 'filter', hook: 'prerouting', priority: -300, policy: 'accept', devices: [] },
    rules: [
      rule(equals(meta('iifname'), interfaceName('lo')), accept),
      ...families.flatMap((family) =>
        (['saddr', 'daddr'] as const).map((side) =>
          commented('loopback from a wire', equals(addressOf(family, side), loopbackPrefix[family]), drop),
        ),
      ),
      // Routing refuses these in IPv4 by itself [109], but bridged packets are not routed.
      commented(
        'forged: an address of the host, from a wire',
        equals({ kind: 'fib', flags: ['saddr'], result: 'type' }, integer(localAddressType)),
        drop,
      ),
      ...used.map((family) =>
        rule(inSet(concat(meta('iifname'), addressOf(family, 'saddr')), endpointsSet(family)), accept),
      ),
      rule(inSet(meta('iifname'), sets.bridges), goto(chains.sourceCheckNetwork)),
      ...used.map((family) =>
        commented(
          'forged: an address of a network, from elsewhere',
          inSet(addressOf(family, 'saddr'), subnetsSet(family)),
          drop,
        ),
      ),
      ...lanFamilies(context).map((family) =>
        commented(
          'forged: an address of the LAN, from elsewhere',
          inSet(addressOf(family, 'saddr'), lanSubnetsSet(family)),
          notInSet(concat(meta('iifname'), addressOf(family, 'saddr')), lanSidesSet(family)),
          drop,
        ),
      ),
    ],
  };
  const network: Chain = {
    name: chains.sourceCheckNetwork,
    base: undefined,
    rules: [
      commented(
        'neighbour discovery',
        equals(addressOf('ipv6', 'saddr'), linkLocalPrefix),
        anyOf(payload('icmpv6', 'type'), containerLinkTypes),
        accept,
      ),
      commented(
        'neighbour discovery',
        equals(addressOf('ipv6', 'saddr'), unspecified.ipv6),
        anyOf(payload('icmpv6', 'type'), containerLinkTypes),
        accept,
      ),
      commented('DHCP', equals(addressOf('ipv4', 'saddr'), unspecified.ipv4), ...udp(68, 67), accept),
      commented('DHCP', equals(addressOf('ipv6', 'saddr'), linkLocalPrefix), ...udp(546, 547), accept),
      ...(spoofing.length === 0 ? [] : spoofingRules(context)),
      commented('forged: not an address given to a container here', drop),
    ],
  };
  const spoofingSets =
    spoofing.length === 0
      ? []
      : [bridgeSet(sets.spoofingBridges, spoofing), ...used.map((family) => spoofingSubnets(spoofing, family))];
  return { chains: [base, network], sets: spoofingSets, maps: [] };
}

/** With `spoofing allowed`, foreign sources are fine, but not those of another network. */
function spoofingRules(context: LowerContext): readonly Rule[] {
  const used = usedFamilies(context);
  return families.flatMap((family) => {
    const fromSpoofing = inSet(meta('iifname'), sets.spoofingBridges);
    if (!used.includes(family)) return [commented('spoofing allowed', fromSpoofing, familyTest(family).match, accept)];
    const source = addressOf(family, 'saddr');
    const onLan = lanFamilies(context).includes(family) ? [notInSet(source, lanSubnetsSet(family))] : [];
    return [
      rule(inSet(concat(meta('iifname'), source), spoofingSubnetsSet(family)), accept),
      commented('spoofing allowed', fromSpoofing, notInSet(source, subnetsSet(family)), ...onLan, accept),
    ];
  });
}

function lanFamilies({ lans }: LowerContext): readonly Family[] {
  return families.filter((family) => lans.some((lan) => lan.subnets[family] !== undefined));
}

function udp(source: number, destination: number): readonly Statement[] {
  return [
    equals(meta('l4proto'), integer(protocolNumbers.udp)),
    equals(payload('udp', 'sport'), integer(source)),
    equals(payload('udp', 'dport'), integer(destination)),
  ];
}
