/** Published ports of a service as `publish` statements. */
import { publicationLeftOut } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import type { PublishItem } from '../../syntax/tree.ts';
import type { Placement } from './placement.ts';
import type { ComposeNetwork, ComposePort, ComposeService } from './project.ts';
import type { Reading } from './reading.ts';

/** One `publish` for each port that can be published; the others are reported with the reason. */
export function publishItems(reading: Reading, service: ComposeService, placement: Placement): readonly PublishItem[] {
  const target = publicationTarget(placement);
  return service.ports.flatMap((port) => {
    if (typeof target === 'string') return leaveOut(reading, port, target);
    const hostAddress = port.hostAddress ?? defaultAddress(target);
    const obstacle = hostAddress === undefined ? undefined : addressObstacle(hostAddress.value, target);
    if (obstacle !== undefined) return leaveOut(reading, port, obstacle);
    const { hostPorts, containerPorts, protocol, span } = port;
    return [
      {
        kind: 'publish' as const,
        publications: [{ kind: 'ports' as const, hostAddress, hostPorts, containerPorts, protocol, span }],
        from: undefined,
        span,
      },
    ];
  });
}

/** The network whose address a published port leads to, or why there is none. */
function publicationTarget(placement: Placement): ComposeNetwork | string {
  switch (placement.kind) {
    case 'host':
      return 'in network mode `host` the container answers on the ports of the host by itself';
    case 'none':
      return 'the container has no network';
    case 'shared':
      return 'the container shares the network of another one; publish the port there';
    case 'attached': {
      const network = placement.places.map((place) => place.network).find((candidate) => !isInternal(candidate));
      if (network === undefined) return 'all networks of the container are internal';
      return network.kind === 'macvlan' ? 'the container answers on the physical network by itself' : network;
    }
  }
}

function isInternal(network: ComposeNetwork): boolean {
  return network.internal?.value === true || network.gatewayMode?.value === 'isolated';
}

function defaultAddress(network: ComposeNetwork): ComposePort['hostAddress'] {
  const address = network.publishAddress;
  return address === undefined || address.value.value === 0n ? undefined : address;
}

function addressObstacle(address: Address, network: ComposeNetwork): string | undefined {
  if (address.family === 'ipv6' && address.value === 1n)
    return 'nothing can be translated on `::1` (write `127.0.0.1`)';
  if (network.families.has(address.family)) return undefined;
  return `the container has no ${address.family === 'ipv4' ? 'IPv4' : 'IPv6'} address that \`${formatAddress(address)}\` could lead to`;
}

function leaveOut(reading: Reading, port: ComposePort, reason: string): readonly PublishItem[] {
  reading.add(report(publicationLeftOut, port.span, `This port is not published in the policy: ${reason}.`));
  return [];
}
