/** Network blocks become networks: kind, placement, options; their subnets are those written, or come from free-subnet.ts. */

import {
  gatewayOutsideSubnet,
  lanWithoutSubnet,
  networkKindTwice,
  networkWithoutHost,
  subnetFamilyTwice,
  subnetHostBits,
  subnetTooSmall,
} from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { type Address, addressBits, type Family, formatAddress, sameAddress } from '../net/address.ts';
import { formatPrefix, hasHostBits, lastAddress, type Prefix, prefixContains, prefixOf } from '../net/prefix.ts';
import type { NetworkBlock, NetworkItem, NetworkPlacement } from '../syntax/tree.ts';
import type { ResolvedHost } from './host.ts';
import { isLan } from './lan.ts';
import type { Lookup } from './lookup.ts';
import type { Network, NetworkKind, Subnet } from './model.ts';
import { nameServersOf } from './name-servers.ts';
import { several, single } from './single.ts';

type OnDiagnostic = (diagnostic: Diagnostic) => void;
type Subnets = Partial<Record<Family, Subnet>>;

/** Docker's and Ethernet's. */
const defaultMtu = 1500;

/** A network block whose names are resolved; `needsSubnet`: it names none and is to get a free one. */
export interface NetworkDraft {
  readonly block: NetworkBlock;
  readonly network: Network;
  readonly needsSubnet: boolean;
}

export function resolveNetwork(
  block: NetworkBlock,
  hosts: readonly ResolvedHost[],
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): NetworkDraft {
  const { items } = block;
  const name = block.name.text;
  const placed = resolvePlacements(block, hosts, lookup, onDiagnostic);
  const home = hosts.length === 1 ? hosts[0] : hosts.find((candidate) => candidate.host.name === placed[0]?.host);
  const kind = resolveKind(items, name, onDiagnostic);
  const gatewayMode = single(items, 'gateway-mode', onDiagnostic)?.mode.value ?? 'nat';
  const internal = single(items, 'internal', onDiagnostic)?.on ?? false;
  const subnetItems = several(items, 'subnet');
  const onLan = isLan(kind);
  if (subnetItems.length === 0 && onLan)
    onDiagnostic(
      report(
        lanWithoutSubnet,
        block.name.span,
        `\`${name}\` is the network behind a NIC, but its subnet is not given`,
        {
          help: 'write the subnet of the LAN: `subnet 192.168.1.0/24`',
        },
      ),
    );
  const network: Network = {
    kind: 'network',
    name,
    ...kind,
    vlan: single(items, 'vlan', onDiagnostic)?.tag.value,
    vxlan: single(items, 'vxlan', onDiagnostic)?.identifier.value,
    hosts: placed,
    subnets: resolveSubnets(items, onDiagnostic),
    mtu: single(items, 'mtu', onDiagnostic)?.mtu.value ?? defaultMtu,
    icc: single(items, 'icc', onDiagnostic)?.on ?? home?.iccDefault ?? true,
    internal: internal || gatewayMode === 'isolated' || kind.networkKind === 'switch',
    masquerade: (single(items, 'masquerade', onDiagnostic)?.on ?? true) && !onLan,
    // A NIC and the macvlan devices on it do not hear each other: towards the host that is an isolated network.
    gatewayMode: kind.networkKind === 'macvlan' ? 'isolated' : gatewayMode,
    spoofingAllowed: single(items, 'spoofing', onDiagnostic)?.allowed ?? false,
    unmanaged: single(items, 'unmanaged', onDiagnostic)?.on ?? false,
    dns: nameServersOf(items, home?.host.dns ?? { servers: [], search: [], options: [] }),
    span: block.name.span,
  };
  return { block, network, needsSubnet: subnetItems.length === 0 && !onLan };
}

function resolvePlacements(
  block: NetworkBlock,
  hosts: readonly ResolvedHost[],
  lookup: Lookup,
  onDiagnostic: OnDiagnostic,
): Network['hosts'] {
  const written: NetworkPlacement[] = [
    ...block.on,
    ...several(block.items, 'placement').flatMap((item) => item.placements),
  ];
  const placed = written.flatMap((placement) => {
    const host = lookup.subject(placement.host, ['host'], 'a network is on a host');
    return host === undefined ? [] : [{ host: host.name.text, via: placement.via?.text }];
  });
  if (written.length === 0 && hosts.length > 1)
    onDiagnostic(
      report(
        networkWithoutHost,
        block.name.span,
        `the policy has several hosts, but \`${block.name.text}\` is on none of them`,
        {
          help: `say where it is: \`network ${block.name.text} on ${hosts[0]?.host.name} { ... }\``,
        },
      ),
    );
  if (placed.length > 0) return placed;
  return hosts.slice(0, 1).map(({ host }) => ({ host: host.name, via: undefined }));
}

