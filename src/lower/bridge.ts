/**
 * The bridge table: what stays on one bridge. Without br_netfilter the inet table never sees it [97], so here guarded
 * networks fail closed: only what the inet table has seen and not dropped (it carries the mark) goes on. Bridges cannot be
 * told apart here (`meta ibrname` is not everywhere), so networks are recognised by their addresses. Also here: source
 * checks for bridged packets, by bridge port where the policy names one.
 */

import type { Endpoint, Network } from '../model/model.ts';
import { type Address, type Family, families } from '../net/address.ts';
import { lastAddress } from '../net/prefix.ts';
import { concat, type Expression, meta, payload } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import type { NamedSet, SetElement } from '../ruleset/set.ts';
import { accept, anyOf, drop, equals, goto, inSet, notInSet, type Statement } from '../ruleset/statement.ts';
import { addressValue, concatenation, integer, interfaceName, prefixValue } from '../ruleset/value.ts';
import { tunnelChains, tunnelRules, tunnelSets } from './bridge-tunnel.ts';
import {
  linkLocalPrefix,
  multicastListenerTypes,
  neighbourDiscoveryTypes,
  unspecified,
  vlanProtocols,
} from './constant.ts';
import { type LowerContext, originsOf } from './context.ts';
import { elsewhereFamilies, elsewhereSubnets } from './elsewhere.ts';
import { addressOf, addressType } from './field.ts';
import { clearMark, hasMark, setMark } from './mark.ts';
import {
  addressesSet,
  allSubnetsSet,
  broadcastsSet,
  chains,
  elsewhereSet,
  foreignSet,
  guardedSubnetsSet,
  lanAddressesSet,
  lanSubnetsSet,
  portAddressesSet,
  portEndpointsSet,
  sameNetworkSet,
  sets,
  subnetsSet,
} from './names.ts';
import { lanAddresses, plainSet, subnetSet, withUnreachable } from './network.ts';
import { commented, type Part, rule } from './part.ts';

const portCheck = 'port-source-check';

export function bridgePart(context: LowerContext): Part {
  const checked = context.networks.filter((network) => !network.spoofingAllowed);
  const used = families.filter((family) => checked.some((network) => network.subnets[family] !== undefined));
  const ported = [...context.networks, ...context.lans].flatMap((network) =>
    (context.endpointsOf.get(network) ?? []).filter((endpoint) => endpoint.port !== undefined),
  );
  const guarded = [...context.guarded];
  const { marked } = context;
  const prerouting: Chain = {
    name: chains.bridgeSourceCheck,
    base: { type: 'filter', hook: 'prerouting', priority: -300, policy: 'accept', devices: [] },
    rules: [
      ...(marked.size === 0 ? [] : [commented('nothing comes in with the mark', hasMark(context), clearMark(context))]),
      ...(context.options.target === 'iptables' ? tagRules() : [hiddenPackets]),
      ...tunnelRules(context),
      ...(ported.length === 0 ? [] : portRules(ported)),
      ...used.map((family) =>
        commented(
          'forged: in the subnet of a network, but given to no container',
          inSet(addressOf(family, 'saddr'), subnetsSet(family)),
          notInSet(addressOf(family, 'saddr'), addressesSet(family)),
          drop,
        ),
      ),
      ...families.flatMap((family) => lanSourceRules(context, family)),
    ],
  };
  const behind = context.options.target === 'iptables' ? ebtablesChains(context) : [forwardChain(context)];
  return {
    maps: [],
    chains: [prerouting, ...(ported.length === 0 ? [] : [portChain(ported)]), ...behind, ...tunnelChains(context)],
    sets: [
      ...used.flatMap((family) => [subnetSet(subnetsSet(family), family, checked), addressSet(context, family)]),
      ...(used.includes('ipv4') ? [broadcastSet(checked)] : []),
      ...families.flatMap((family) => pairSets(context, family)),
      ...families.flatMap((family) => foreignSets(context, family)),
      ...nicSets(context),
      ...lanElsewhereFamilies(context).map((family) => elsewhereSubnets(context, family)),
      ...families
        .filter((family) => guarded.some((network) => network.subnets[family] !== undefined))
        .map((family) => subnetSet(guardedSubnetsSet(family), family, guarded)),
      ...(ported.length === 0 ? [] : portSets(ported)),
      ...tunnelSets(context),
    ],
  };
}

