/**
 * What goes through the host. State first; then denies; then, where a declared network is involved, only what is published,
 * allowed, linked or part of the baseline. Traffic that touches no declared network is left alone.
 */
import type { Subject } from '../model/model.ts';
import { families } from '../net/address.ts';
import { concat, ct, meta, payload } from '../ruleset/expression.ts';
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import {
  accept,
  anyOf,
  differs,
  drop,
  equals,
  goto,
  hasBits,
  inSet,
  jump,
  notInSet,
  type Statement,
} from '../ruleset/statement.ts';
import { integer } from '../ruleset/value.ts';
import { accessEntries, linkEntries } from './access.ts';
import {
  broadcastAddressType,
  conntrackState,
  multicastAddressType,
  multicastListenerTypes,
  multicastPrefix,
  neighbourDiscoveryTypes,
} from './constant.ts';
import { type LowerContext, originsOf } from './context.ts';
import { elsewhereRules, tunnelForwardRules } from './elsewhere.ts';
import { addressOf, familyTest, fromEndpoint, notToEndpoint, toEndpoint } from './field.ts';
import { type KeyTable, keyTable } from './key-table.ts';
import { forgetMark, setMark } from './mark.ts';
import { chains, endpointsSet, lanAddressesSet, lanSidesSet, sets, subnetsSet } from './names.ts';
import { bridgeSet, familiesOf, innerSet, usedFamilies } from './network.ts';
import { commented, type Part, rule } from './part.ts';
import { acceptPublished, type PublishedPort, routedEntries } from './publication.ts';
import { destinationBeyondHost, sourceOnWire } from './selector.ts';

const accepted = hasBits(ct('state'), conntrackState.established | conntrackState.related);
const isNew = hasBits(ct('state'), conntrackState.new);

/** What allow and link cover beyond the host, and the ports of routed networks. */
function allowTable(context: LowerContext): KeyTable {
  const sides = {
    source: (subject: Subject) => sourceOnWire(context, subject, 'endpoints'),
    destination: (subject: Subject) => destinationBeyondHost(context, subject, 'endpoints'),
  };
  const entries = [
    ...context.allows.flatMap((allow) => accessEntries(allow, sides)),
    ...context.links.flatMap(linkEntries),
    ...routedEntries(context),
  ];
  return keyTable('allow', entries, { kind: 'statements', statements: [accept] });
}

export function forward(context: LowerContext, ports: readonly PublishedPort[], denies: KeyTable): Part {
  const allows = allowTable(context);
  const published = acceptPublished(context, ports);
  const all = [...context.networks, ...context.lans];
  const icc = all.filter((network) => network.icc);
  const outbound = all.filter((network) => !network.internal);
  const marked = [...context.marked];
  const base: Chain = {
    name: chains.forward,
    base: { type: 'filter', hook: 'forward', priority: 0, policy: 'accept', devices: [] },
    rules: [
      ...forgetMark(context),
      ...(marked.length === 0 || context.options.target === 'iptables' ? [] : [markBridged(context)]),
      rule(accepted, accept),
      ...(denies.rules.length === 0 ? [] : [rule(isNew, jump(chains.deny))]),
      ...tunnelForwardRules(context),
      rule(inSet(meta('iifname'), sets.bridges), goto(chains.network)),
      rule(inSet(meta('oifname'), sets.bridges), goto(chains.network)),
      ...(context.lans.length === 0
        ? []
        : usedFamilies(context).flatMap((family) => [
            rule(fromEndpoint[family].match, goto(chains.network)),
            rule(toEndpoint[family].match, goto(chains.network)),
          ])),
      ...usedFamilies(context).map((family) =>
        commented(
          'an address of a network, but not towards its bridge',
          inSet(addressOf(family, 'daddr'), subnetsSet(family)),
          drop,
        ),
      ),
      ...lanElsewhereRules(context),
      ...(context.host.transit
        ? []
        : [
            ...(context.lans.length === 0
              ? []
              : [commented('stays on the LAN', inSet(concat(meta('iifname'), meta('oifname')), sets.lan), accept)]),
            ...transitRules(context, allows),
          ]),
    ],
  };
  const network: Chain = {
    name: chains.network,
    base: undefined,
    rules: [
      commented(
        'neighbour discovery between containers, bridged [103]',
        ...linkOnly(255, neighbourDiscoveryTypes),
        accept,
      ),
      commented(
        'multicast listener reports, bridged',
        equals(addressOf('ipv6', 'daddr'), multicastPrefix),
        ...linkOnly(1, multicastListenerTypes),
        accept,
      ),
      commented(
        'starts no connection: never translated, so it would leave with a private source [44]',
        differs(ct('state'), integer(conntrackState.new)),
        drop,
      ),
      ...usedFamilies(context).map((family) =>
        commented(
          'an address of a network, but not towards its bridge',
          notInSet(meta('oifname'), sets.bridges),
          inSet(addressOf(family, 'daddr'), subnetsSet(family)),
          drop,
        ),
      ),
      ...published.rules,
      ...allows.rules,
      ...(icc.length === 0 ? [] : iccRules(context)),
      ...lanElsewhereRules(context),
      ...(outbound.length === 0 ? [] : elsewhereRules(context)),
      ...(outbound.length === 0 ? [] : outboundRules(context)),
      commented('not published, not allowed', { kind: 'counter', packets: 0, bytes: 0 }, drop),
    ],
  };
  const deny: Chain[] = denies.rules.length === 0 ? [] : [{ name: chains.deny, base: undefined, rules: denies.rules }];
  return {
    maps: [],
    chains: [base, network, ...deny],
    sets: [
      innerSet(sets.inner, all),
      ...(icc.length === 0 ? [] : [innerSet(sets.icc, icc)]),
      ...(outbound.length === 0 ? [] : [bridgeSet(sets.outboundBridges, outbound)]),
      ...(marked.length === 0 || context.options.target === 'iptables' ? [] : [innerSet(sets.guarded, marked)]),
      ...published.sets,
      ...allows.sets,
    ],
  };
}

