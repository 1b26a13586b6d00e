/**
 * What the host receives and sends itself. Containers may speak to it (unless their network is isolated), the outside is
 * left alone unless the host is protected; the host may speak to everyone but for denies.
 */
import type { Subject } from '../model/model.ts';
import { type Family, families } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import { ct, meta, payload } from '../ruleset/expression.ts';
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
  returnFromChain,
  type Statement,
} from '../ruleset/statement.ts';
import { integer, interfaceName } from '../ruleset/value.ts';
import { accessEntries } from './access.ts';
import {
  conntrackState,
  icmpErrorTypes,
  localAddressType,
  loopbackPrefix,
  multicastListenerTypes,
  neighbourDiscoveryTypes,
} from './constant.ts';
import { type LowerContext, originsOf } from './context.ts';
import { tunnelInputRules } from './elsewhere.ts';
import { addressOf, fromEndpoint, toEndpoint } from './field.ts';
import { type KeyTable, keyTable } from './key-table.ts';
import { forgetMark } from './mark.ts';
import { chains, sets } from './names.ts';
import { bridgeSet } from './network.ts';
import { commented, type Part, rule } from './part.ts';
import { destinationInHost, sourceOnWire } from './selector.ts';

/** Denies as they bind packets to and from the host; each may be empty. */
export interface HostDenies {
  /** From a wire to the host, as sent. */
  readonly toHost: KeyTable;
  /** From the host to itself, as sent. */
  readonly hostToHost: KeyTable;
  /** From the host to anything else, after translation. */
  readonly fromHost: KeyTable;
}

const accepted = hasBits(ct('state'), conntrackState.established | conntrackState.related);
const isNew = hasBits(ct('state'), conntrackState.new);
const isNotNew = differs(ct('state'), integer(conntrackState.new));
const neighbourDiscovery = [...neighbourDiscoveryTypes, ...multicastListenerTypes];
const isLocal = equals({ kind: 'fib', flags: ['daddr'], result: 'type' }, integer(localAddressType));

export function hostPart(context: LowerContext, denies: HostDenies): Part {
  const isolated = [...context.networks, ...context.lans].filter((network) => network.gatewayMode === 'isolated');
  const needsAllow = context.host.protectHost || isolated.length > 0;
  const sides = {
    source: (subject: Subject) => sourceOnWire(context, subject, 'endpoints'),
    destination: destinationInHost,
  };
  const allows = keyTable(
    'allow-to-host',
    needsAllow ? context.allows.flatMap((allow) => accessEntries(allow, sides)) : [],
    {
      kind: 'statements',
      statements: [accept],
    },
  );
  const inside: Chain = {
    name: chains.inputNetwork,
    base: undefined,
    rules: [
      commented('neighbour discovery', anyOf(payload('icmpv6', 'type'), neighbourDiscovery), accept),
      commented('starts no connection', isNotNew, drop),
      ...(isolated.length === 0
        ? []
        : [...isolatedRules(allows), rule(inSet(meta('iifname'), sets.isolatedBridges), drop)]),
    ],
  };
  return {
    maps: [],
    chains: [
      ...asSentChains(denies),
      inputChain(context, denies),
      inside,
      ...(context.host.protectHost ? [outsideChain(context, allows)] : []),
      outputChain(context, denies),
      ...namedDenies(denies),
    ],
    sets: [...(isolated.length === 0 ? [] : [bridgeSet(sets.isolatedBridges, isolated)]), ...allows.sets],
  };
}

function isolatedRules(allows: KeyTable): readonly Rule[] {
  return allows.rules.map((allow) => ({
    ...allow,
    statements: [inSet(meta('iifname'), sets.isolatedBridges), ...allow.statements],
  }));
}

function inputChain(context: LowerContext, denies: HostDenies): Chain {
  return {
    name: chains.input,
    base: { type: 'filter', hook: 'input', priority: 0, policy: 'accept', devices: [] },
    rules: [
      rule(accepted, accept),
      rule(equals(meta('iifname'), interfaceName('lo')), accept),
      ...(denies.toHost.rules.length === 0
        ? []
        : [
            commented(
              'translated to this host by others: the real destination',
              isNew,
              hasBits(ct('status'), 0x20),
              jump(chains.denyHost),
            ),
          ]),
      ...tunnelInputRules(context),
      rule(inSet(meta('iifname'), sets.bridges), goto(chains.inputNetwork)),
      ...lanFamilies(context).map((family) => rule(fromEndpoint[family].match, goto(chains.inputNetwork))),
      ...(context.host.protectHost
        ? [{ statements: [goto(chains.inputOutside)], origins: originsOf(context.host) }]
        : []),
    ],
  };
}