const hiddenPackets = commented(
  'a tag behind a tag hides the packet from every test, and the receiver takes both off',
  anyOf(meta('protocol'), vlanProtocols),
  drop,
);

/**
 * To ebtables a tagged frame is no IP frame, so no test of addresses sees what is in it. Dropped is what a receiver would
 * take for untagged (identifier 0) and what hides another tag; other tags reach only who has an interface for them.
 */
function tagRules(): readonly Rule[] {
  const tagged = equals(payload('ether', 'type'), integer(0x8100));
  const comment = 'a tag hides the packet from every test, and the receiver takes it off';
  return [
    commented(comment, tagged, equals(payload('vlan', 'id'), integer(0)), drop),
    ...vlanProtocols.map((type) => commented(comment, tagged, equals(payload('vlan', 'type'), type), drop)),
    ...vlanProtocols.slice(1).map((type) => commented(comment, equals(payload('ether', 'type'), type), drop)),
  ];
}

/** Behind br_netfilter (priority 0), so that the inet table has judged first. */
function forwardChain(context: LowerContext): Chain {
  const guarded = [...context.guarded];
  return {
    name: chains.bridgeForward,
    base: { type: 'filter', hook: 'forward', priority: 10, policy: 'accept', devices: [] },
    rules: [
      ...(context.marked.size === 0
        ? []
        : [commented('seen and not dropped by the inet table', hasMark(context), clearMark(context), accept)]),
      ...families.flatMap((family) => networkRules(context, family)),
      ...families.flatMap((family) => lanRules(context, family)),
      ...byTheGateway(context, 'not seen by the inet table: br_netfilter is off', drop),
      ...(guarded.length === 0 ? [] : guardedRules(guarded)),
    ],
  };
}

/**
 * ebtables has no chain between br_netfilter and the end of forwarding but POSTROUTING, which the host's own frames pass too.
 * So what has to be judged is marked before, the FORWARD chain of iptables takes the mark away, and what still has it is dropped.
 */
function ebtablesChains(context: LowerContext): readonly Chain[] {
  const guarded = [...context.guarded];
  const chain = (
    name: string,
    hook: 'forward' | 'output' | 'postrouting',
    priority: number,
    rules: readonly Rule[],
  ): Chain => ({
    name,
    base: { type: 'filter', hook, priority, policy: 'accept', devices: [] },
    rules,
  });
  const forward = chain(chains.bridgeForward, 'forward', -200, [
    ...families.flatMap((family) => networkRules(context, family)),
    ...families.flatMap((family) => lanRules(context, family)),
    ...(guarded.length === 0 ? [] : pendingRules(context, guarded)),
    // Last: a table that is looked up in ebtables uses the mark for itself.
    ...byTheGateway(context, 'to be judged by iptables', setMark(context)),
  ]);
  if (context.marked.size === 0) return [forward];
  return [
    forward,
    chain(chains.bridgeSent, 'output', 100, [
      commented('not bridged: nothing to judge', hasMark(context), clearMark(context)),
    ]),
    chain(chains.bridgeLeaving, 'postrouting', 300, [
      commented('not judged by iptables: br_netfilter is off', hasMark(context), drop),
    ]),
  ];
}

