/** The networks: what they are, their subnets, and what is special about them. */
import type { Model, Network } from '../../../model/model.ts';
import { families, formatAddress } from '../../../net/address.ts';
import { formatPrefix } from '../../../net/prefix.ts';
import type { Anchors } from '../markup/anchors.ts';
import { type Html, html, joined } from '../markup/html.ts';
import { section, table } from '../markup/table.ts';

export function networksSection({ networks, hosts }: Model, anchors: Anchors): Html {
  const rows = networks.map((network) => {
    const subnets = families.flatMap((family) => network.subnets[family] ?? []);
    return [
      network.name,
      kindText(network),
      joined(
        subnets.map(({ prefix }) => formatPrefix(prefix)),
        html`<br>`,
      ),
      joined(
        subnets.map(({ gateway }) => formatAddress(gateway)),
        html`<br>`,
      ),
      traitsOf(network, hosts.length > 1).join(', '),
      anchors.link(network.span),
    ];
  });
  const columns = [
    { title: 'Network' },
    { title: 'Is' },
    { title: 'Subnets', kind: 'code' },
    { title: 'Gateway', kind: 'code' },
    { title: 'Special' },
    { title: 'Line', kind: 'line' },
  ] as const;
  return section(
    'networks',
    'Networks',
    table('Networks and their subnets', columns, rows, 'The policy has no networks.'),
  );
}

function kindText({ networkKind, bridge, nic, vlan, vxlan }: Network): string {
  const tag = vlan === undefined ? '' : `, VLAN ${vlan}`;
  switch (networkKind) {
    case 'bridge':
      return `${vxlan === undefined ? 'bridge' : `overlay ${vxlan} on bridge`} ${bridge}${tag}`;
    case 'switch':
      return `switch ${bridge}${tag}`;
    case 'physical':
      return `the LAN, by bridge ${bridge} on ${nic ?? ''}`;
    case 'macvlan':
      return `macvlan on ${nic ?? bridge}`;
    case 'wire':
      return 'a wire';
  }
}

/** What is not as it is by default. */
function traitsOf(network: Network, isSpread: boolean): readonly string[] {
  const { networkKind, icc, internal, masquerade, gatewayMode, spoofingAllowed, unmanaged, mtu, hosts } = network;
  const isTranslated = networkKind === 'bridge' && !internal;
  return [
    ...(internal ? ['internal'] : []),
    ...(icc ? [] : ['containers do not reach each other (icc off)']),
    ...(isTranslated && !masquerade ? ['not masqueraded'] : []),
    ...(networkKind !== 'bridge' || gatewayMode === 'nat' ? [] : [`gateway mode ${gatewayMode}`]),
    ...(spoofingAllowed ? ['spoofing allowed'] : []),
    ...(unmanaged ? ['unmanaged: no rules from ctfw'] : []),
    ...(mtu === 1500 ? [] : [`MTU ${mtu}`]),
    ...(!isSpread || hosts.length === 0
      ? []
      : [`on ${hosts.map(({ host, via }) => (via === undefined ? host : `${host} via ${via}`)).join(', ')}`]),
  ];
}