/** `protect host`: what always passes, what `allow` names, nothing else. */
function outsideChain(context: LowerContext, allows: KeyTable): Chain {
  const udp = (source: number, destination: number): readonly Statement[] => [
    equals(meta('l4proto'), integer(protocolNumbers.udp)),
    equals(payload('udp', 'sport'), integer(source)),
    equals(payload('udp', 'dport'), integer(destination)),
  ];
  const nfproto = (family: 'ipv4' | 'ipv6'): Statement => equals(meta('nfproto'), integer(family === 'ipv4' ? 2 : 10));
  return {
    name: chains.inputOutside,
    base: undefined,
    rules: [
      commented('neighbour discovery', anyOf(payload('icmpv6', 'type'), neighbourDiscovery), accept),
      ...families.map((family) =>
        commented(
          'ICMP errors',
          anyOf(payload(family === 'ipv4' ? 'icmp' : 'icmpv6', 'type'), icmpErrorTypes[family]),
          accept,
        ),
      ),
      commented('DHCP client', nfproto('ipv4'), ...udp(67, 68), accept),
      commented('DHCPv6 client', nfproto('ipv6'), ...udp(547, 546), accept),
      rule(isNotNew, drop),
      ...allows.rules,
      {
        statements: [{ kind: 'counter', packets: 0, bytes: 0 }, drop],
        origins: originsOf(context.host),
        comment: 'protect host',
      },
    ],
  };
}

function lanFamilies({ lans }: LowerContext): readonly Family[] {
  return families.filter((family) => lans.some((network) => network.subnets[family] !== undefined));
}

/** Loopback is no subject: not even `deny any -> any` is about it. */
const loopbackAccepts: readonly Rule[] = families.map((family) =>
  commented('loopback', equals(addressOf(family, 'daddr'), loopbackPrefix[family]), accept),
);

function outputChain(context: LowerContext, denies: HostDenies): Chain {
  return {
    name: chains.output,
    base: { type: 'filter', hook: 'output', priority: 0, policy: 'accept', devices: [] },
    rules: [
      ...forgetMark(context),
      rule(accepted, accept),
      ...(denies.fromHost.rules.length === 0 ? [] : [...loopbackAccepts, rule(isNew, jump(chains.denyFromHost))]),
      commented(
        'starts no connection',
        inSet(meta('oifname'), sets.bridges),
        hasBits(ct('state'), conntrackState.invalid),
        drop,
      ),
      ...lanFamilies(context).map((family) =>
        commented('starts no connection', toEndpoint[family].match, hasBits(ct('state'), conntrackState.invalid), drop),
      ),
    ],
  };
}

/** Between conntrack (-200) and NAT (-100 [6]): the destination is still the one that was sent. */
function asSentChains(denies: HostDenies): readonly Chain[] {
  const chain = (name: string, hook: 'prerouting' | 'output', rules: readonly Rule[]): Chain => ({
    name,
    base: { type: 'filter', hook, priority: -150, policy: 'accept', devices: [] },
    rules,
  });
  const result: Chain[] = [];
  if (denies.toHost.rules.length > 0) {
    result.push(
      chain(chains.asSent, 'prerouting', [
        rule(differs(meta('iifname'), interfaceName('lo')), isNew, isLocal, jump(chains.denyHost)),
      ]),
    );
  }
  if (denies.hostToHost.rules.length > 0) {
    const loopback = families.map((family) =>
      rule(equals(addressOf(family, 'daddr'), loopbackPrefix[family]), returnFromChain),
    );
    result.push(
      chain(chains.asSentOutput, 'output', [...loopback, rule(isNew, isLocal, jump(chains.denyHostFromHost))]),
    );
  }
  return result;
}

function namedDenies(denies: HostDenies): readonly Chain[] {
  const named = [
    { name: chains.denyHost, table: denies.toHost },
    { name: chains.denyHostFromHost, table: denies.hostToHost },
    { name: chains.denyFromHost, table: denies.fromHost },
  ];
  return named
    .filter(({ table }) => table.rules.length > 0)
    .map(({ name, table }) => ({ name, base: undefined, rules: table.rules }));
}