function resolveKind(
  items: readonly NetworkItem[],
  name: string,
  onDiagnostic: OnDiagnostic,
): { networkKind: NetworkKind; bridge: string; nic: string | undefined } {
  const kinds = items.filter(
    (item) => item.kind === 'bridge' || item.kind === 'switch' || item.kind === 'physical' || item.kind === 'macvlan',
  );
  const [first, second] = kinds;
  if (first === undefined) return { networkKind: 'bridge', bridge: `br-${name}`, nic: undefined };
  if (second !== undefined)
    onDiagnostic(
      report(
        networkKindTwice,
        second.span,
        `\`${name}\` is given as \`${second.kind}\` here, but is a \`${first.kind}\` already`,
        {
          related: [{ span: first.span, message: 'first given here' }],
          help: 'keep one of the two',
        },
      ),
    );
  switch (first.kind) {
    case 'physical':
      return { networkKind: 'physical', bridge: first.bridge.text, nic: first.nic.text };
    case 'macvlan':
      return { networkKind: 'macvlan', bridge: first.nic.text, nic: first.nic.text };
    default:
      return { networkKind: first.kind, bridge: first.name.text, nic: undefined };
  }
}

function resolveSubnets(items: readonly NetworkItem[], onDiagnostic: OnDiagnostic): Subnets {
  const subnets: Subnets = {};
  const written = several(items, 'subnet').flatMap((item) => item.subnets);
  const places = new Map(
    written.map((subnet) => [subnet.value.address.family, subnet.span]).reverse() as Iterable<
      [Family, (typeof written)[number]['span']]
    >,
  );
  for (const subnet of written) {
    const { family } = subnet.value.address;
    if (subnets[family] !== undefined) {
      const first = places.get(family);
      onDiagnostic(
        report(
          subnetFamilyTwice,
          subnet.span,
          `the network already has the subnet ${formatPrefix(subnets[family].prefix)}`,
          {
            related: first === undefined ? [] : [{ span: first, message: 'first given here' }],
            help: 'a network has at most one subnet of each family',
          },
        ),
      );
      continue;
    }
    const prefix = prefixOf(subnet.value.address, subnet.value.length);
    if (hasHostBits(subnet.value))
      onDiagnostic(
        report(subnetHostBits, subnet.span, `${formatPrefix(subnet.value)} is an address inside a subnet`, {
          help: `did you mean ${formatPrefix(prefix)}?`,
          edit: { span: subnet.span, replacement: formatPrefix(prefix), safe: false },
        }),
      );
    if (prefix.length > addressBits(family) - 2)
      onDiagnostic(
        report(subnetTooSmall, subnet.span, `${formatPrefix(prefix)} has no room for a gateway and a container`, {
          help: `the smallest subnet is a /${addressBits(family) - 2}`,
        }),
      );
    subnets[family] = { prefix, gateway: defaultGateway(prefix) };
  }
  return withGateways(items, subnets, onDiagnostic);
}

/** The first address behind the subnet's own. */
export function defaultGateway(prefix: Prefix): Address {
  const { family, value } = prefix.address;
  return { family, value: prefix.length === addressBits(family) ? value : value + 1n };
}

/** Whether an address of a subnet can belong to a host on it: not the network address and, in IPv4, not the broadcast address. */
export function isHostAddress(prefix: Prefix, candidate: Address): boolean {
  if (!prefixContains(prefix, candidate) || sameAddress(prefix.address, candidate)) return false;
  return candidate.family === 'ipv6' || !sameAddress(lastAddress(prefix), candidate);
}

function withGateways(items: readonly NetworkItem[], subnets: Subnets, onDiagnostic: OnDiagnostic): Subnets {
  const result: Subnets = { ...subnets };
  const given = new Set<Family>();
  for (const { value, span } of several(items, 'gateway').flatMap((item) => item.addresses)) {
    const subnet = subnets[value.family];
    const text = formatAddress(value);
    const problem = given.has(value.family)
      ? `${text} is the second gateway of its family`
      : subnet === undefined
        ? `the gateway ${text} is in no subnet of the network`
        : isHostAddress(subnet.prefix, value)
          ? undefined
          : prefixContains(subnet.prefix, value)
            ? `the gateway ${text} is the network or broadcast address of ${formatPrefix(subnet.prefix)}`
            : `the gateway ${text} is not in the subnet ${formatPrefix(subnet.prefix)}`;
    given.add(value.family);
    if (problem === undefined && subnet !== undefined) result[value.family] = { ...subnet, gateway: value };
    else if (problem !== undefined)
      onDiagnostic(
        report(
          gatewayOutsideSubnet,
          span,
          problem,
          subnet === undefined ? {} : { help: `without \`gateway\` it is ${formatAddress(subnet.gateway)}` },
        ),
      );
  }
  return result;
}

/** Whether an address lies in one of a network's subnets. */
export function isOnNetwork(network: Network, address: Address): boolean {
  const subnet = network.subnets[address.family];
  return subnet !== undefined && prefixContains(subnet.prefix, address);
}