/** ebtables cannot compare hop limits: where br_netfilter is off, neighbour discovery is told by its types alone. */
function pendingRules(context: LowerContext, guarded: readonly Network[]): readonly Rule[] {
  const used = families.filter((family) => guarded.some((network) => network.subnets[family] !== undefined));
  const linkTypes = [...neighbourDiscoveryTypes, ...multicastListenerTypes];
  return [
    commented('neighbour discovery', anyOf(payload('icmpv6', 'type'), linkTypes), accept),
    ...used.flatMap((family) =>
      (['saddr', 'daddr'] as const).map((side) =>
        commented(
          'to be judged by iptables',
          inSet(addressOf(family, side), guardedSubnetsSet(family)),
          setMark(context),
        ),
      ),
    ),
    commented(
      'link-local addresses belong to no subnet',
      equals(addressOf('ipv6', 'saddr'), linkLocalPrefix),
      equals(addressOf('ipv6', 'daddr'), linkLocalPrefix),
      setMark(context),
    ),
  ];
}

/** Source and destination of bridged packets belong to one network; where spoofing is allowed, foreign sources are fine, but not those of another network. */
function networkRules(context: LowerContext, family: Family): readonly Rule[] {
  const all = context.networks.filter((network) => network.subnets[family] !== undefined);
  const strict = all.filter((network) => !network.spoofingAllowed);
  const [saddr, daddr] = [addressOf(family, 'saddr'), addressOf(family, 'daddr')];
  const otherNetwork = notInSet(concat(saddr, daddr), sameNetworkSet(family));
  const mixed: readonly Rule[] =
    strict.length === all.length
      ? []
      : [
          commented(
            'an address of another network',
            inSet(saddr, allSubnetsSet(family)),
            inSet(daddr, allSubnetsSet(family)),
            otherNetwork,
            drop,
          ),
        ];
  if (strict.length === 0) return mixed;
  return [
    ...mixed,
    commented('no address of this network', inSet(daddr, subnetsSet(family)), otherNetwork, drop),
    commented(
      'given to no container',
      inSet(daddr, subnetsSet(family)),
      notInSet(daddr, addressesSet(family)),
      ...(family === 'ipv4' ? [notInSet(daddr, broadcastsSet)] : []),
      drop,
    ),
  ];
}

/** Bridges that lead to a LAN, whose addresses are not checked but for those that are ours. */
function bridgedLans({ lans }: LowerContext, family: Family): readonly Network[] {
  return lans.filter(({ networkKind, subnets }) => networkKind === 'physical' && subnets[family] !== undefined);
}

/** On a bridge that leads to a LAN: containers have the addresses given to them, and nobody behind the NIC has those. */
function lanSourceRules(context: LowerContext, family: Family): readonly Rule[] {
  if (bridgedLans(context, family).length === 0) return [];
  const source = addressOf(family, 'saddr');
  return [
    commented(
      'forged: the address of a container, from the LAN',
      inSet(meta('iifname'), sets.nics),
      inSet(source, lanAddressesSet(family)),
      drop,
    ),
    commented(
      'forged: an address of the LAN that was given to no container',
      notInSet(meta('iifname'), sets.nics),
      inSet(source, lanSubnetsSet(family)),
      notInSet(source, lanAddressesSet(family)),
      drop,
    ),
  ];
}

function nicSets(context: LowerContext): readonly NamedSet[] {
  const used = families.filter((family) => bridgedLans(context, family).length > 0);
  const nics = context.lans.filter(({ networkKind }) => networkKind === 'physical');
  if (used.length === 0) return [];
  return [
    plainSet(
      sets.nics,
      ['ifname'],
      nics.map((network) => ({ value: interfaceName(network.nic ?? ''), origins: originsOf(network) })),
    ),
    ...used.flatMap((family) => {
      const lans = bridgedLans(context, family);
      return [subnetSet(lanSubnetsSet(family), family, lans), lanAddresses(context, lans, family)];
    }),
  ];
}

