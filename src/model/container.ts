/** Container blocks become containers, given their mode and the addresses of their attachments. */
import { addressFamilyTwice, aliasOffNetwork } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { type Address, type Family, formatAddress } from '../net/address.ts';
import type { AliasItem, ContainerBlock, PlumbItem } from '../syntax/tree.ts';
import type { Attachment } from './attachment.ts';
import { resolveRoute } from './host.ts';
import type { Lookup } from './lookup.ts';
import type { Container, ContainerMode, Endpoint, NameServers, Network, Plumb, Publication } from './model.ts';
import { nameServersOf } from './name-servers.ts';
import { several, single } from './single.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;

export interface ContainerParts {
  readonly block: ContainerBlock;
  readonly mode: ContainerMode;
  readonly host: string | undefined;
  readonly attachments: readonly Attachment[];
  readonly addressesOf: (attachment: Attachment) => Readonly<Partial<Record<Family, Address>>>;
  /** Filled in by the caller: publications need subjects, and subjects need containers. */
  readonly publications: readonly Publication[];
  /** The ends of `connect` statements that are in its namespace. */
  readonly wires: readonly Endpoint[];
  /** What a container has that says nothing about name servers itself. */
  readonly dnsDefault: (firstNetwork: Network | undefined) => NameServers;
}

export function resolveContainer(
  { block, mode, host, attachments, addressesOf, publications, wires, dnsDefault }: ContainerParts,
  networks: ReadonlyMap<string, Network>,
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): Container {
  const { items } = block;
  const name = block.name.text;
  const aliases = several(items, 'alias');
  if (aliases.length > 0) reportAliasesOffNetwork(block, aliases, lookup, onDiagnostic);
  const aliasesOn = aliases.length === 0 ? undefined : aliasesByNetwork(aliases);
  const plumbs = several(items, 'plumb').flatMap((item) => resolvePlumb(item, networks, lookup));
  const hostname = single(items, 'hostname', onDiagnostic)?.hostname.text ?? name;
  return {
    kind: 'container',
    name,
    host,
    mode,
    endpoints: [
      ...(mode.kind === 'attached'
        ? attachments.map((item) =>
            resolveEndpoint(item, addressesOf(item), aliasesOn?.get(item.network.name) ?? [], onDiagnostic),
          )
        : []),
      ...(mode.kind === 'attached' || mode.kind === 'none'
        ? plumbs.map((plumb) => plumbedEndpoint(name, plumb, onDiagnostic))
        : []),
      ...wires,
    ],
    exposed: several(items, 'expose').flatMap((item) => item.ports),
    publications,
    hostname,
    aliases: aliases.filter((item) => item.on === undefined).flatMap((item) => item.names.map((alias) => alias.text)),
    dns: nameServersOf(items, dnsDefault(attachments[0]?.network)),
    routes: several(items, 'route').flatMap((item) => resolveRoute(item, onDiagnostic)),
    plumbs,
    span: block.name.span,
  };
}

function resolvePlumb(item: PlumbItem, networks: ReadonlyMap<string, Network>, lookup: Lookup): readonly Plumb[] {
  const found = lookup.subject(item.network, ['network'], 'a container is plumbed into a network');
  const network = found && networks.get(found.name.text);
  if (network === undefined) return [];
  return [
    {
      interface: item.interface.text,
      addresses: item.addresses.map((address) => address.value),
      via: item.via?.value,
      network,
      span: item.span,
    },
  ];
}

/** A wire pulled by hand is a place on the network like any other: what is recognised by its address there is the container. */
function plumbedEndpoint(container: string, plumb: Plumb, onDiagnostic: OnDiagnostic): Endpoint {
  const addresses: Partial<Record<Family, Address>> = {};
  for (const { address } of plumb.addresses) {
    const first = addresses[address.family];
    if (first === undefined) addresses[address.family] = address;
    else
      onDiagnostic(
        report(
          addressFamilyTwice,
          plumb.span,
          `\`${container}\` already has the address ${formatAddress(first)} on \`${plumb.network.name}\``,
          { help: 'a container has at most one address of each family on a network' },
        ),
      );
  }
  return {
    container,
    network: plumb.network,
    addresses,
    port: undefined,
    mac: undefined,
    gateways: plumb.via === undefined ? [] : [plumb.via],
    aliases: [],
    wired: { interface: plumb.interface, peer: undefined },
    span: plumb.span,
  };
}

function aliasesByNetwork(aliases: readonly AliasItem[]): ReadonlyMap<string, readonly string[]> {
  const result = new Map<string, string[]>();
  for (const { on, names } of aliases) {
    if (on === undefined) continue;
    const list = result.get(on.text) ?? [];
    result.set(on.text, list);
    for (const { text } of names) list.push(text);
  }
  return result;
}

function resolveEndpoint(
  attachment: Attachment,
  addresses: Endpoint['addresses'],
  aliases: readonly string[],
  onDiagnostic: OnDiagnostic,
): Endpoint {
  const { item, network, container } = attachment;
  return {
    container,
    network,
    addresses,
    port: single(item.options, 'port', onDiagnostic)?.name.text,
    mac: single(item.options, 'mac', onDiagnostic)?.mac.value,
    gateways: several(item.options, 'gateway').flatMap((option) => option.addresses.map((address) => address.value)),
    aliases: [
      ...several(item.options, 'alias').flatMap((option) => option.names.map((alias) => alias.text)),
      ...aliases,
    ],
    span: item.span,
  };
}

function reportAliasesOffNetwork(
  block: ContainerBlock,
  aliases: readonly AliasItem[],
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): void {
  const attached = new Set(several(block.items, 'attach').map((item) => item.network.text));
  for (const { on } of aliases) {
    if (on === undefined || attached.has(on.text)) continue;
    const network = lookup.subject(on, ['network'], 'an alias is a name on a network');
    if (network !== undefined)
      onDiagnostic(
        report(aliasOffNetwork, on.span, `\`${block.name.text}\` is not attached to \`${on.text}\``, {
          help: 'attach it, or leave out `on`: then the alias holds on all of its networks',
        }),
      );
  }
}
