/**
 * The bridge table: what stays on one bridge. Without br_netfilter the inet table never sees it [97], so here guarded
 * networks fail closed: only what the inet table has seen and not dropped (it carries the mark) goes on. Bridges cannot be
 * told apart here (`meta ibrname` is not everywhere), so networks are recognised by their addresses. Also here: source
 * checks for bridged packets, by bridge port where the policy names one.
 */
import { families } from '../net/address.ts';
import type { Chain } from '../ruleset/ruleset.ts';
import { drop, inSet, notInSet } from '../ruleset/statement.ts';
import { addressSet, broadcastSet, pairSets } from './bridge-addresses.ts';
import { ebtablesChains, forwardChain } from './bridge-forward.ts';
import { foreignSets, lanElsewhereFamilies, lanSourceRules, nicSets } from './bridge-lan.ts';
import { portChain, portRules, portSets } from './bridge-port.ts';
import { hiddenPackets, tagRules } from './bridge-tags.ts';
import { tunnelChains, tunnelRules, tunnelSets } from './bridge-tunnel.ts';
import type { LowerContext } from './context.ts';
import { elsewhereSubnets } from './elsewhere.ts';
import { addressOf } from './field.ts';
import { clearMark, hasMark } from './mark.ts';
import { addressesSet, chains, guardedSubnetsSet, subnetsSet } from './names.ts';
import { subnetSet } from './network.ts';
import { commented, type Part } from './part.ts';

/** The bridge table: its chains and sets. */
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
