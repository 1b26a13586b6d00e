/** Syntax trees become a model: every name resolved, every address and port given. The stages of it, in order. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Lock } from '../lock/lock.ts';
import type { Address } from '../net/address.ts';
import type { Span } from '../source/span.ts';
import type { ContainerBlock, PolicyFile } from '../syntax/tree.ts';
import { type Attachment, resolveAttachments } from './attachment.ts';
import { resolveContainer } from './container.ts';
import { placeContainers } from './container-host.ts';
import { resolveModes } from './container-mode.ts';
import { collectDeclarations, type Declarations } from './declarations.ts';
import { giveAddresses, type WrittenAddresses } from './free-address.ts';
import { givePorts } from './free-port.ts';
import { giveSubnets } from './free-subnet.ts';
import { impliedHost, type ResolvedHost, resolveHost } from './host.ts';
import { inOrder } from './in-order.ts';
import { bridgesOfNics } from './lan.ts';
import { type Lookup, lookupIn } from './lookup.ts';
import type { Container, ContainerMode, Endpoint, Model, NameServers, Network, Publication } from './model.ts';
import { resolveNetwork } from './network.ts';
import { type PublishingContainer, resolvePublications } from './publication.ts';
import { serviceResolver } from './services.ts';
import { several } from './single.ts';
import {
  resolveAccess,
  resolveConnection,
  resolveExpectation,
  resolveLink,
  type StatementContext,
} from './statements.ts';
import { subjectResolver } from './subjects.ts';
import { makeWires, type Wires } from './wire.ts';
import { resolveZone } from './zone.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

export interface Resolved {
  /** Without what has an error; never wider than written. */
  readonly model: Model;
  /** What was given out this time: entries of the lock that still fit, and new ones. */
  readonly lock: Lock;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Resolves a policy: `files` is the policy file and all that it includes, in order. Entries of `lock` are kept as long as
 * the policy does not contradict them; those it no longer needs are dropped. All errors are collected.
 */
export function resolve(files: readonly PolicyFile[], lock: Lock): Resolved {
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic: OnDiagnostic = (diagnostic) => diagnostics.push(diagnostic);
  const declarations = collectDeclarations(files, onDiagnostic);
  const lookup = lookupIn(declarations, onDiagnostic);

  const hosts = declarations.hosts.map((block) => resolveHost(block, onDiagnostic));
  if (hosts.length === 0) hosts.push(impliedHost(startOf(files)));
  const drafts = declarations.networks.map((block) => resolveNetwork(block, hosts, lookup, onDiagnostic));
  const modelHosts = hosts.map(({ host }) => host);
  const subnets = giveSubnets(drafts, modelHosts, lock, onDiagnostic);
  const networks = byName(subnets.networks);
  // Where there are several hosts, each has its own bridges and NICs: see on-host.ts.
  const bridges = hosts.length > 1 ? new Map<string, string>() : bridgesOfNics(subnets.networks);
  const zones = declarations.zones.map((statement) => resolveZone(statement, bridges));

  const { containers, publishing, lockedAddresses, wires } = resolveContainers(
    declarations,
    hosts,
    networks,
    lock,
    lookup,
    onDiagnostic,
  );

  const nodes = { hosts: byName(modelHosts), zones: byName(zones), networks, containers: byName(containers) };
  const subjects = subjectResolver(nodes, declarations.groups, lookup, onDiagnostic);
  const services = serviceResolver(declarations.services, lookup, onDiagnostic);
  const hostsByName = new Map(hosts.map((resolved) => [resolved.host.name, resolved]));
  const homeOf = ({ network, container }: Endpoint): ResolvedHost | undefined =>
    hostsByName.get(nodes.containers.get(container)?.host ?? network.hosts[0]?.host ?? '');
  const ports = givePorts(
    publishing.flatMap((entry) => resolvePublications(entry, homeOf, subjects.side, onDiagnostic)),
    modelHosts,
    lock,
    onDiagnostic,
  );
  const publicationsOf = new Map(publishing.map(({ container, publications }) => [container.name, publications]));
  for (const publication of ports.publications) publicationsOf.get(publication.container)?.push(publication);

  const context: StatementContext = { nodes, lookup, subjects, services, onDiagnostic };
  const model: Model = {
    hosts: modelHosts,
    zones,
    networks: [...subnets.networks, ...wires.networks],
    containers,
    groups: subjects.groups,
    links: declarations.links.flatMap((statement) => resolveLink(statement, context) ?? []),
    access: declarations.access.flatMap((statement) => resolveAccess(statement, context) ?? []),
    expectations: declarations.expectations.flatMap((statement) => resolveExpectation(statement, context) ?? []),
    connections: declarations.connections.flatMap((statement) => resolveConnection(statement, context) ?? []),
  };
  return {
    model,
    lock: { subnets: subnets.locked, addresses: lockedAddresses, ports: ports.locked },
    diagnostics: inOrder(diagnostics, files),
  };
}

interface ResolvedContainers {
  readonly containers: readonly Container[];
  /** The same containers; `publications` is the list that the container holds, still empty. */
  readonly publishing: readonly (PublishingContainer & { readonly publications: Publication[] })[];
  readonly lockedAddresses: Lock['addresses'];
  readonly wires: Wires;
}