/** Between the LAN and a network of ours packets are routed, never bridged. */
function lanRules(context: LowerContext, family: Family): readonly Rule[] {
  if (foreignSets(context, family).length === 0) return [];
  const sides = [
    ['saddr', 'daddr'],
    ['daddr', 'saddr'],
  ] as const;
  return [
    ...sides.map(([ours, theirs]) =>
      commented(
        'an address of another network',
        inSet(addressOf(family, ours), foreignSet(family)),
        inSet(addressOf(family, theirs), lanSubnetsSet(family)),
        drop,
      ),
    ),
    ...sides.map(([ours]) =>
      commented(
        'an address of another network, out to the LAN',
        inSet(meta('oifname'), sets.nics),
        inSet(addressOf(family, ours), foreignSet(family)),
        drop,
      ),
    ),
  ];
}

/** Out to the LAN for a network of another host, which the LAN's gateway may know: an allow may name it, so the inet table has to judge. */
function byTheGateway(context: LowerContext, comment: string, statement: Statement): readonly Rule[] {
  const toLan = inSet(meta('oifname'), sets.nics);
  return lanElsewhereFamilies(context).flatMap((family) => [
    commented(
      'forged: an address of a network of another host',
      toLan,
      inSet(addressOf(family, 'saddr'), elsewhereSet(family)),
      drop,
    ),
    commented(comment, toLan, inSet(addressOf(family, 'daddr'), elsewhereSet(family)), statement),
  ]);
}

function lanElsewhereFamilies(context: LowerContext): readonly Family[] {
  return elsewhereFamilies(context).filter((family) => bridgedLans(context, family).length > 0);
}

/** All that is ours besides the LANs; none where there is nothing to tell apart. */
function foreignSets(context: LowerContext, family: Family): readonly NamedSet[] {
  const lans = bridgedLans(context, family);
  const ours = withUnreachable(subnetSet(foreignSet(family), family, context.networks), context, family);
  return lans.length === 0 || ours.elements.length === 0 ? [] : [ours];
}

/** Unmarked: the inet table did not see it. Neighbour discovery goes on, everything else of a guarded network stops. */
function guardedRules(guarded: readonly Network[]): readonly Rule[] {
  const used = families.filter((family) => guarded.some((network) => network.subnets[family] !== undefined));
  const linkOnly = (hopLimit: number, types: Parameters<typeof anyOf>[1]): Rule =>
    commented(
      'neighbour discovery',
      equals(payload('ip6', 'hoplimit'), integer(hopLimit)),
      anyOf(payload('icmpv6', 'type'), types),
      accept,
    );
  return [
    linkOnly(255, neighbourDiscoveryTypes),
    linkOnly(1, multicastListenerTypes),
    ...used.flatMap((family) =>
      (['saddr', 'daddr'] as const).map((side) =>
        commented(
          'not seen by the inet table: br_netfilter is off',
          inSet(addressOf(family, side), guardedSubnetsSet(family)),
          drop,
        ),
      ),
    ),
    commented(
      'link-local addresses belong to no subnet: fail closed',
      equals(addressOf('ipv6', 'saddr'), linkLocalPrefix),
      equals(addressOf('ipv6', 'daddr'), linkLocalPrefix),
      drop,
    ),
  ];
}

function addressSet(context: LowerContext, family: Family): NamedSet {
  const elements = context.networks.flatMap((network) =>
    (context.endpointsOf.get(network) ?? []).flatMap((endpoint): SetElement[] => {
      const address = endpoint.addresses[family];
      return address === undefined ? [] : [{ value: addressValue(address), origins: originsOf(endpoint) }];
    }),
  );
  return plainSet(addressesSet(family), [addressType(family)], elements);
}

function broadcastSet(networks: readonly Network[]): NamedSet {
  const elements = networks.flatMap((network): SetElement[] => {
    const subnet = network.subnets.ipv4;
    if (subnet === undefined || subnet.prefix.length > 30) return [];
    return [{ value: addressValue(lastAddress(subnet.prefix)), origins: originsOf(network) }];
  });
  return plainSet(broadcastsSet, ['ipv4_addr'], elements);
}

