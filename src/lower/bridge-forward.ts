/** What stays on one bridge, behind br_netfilter: what the inet table has not seen does not go on where it should have. */
import type { Network } from '../model/model.ts';
import { type Family, families } from '../net/address.ts';
import { concat, payload } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import { accept, anyOf, drop, equals, inSet, notInSet } from '../ruleset/statement.ts';
import { integer } from '../ruleset/value.ts';
import { byTheGateway, lanRules } from './bridge-lan.ts';
import { linkLocalPrefix, multicastListenerTypes, neighbourDiscoveryTypes } from './constant.ts';
import type { LowerContext } from './context.ts';
import { addressOf } from './field.ts';
import { clearMark, hasMark, setMark } from './mark.ts';
import {
  addressesSet,
  allSubnetsSet,
  broadcastsSet,
  chains,
  guardedSubnetsSet,
  sameNetworkSet,
  subnetsSet,
} from './names.ts';
import { commented } from './part.ts';

/** Behind br_netfilter (priority 0), so that the inet table has judged first. */
export function forwardChain(context: LowerContext): Chain {
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
export function ebtablesChains(context: LowerContext): readonly Chain[] {
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
