/** Published ports of a service as `publish` statements. */
import type { PublishItem } from '../../syntax/tree.ts';
import { addressObstacle, leaveOut, noTarget } from '../engine/publication.ts';
import type { Placement } from './placement.ts';
import type { ComposeNetwork, ComposePort, ComposeService } from './project.ts';
import type { Reading } from './reading.ts';

/** One `publish` for each port that can be published; the others are reported with the reason. */
export function publishItems(reading: Reading, service: ComposeService, placement: Placement): readonly PublishItem[] {
  const target = publicationTarget(placement);
  return service.ports.flatMap((port) => {
    if (typeof target === 'string') {
      leaveOut(reading, port.span, target);
      return [];
    }
    const hostAddress = port.hostAddress ?? defaultAddress(target);
    const obstacle = hostAddress === undefined ? undefined : addressObstacle(hostAddress.value, target.families);
    if (obstacle !== undefined) {
      leaveOut(reading, port.span, obstacle);
      return [];
    }
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
      return noTarget.host;
    case 'none':
      return noTarget.none;
    case 'shared':
      return noTarget.shared;
    case 'attached': {
      const network = placement.places.map((place) => place.network).find((candidate) => !isInternal(candidate));
      if (network === undefined) return noTarget.internal;
      return network.kind === 'macvlan' ? noTarget.macvlan : network;
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
