/**
 * Publications: destination NAT for whom they serve, and the recognition of what was translated by them. A published flow
 * is the pair of the destination as sent and the translated one, so neither another engine's translation nor routing
 * straight to the container's address is a way in [51, 87, 114].
 */

import type { Host, Publication } from '../model/model.ts';
import { type Address, type Family, families } from '../net/address.ts';
import { hostPrefix } from '../net/prefix.ts';
import { portProtocolNumber } from '../net/protocol.ts';
import { ct } from '../ruleset/expression.ts';
import type { Chain, Hook, Rule } from '../ruleset/ruleset.ts';
import { accept, differs, equals, hasBits, returnFromChain, type Statement } from '../ruleset/statement.ts';
import { addressValue, integer } from '../ruleset/value.ts';
import type { Origin } from '../source/span.ts';
import { firstLoopback, localAddressType, loopbackPrefix } from './constant.ts';
import { type LowerContext, originsOf } from './context.ts';
import {
  addressOf,
  addressPart,
  notFromInternal,
  originalAddressPart,
  originalPortPart,
  portPart,
  portRangePart,
  protocolPart,
  protocolTest,
} from './field.ts';
import { joinKeyTables, type KeyedEntry, type KeyTable, keyTable, type Test } from './key-table.ts';
import { chains } from './names.ts';
import type { Part } from './part.ts';
import { addressSelector, combine, everything, type Selector, sourceInHost, sourceOnWire } from './selector.ts';

/** One published port of one family. */
interface PublishedPort {
  readonly publication: Publication;
  readonly protocol: number;
  /** The address on the host; undefined: every address that is not loopback. */
  readonly listen: Address | undefined;
  readonly hostPort: number;
  readonly target: Address;
  readonly containerPort: number;
  readonly origins: readonly Origin[];
}

interface TranslationEntry extends KeyedEntry {
  readonly port: PublishedPort;
}

/** `ct status dnat`: IPS_DST_NAT. */
const destinationTranslated = 0x20;

/** Publications that translate: all but those on routed networks, whose containers are reached at their own address. */
function publishedPorts(context: LowerContext): readonly PublishedPort[] {
  return context.publications
    .filter(({ target }) => target.network.gatewayMode !== 'routed' && !target.network.unmanaged)
    .flatMap(portsOf);
}

function portsOf(publication: Publication): readonly PublishedPort[] {
  const { listener, hostPorts, containerPorts, target } = publication;
  const origins = originsOf(publication);
  const ports: PublishedPort[] = [];
  for (const family of listener.kind === 'all' ? listener.families : [listener.address.family]) {
    const address = target.addresses[family];
    if (address === undefined) continue;
    for (let hostPort: number = hostPorts.first; hostPort <= hostPorts.last; hostPort++) {
      ports.push({
        publication,
        protocol: portProtocolNumber(publication.protocol),
        listen: listener.kind === 'all' ? undefined : listener.address,
        hostPort,
        target: address,
        containerPort: containerPorts.first + (hostPort - hostPorts.first),
        origins,
      });
    }
  }
  return ports;
}

export function isLoopback(address: Address): boolean {
  return address.family === 'ipv4' ? address.value >> 24n === 127n : address.value === 1n;
}

/** Whom a publication serves, as packets from a wire show it. */
export function servedOnWire(context: LowerContext, publication: Publication): readonly Selector[] {
  if (publication.listener.kind === 'address' && isLoopback(publication.listener.address)) return [];
  if (publication.from !== undefined) return publication.from.flatMap(sourceOnWire);
  return [defaultServed(context)];
}

function defaultServed(context: LowerContext): Selector {
  return context.networks.some((network) => network.internal)
    ? { ...everything, tests: [notFromInternal] }
    : everything;
}

function servedInHost(publication: Publication): readonly Selector[] {
  return publication.from === undefined ? [everything] : publication.from.flatMap(sourceInHost);
}

/** The translation rules for packets from a wire or for the host's own: of publications on one address, or on all of them. */
function translations(context: LowerContext, from: 'wire' | 'host', listen: 'address' | 'all'): KeyTable {
  const name = `${from === 'wire' ? chains.publish : chains.publishOutput}${listen === 'all' ? '' : '-at'}`;
  const ports = publishedPorts(context).filter((port) => (port.listen === undefined) === (listen === 'all'));
  const served = (port: PublishedPort): readonly Selector[] =>
    from === 'wire' ? servedOnWire(context, port.publication) : servedInHost(port.publication);
  const tables = families.map((family) => {
    const entries = ports
      .filter((port) => port.target.family === family)
      .flatMap((port) => translationEntries(port, served(port)));
    return keyTable(forName(name, family), entries, {
      kind: 'translations',
      translationOf: ({ port }) => ({
        family: family === 'ipv4' ? 'ip' : 'ip6',
        address: addressValue(port.target),
        port: port.containerPort,
      }),
    });
  });
  return joinKeyTables(tables);
}

