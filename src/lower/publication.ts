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
import type { NamedMap } from '../ruleset/set.ts';
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
export interface PublishedPort {
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
const translated: Test = { id: 'dnat', match: hasBits(ct('status'), destinationTranslated) };

/** Publications that translate: all but those on routed networks, whose containers are reached at their own address. */
export function publishedPorts(context: LowerContext): readonly PublishedPort[] {
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
  if (publication.from !== undefined)
    return publication.from.flatMap((subject) => sourceOnWire(context, subject, 'endpoints'));
  return context.hasInternal ? allButInternal : all;
}

const all: readonly Selector[] = [everything];
const allButInternal: readonly Selector[] = [{ ...everything, tests: [notFromInternal] }];

export function servedInHost(publication: Publication): readonly Selector[] {
  return publication.from === undefined ? all : publication.from.flatMap(sourceInHost);
}

/** The translation rules of some ports for those whom they serve; one set of maps a family. */
function translations(
  name: string,
  ports: readonly PublishedPort[],
  served: (publication: Publication) => readonly Selector[],
): KeyTable {
  const tables = families.map((family) => {
    const entries: TranslationEntry[] = [];
    for (const port of ports) {
      if (port.target.family !== family) continue;
      const sent = sentTo(port);
      for (const source of served(port.publication)) {
        const entry = combine([source, sent], port.origins);
        if (entry !== undefined) entries.push({ ...entry, port });
      }
    }
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

/** What translates the ports of one kind of listener, from a wire and from the host itself. */
interface Translations {
  readonly wire: readonly Rule[];
  readonly host: readonly Rule[];
  readonly maps: readonly NamedMap[];
}

/** Publications that serve everyone share their maps between both chains; those with `from`, and on loopback, have their own. */
function translationsOf(context: LowerContext, kind: '' | '-at', ports: readonly PublishedPort[]): Translations {
  const servesAll = ({ publication, listen }: PublishedPort): boolean =>
    publication.from === undefined && (listen === undefined || !isLoopback(listen));
  const limited = ports.filter((port) => !servesAll(port));
  const shared = translations(`publish${kind}`, ports.filter(servesAll), () => all);
  const wire = translations(`publish-from${kind}`, limited, (publication) => servedOnWire(context, publication));
  const host = translations(`publish-output${kind}`, limited, servedInHost);
  const tests = context.hasInternal ? [notFromInternal.match] : [];
  return {
    wire: [...shared.rules.map((rule) => ({ ...rule, statements: [...tests, ...rule.statements] })), ...wire.rules],
    host: [...shared.rules, ...host.rules],
    maps: [...shared.maps, ...wire.maps, ...host.maps],
  };
}

/** The two chains that translate: what comes from a wire, and what the host itself sends [75]. */
export function publicationChains(context: LowerContext, published: readonly PublishedPort[]): Part {
  const onOne = translationsOf(
    context,
    '-at',
    published.filter(({ listen }) => listen !== undefined),
  );
  const onAll = translationsOf(
    context,
    '',
    published.filter(({ listen }) => listen === undefined),
  );
  const chain = (name: string, hook: Hook, rules: readonly Rule[]): Chain[] => {
    if (rules.length === 0) return [];
    const base = { type: 'nat', hook, priority: -100, policy: 'accept', devices: [] } as const;
    return [{ name, base, rules: [notLocalReturns, ...rules] }];
  };
  const ofHost = onAll.host.length === 0 ? [] : [...loopbackReturns(context.host), ...onAll.host];
  return {
    chains: [
      ...chain(chains.publish, 'prerouting', [...onOne.wire, ...onAll.wire]),
      ...chain(chains.publishOutput, 'output', [...onOne.host, ...ofHost]),
    ],
    sets: [],
    maps: [...onOne.maps, ...onAll.maps],
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

/** How a packet to a published port looks before it is translated. */
function sentTo(port: PublishedPort): Selector {
  const listen = port.listen === undefined ? [] : [addressPart('daddr', hostPrefix(port.listen))];
  return {
    family: port.target.family,
    parts: [...listen, protocolPart(port.protocol), portPart(port.hostPort)],
    tests: [],
  };
}

/**
 * The rules that accept what `translations` translated, for packets from a wire. `ct original proto-dst` goes into a key
 * only behind a protocol test (nft 1.0.6), so there is one rule a protocol.
 */
export function acceptPublished(context: LowerContext, published: readonly PublishedPort[]): KeyTable {
  const entries: KeyedEntry[] = [];
  for (const port of published) {
    const flow = translatedFlow(port);
    for (const source of servedOnWire(context, port.publication)) {
      const entry = combine([source, flow], port.origins);
      if (entry !== undefined) entries.push(entry);
    }
  }
  return keyTable('published', entries, { kind: 'statements', statements: [accept] });
}

/** How a packet to a published port looks after it was translated: where it was sent to, and where it is going. */
function translatedFlow(port: PublishedPort): Selector {
  const sent = port.listen === undefined ? [] : [originalAddressPart(port.listen)];
  const real = [addressPart('daddr', hostPrefix(port.target)), portPart(port.containerPort)];
  return {
    family: port.target.family,
    tests: [protocolTest(port.protocol), translated],
    parts: [...sent, originalPortPart(port.hostPort), ...real],
  };
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
