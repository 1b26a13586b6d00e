/** An address of a container must lie in a subnet of its network. */
import { addressOutsideSubnet } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, families, formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Span } from '../../source/span.ts';
import type { Network } from '../model.ts';
import { isOnNetwork } from '../network.ts';
import type { CheckContext } from './rule.ts';

export function* checkAddressOutsideSubnet({ model }: CheckContext): Generator<Diagnostic> {
  for (const { name, endpoints } of model.containers) {
    for (const { network, addresses, span } of endpoints)
      for (const family of network.networkKind === 'wire' ? [] : families) {
        const address = addresses[family];
        if (address !== undefined && !isOnNetwork(network, address)) yield outside(name, network, address, span);
      }
  }
}

function outside(container: string, network: Network, address: Address, span: Span): Diagnostic {
  const subnet = network.subnets[address.family];
  const subnets = Object.values(network.subnets).map(({ prefix }) => formatPrefix(prefix));
  const family = address.family === 'ipv4' ? 'IPv4' : 'IPv6';
  return report(
    addressOutsideSubnet,
    span,
    subnet === undefined
      ? `\`${container}\` has the address ${formatAddress(address)} on \`${network.name}\`, which has no ${family} subnet`
      : `\`${container}\` has the address ${formatAddress(address)}, which is not in the subnet ${formatPrefix(subnet.prefix)} of \`${network.name}\``,
    {
      related: [{ span: network.span, message: `\`${network.name}\` is declared here` }],
      help: subnets.length === 0 ? 'give the network a subnet' : `choose an address of ${subnets.join(' or ')}`,
    },
  );
}