/** The two chains that translate: what comes from a wire, and what the host itself sends [75]. */
export function publicationChains(context: LowerContext): Part {
  const wire = [translations(context, 'wire', 'address'), translations(context, 'wire', 'all')];
  const hostAddress = translations(context, 'host', 'address');
  const hostAll = translations(context, 'host', 'all');
  const chain = (name: string, hook: Hook, rules: readonly Rule[]): Chain[] =>
    rules.length === 0
      ? []
      : [
          {
            name,
            base: { type: 'nat', hook, priority: -100, policy: 'accept', devices: [] },
            rules: [notLocalReturns, ...rules],
          },
        ];
  const hostRules = [
    ...hostAddress.rules,
    ...(hostAll.rules.length === 0 ? [] : [...loopbackReturns(context.host), ...hostAll.rules]),
  ];
  return {
    chains: [
      ...chain(
        chains.publish,
        'prerouting',
        wire.flatMap((table) => table.rules),
      ),
      ...chain(chains.publishOutput, 'output', hostRules),
    ],
    sets: [],
    maps: [...wire, hostAddress, hostAll].flatMap((table) => table.maps),
  };
}

const notLocalReturns: Rule = {
  statements: [differs({ kind: 'fib', flags: ['daddr'], result: 'type' }, integer(localAddressType)), returnFromChain],
  origins: [],
  comment: 'only what is sent to an address of the host',
};

/** A publication on all addresses leaves loopback alone, but for 127.0.0.1 with `loopback-publish`; ::1 cannot work [96]. */
function loopbackReturns(host: Host): readonly Rule[] {
  const from4: readonly Statement[] = [equals(addressOf('ipv4', 'daddr'), loopbackPrefix.ipv4)];
  const spare: readonly Statement[] = host.loopbackPublish ? [differs(addressOf('ipv4', 'daddr'), firstLoopback)] : [];
  return [
    { statements: [...from4, ...spare, returnFromChain], origins: [] },
    { statements: [equals(addressOf('ipv6', 'daddr'), loopbackPrefix.ipv6), returnFromChain], origins: [] },
  ];
}

const forName = (name: string, family: Family): string => `${name}-${family === 'ipv4' ? 'v4' : 'v6'}`;

function translationEntries(port: PublishedPort, served: readonly Selector[]): readonly TranslationEntry[] {
  const listen: Selector =
    port.listen === undefined ? { ...everything, family: port.target.family } : addressSelector('daddr', port.listen);
  const service: Selector = { ...everything, parts: [protocolPart(port.protocol), portPart(port.hostPort)] };
  return served.flatMap((source) => {
    const entry = combine([source, listen, service], port.origins);
    return entry === undefined ? [] : [{ ...entry, port }];
  });
}

/**
 * The rules that accept what `translations` translated, for packets from a wire. `ct original proto-dst` goes into a key
 * only behind a protocol test (nft 1.0.6), so there is one rule a protocol.
 */
export function acceptPublished(context: LowerContext): KeyTable {
  const entries = publishedPorts(context).flatMap((port) =>
    publishedEntries(port, servedOnWire(context, port.publication)),
  );
  return keyTable('published', entries, { kind: 'statements', statements: [accept] });
}

function publishedEntries(port: PublishedPort, served: readonly Selector[]): readonly KeyedEntry[] {
  const dnat: Test = { id: 'dnat', match: hasBits(ct('status'), destinationTranslated) };
  const sent = [
    ...(port.listen === undefined ? [] : [originalAddressPart(port.listen)]),
    originalPortPart(port.hostPort),
  ];
  const real = [addressPart('daddr', hostPrefix(port.target)), portPart(port.containerPort)];
  const flow: Selector = {
    family: port.target.family,
    tests: [protocolTest(port.protocol), dnat],
    parts: [...sent, ...real],
  };
  return served.flatMap((source) => {
    const entry = combine([source, flow], port.origins);
    return entry === undefined ? [] : [entry];
  });
}

/** On a routed network a publication opens the container's port at the container's own address; the host port has no meaning. */
export function routedEntries(context: LowerContext): readonly KeyedEntry[] {
  return context.publications
    .filter(({ target }) => target.network.gatewayMode === 'routed' && !target.network.unmanaged)
    .flatMap((publication) => {
      const { first, last } = publication.containerPorts;
      const port = first === last ? portPart(first) : portRangePart(first, last);
      const range: Selector = { ...everything, parts: [protocolPart(portProtocolNumber(publication.protocol)), port] };
      const allowed =
        publication.listener.kind === 'all' ? publication.listener.families : [publication.listener.address.family];
      const targets = allowed.flatMap((family) => {
        const address = publication.target.addresses[family];
        return address === undefined ? [] : [addressSelector('daddr', address)];
      });
      return servedOnWire(context, publication).flatMap((source) =>
        targets.flatMap((target) => {
          const entry = combine([source, target, range], originsOf(publication));
          return entry === undefined ? [] : [entry];
        }),
      );
    });
}