/** Beside a LAN the containers on it are not outside, and its other machines only where they may speak to each other. */
function outboundRules(context: LowerContext): readonly Rule[] {
  const out = [inSet(meta('iifname'), sets.outboundBridges), notInSet(meta('oifname'), sets.inside)];
  if (context.lans.length === 0) return [commented('to the outside', ...out, accept)];
  const used = usedFamilies(context);
  const closed = families.filter((family) =>
    context.lans.some((network) => !network.icc && network.subnets[family] !== undefined),
  );
  return [
    ...closed.map((family) =>
      commented(
        'icc off',
        inSet(concat(meta('iifname'), meta('oifname')), sets.closedLan),
        inSet(concat(meta('oifname'), addressOf(family, 'daddr')), lanSidesSet(family)),
        drop,
      ),
    ),
    ...families.map((family) =>
      used.includes(family)
        ? commented('to the outside', ...out, notToEndpoint[family].match, accept)
        : commented('to the outside', ...out, familyTest(family).match, accept),
    ),
  ];
}

/** Everything bridged in a network whose packets are marked, that this table sees gets the mark; what it then drops is gone, what it does not see has none. */
function markBridged(context: LowerContext): Rule {
  const inner = inSet(concat(meta('iifname'), meta('oifname')), sets.guarded);
  return commented('seen by this table: see the forward chain of the bridge table', inner, setMark(context));
}

/** What never leaves its link, on the bridge of one network. Routed packets show a decremented hop limit here: 255 cannot be one, 1 can. */
function linkOnly(hopLimit: number, types: Parameters<typeof anyOf>[1]): readonly Statement[] {
  const bridged = inSet(concat(meta('iifname'), meta('oifname')), sets.inner);
  return [bridged, equals(payload('ip6', 'hoplimit'), integer(hopLimit)), anyOf(payload('icmpv6', 'type'), types)];
}

/** Containers of one network: given addresses, and what is for all of them. */
function iccRules(context: LowerContext): readonly Rule[] {
  const inner = inSet(concat(meta('iifname'), meta('oifname')), sets.icc);
  const toAll = anyOf({ kind: 'fib', flags: ['daddr'], result: 'type' }, [
    integer(broadcastAddressType),
    integer(multicastAddressType),
  ]);
  return [
    ...usedFamilies(context).map((family) =>
      rule(inner, inSet(concat(meta('oifname'), addressOf(family, 'daddr')), endpointsSet(family)), accept),
    ),
    rule(inner, toAll, accept),
  ];
}

/** `transit off`: between outside interfaces only what is allowed. */
function transitRules(context: LowerContext, allows: KeyTable): readonly Rule[] {
  const allowed = allows.rules.map((allow) => ({ ...allow, statements: [isNew, ...allow.statements] }));
  return [
    ...allowed,
    {
      statements: [{ kind: 'counter', packets: 0, bytes: 0 }, drop],
      origins: originsOf(context.host),
      comment: 'transit off',
    },
  ];
}

/** For the chain of networks and behind it: what leads elsewhere does not lead to a container on a LAN. */
function lanElsewhereRules({ lans }: LowerContext): readonly Rule[] {
  return familiesOf(lans).map((family) =>
    commented(
      'an address of a container on a LAN, but not towards it',
      inSet(addressOf(family, 'daddr'), lanAddressesSet(family)),
      drop,
    ),
  );
}