function resolveContainers(
  declarations: Declarations,
  hosts: readonly ResolvedHost[],
  networks: ReadonlyMap<string, Network>,
  lock: Lock,
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): ResolvedContainers {
  const blocks = declarations.containers;
  const modes = resolveModes(blocks, connectedNames(declarations), lookup, onDiagnostic);
  const modeOf = (block: ContainerBlock): ContainerMode => modes.get(block.name.text) ?? { kind: 'attached' };
  const attachments = blocks.map((block) => resolveAttachments(block, networks, lookup, onDiagnostic));
  const effective = attachments.flatMap(({ list }, index): readonly Attachment[] => {
    const block = blocks[index];
    return block !== undefined && modeOf(block).kind === 'attached' ? list : [];
  });
  const addresses = giveAddresses(effective, writtenAddresses(declarations), lock, onDiagnostic);
  const hostOf = placeContainers(blocks, modeOf, hosts, networks, lookup, onDiagnostic);
  const hostDns: NameServers = hosts[0]?.host.dns ?? { servers: [], search: [], options: [] };

  const wires = makeWires(
    declarations.connections,
    (name) => namespaceNamed(name, modes, hosts),
    new Set([
      ...[...networks.values()].map(({ bridge }) => bridge),
      ...hosts.flatMap(({ host }) => host.interfaces.map((entry) => entry.name)),
      ...writtenPorts(blocks),
    ]),
  );

  const containers: Container[] = [];
  const publishing: (PublishingContainer & { publications: Publication[] })[] = [];
  for (const [index, block] of blocks.entries()) {
    const { list, incomplete } = attachments[index] ?? { list: [], incomplete: true };
    const publications: Publication[] = [];
    const container = resolveContainer(
      {
        block,
        mode: modeOf(block),
        host: hostOf(block),
        attachments: list,
        addressesOf: addresses.of,
        publications,
        wires: wires.endpointsOf.get(block.name.text) ?? [],
        dnsDefault: (network) => network?.dns ?? hostDns,
      },
      networks,
      lookup,
      onDiagnostic,
    );
    containers.push(container);
    const hasMode = block.items.some((item) => item.kind === 'network-mode');
    const modeIsWrong = hasMode && (container.mode.kind === 'attached' || list.length > 0);
    publishing.push({ block, container, incomplete: incomplete || modeIsWrong, publications });
  }
  return { containers, publishing, lockedAddresses: addresses.locked, wires };
}

/** What a name stands for as an end of a wire: a host, or the container whose namespace it uses. */
function namespaceNamed(
  name: string,
  modes: ReadonlyMap<string, ContainerMode>,
  hosts: readonly ResolvedHost[],
): ReturnType<Parameters<typeof makeWires>[1]> {
  const mode = modes.get(name);
  if (mode === undefined)
    return hosts.some(({ host }) => host.declared && host.name === name) ? { kind: 'host', name } : undefined;
  const owner = mode.kind === 'shared' ? mode.container : name;
  if (modes.get(owner)?.kind !== 'host') return { kind: 'container', name: owner };
  const [only, other] = hosts;
  return only === undefined || other !== undefined ? undefined : { kind: 'host', name: only.host.name };
}

function writtenPorts(blocks: readonly ContainerBlock[]): readonly string[] {
  return blocks.flatMap(({ items }) =>
    several(items, 'attach').flatMap((item) => several(item.options, 'port').map(({ name }) => name.text)),
  );
}

function connectedNames({ connections, containers }: Declarations): ReadonlySet<string> {
  return new Set([
    ...connections.flatMap(({ left, right }) => [left.name.text, right.name.text]),
    ...containers.filter(({ items }) => items.some((item) => item.kind === 'plumb')).map(({ name }) => name.text),
  ]);
}

/** Every address that the policy names outside attachments' own lists. */
function writtenAddresses({ hosts, networks, containers, connections }: Declarations): WrittenAddresses {
  const held: Address[] = connections.flatMap(({ left, right }) => [left.address.value, right.address.value]);
  const mentioned: Address[] = [];
  for (const { items } of hosts) {
    for (const entry of several(items, 'interface').flatMap((item) => several(item.items, 'address')))
      held.push(...entry.addresses.map(({ value }) => value.address));
    mentioned.push(...several(items, 'route').map(({ via }) => via.value));
  }
  for (const { items } of networks)
    mentioned.push(...several(items, 'gateway').flatMap((item) => item.addresses.map(({ value }) => value)));
  for (const { items } of containers) {
    held.push(...several(items, 'plumb').flatMap((item) => item.addresses.map(({ value }) => value.address)));
    mentioned.push(...several(items, 'route').map(({ via }) => via.value));
    for (const option of several(items, 'attach').flatMap((item) => several(item.options, 'gateway')))
      mentioned.push(...option.addresses.map(({ value }) => value));
  }
  return { held, mentioned };
}

function byName<T extends { readonly name: string }>(values: readonly T[]): ReadonlyMap<string, T> {
  return new Map(values.map((value) => [value.name, value]));
}

function startOf(files: readonly PolicyFile[]): Span {
  return { file: files[0]?.source ?? { name: '', text: '' }, start: 0, end: 0 };
}