function pairSets(context: LowerContext, family: Family): readonly NamedSet[] {
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

/** A container with a named port is recognised by it: its addresses come from there, and nothing else does. */
function portRules(ported: readonly Endpoint[]): readonly Rule[] {
  const used = portFamilies(ported);
  return [
    rule(inSet(meta('iifname'), sets.ports), goto(portCheck)),
    ...used.map((family) =>
      commented(
        'forged: the address of a container with a port of its own',
        inSet(addressOf(family, 'saddr'), portAddressesSet(family)),
        drop,
      ),
    ),
    ...(used.includes('ipv4') ? [commented('forged in ARP', inSet(arpSource, portAddressesSet('ipv4')), drop)] : []),
  ];
}

const arpSource: Expression = payload('arp', 'saddr ip');

function portChain(ported: readonly Endpoint[]): Chain {
  const used = portFamilies(ported);
  const from = (source: Expression): Expression => concat(meta('iifname'), source);
  return {
    name: portCheck,
    base: undefined,
    rules: [
      ...used.map((family) => rule(inSet(from(addressOf(family, 'saddr')), portEndpointsSet(family)), accept)),
      ...(used.includes('ipv4') ? [rule(inSet(from(arpSource), portEndpointsSet('ipv4')), accept)] : []),
      commented('ARP probe', equals(arpSource, unspecified.ipv4), accept),
      commented(
        'neighbour discovery',
        equals(addressOf('ipv6', 'saddr'), linkLocalPrefix),
        anyOf(payload('icmpv6', 'type'), [
          ...neighbourDiscoveryTypes.filter(
            (type) => type.kind === 'integer' && type.value !== 134 && type.value !== 137,
          ),
          ...multicastListenerTypes,
        ]),
        accept,
      ),
      commented(
        'neighbour discovery',
        equals(addressOf('ipv6', 'saddr'), unspecified.ipv6),
        anyOf(payload('icmpv6', 'type'), [integer(135), integer(143)]),
        accept,
      ),
      commented(
        'DHCP',
        equals(addressOf('ipv4', 'saddr'), unspecified.ipv4),
        equals(payload('udp', 'sport'), integer(68)),
        equals(payload('udp', 'dport'), integer(67)),
        accept,
      ),
      commented(
        'DHCPv6',
        equals(addressOf('ipv6', 'saddr'), linkLocalPrefix),
        equals(payload('udp', 'sport'), integer(546)),
        equals(payload('udp', 'dport'), integer(547)),
        accept,
      ),
      commented('forged: not the address of the container behind this port', drop),
    ],
  };
}

function portFamilies(ported: readonly Endpoint[]): readonly Family[] {
  return families.filter((family) => ported.some((endpoint) => endpoint.addresses[family] !== undefined));
}

function portSets(ported: readonly Endpoint[]): readonly NamedSet[] {
  const each = <T>(family: Family, make: (endpoint: Endpoint, port: string, address: Address) => T): T[] =>
    ported.flatMap((endpoint) => {
      const address = endpoint.addresses[family];
      return address === undefined || endpoint.port === undefined ? [] : [make(endpoint, endpoint.port, address)];
    });
  const names = [...new Map(ported.map((endpoint) => [endpoint.port ?? '', endpoint])).values()];
  return [
    plainSet(
      sets.ports,
      ['ifname'],
      names.map((endpoint) => ({ value: interfaceName(endpoint.port ?? ''), origins: originsOf(endpoint) })),
    ),
    ...portFamilies(ported).flatMap((family) => [
      plainSet(
        portEndpointsSet(family),
        ['ifname', addressType(family)],
        each(family, (endpoint, port, address) => ({
          value: concatenation(interfaceName(port), addressValue(address)),
          origins: originsOf(endpoint),
        })),
      ),
      plainSet(
        portAddressesSet(family),
        [addressType(family)],
        each(family, (endpoint, _port, address) => ({ value: addressValue(address), origins: originsOf(endpoint) })),
      ),
    ]),
  ];
}
