/** What the policy says that no lowering exists for yet: compile refuses it, it is never ignored. */
import { isLan } from '../model/lan.ts';
import type { CheckedModel, Network } from '../model/model.ts';
import type { Span } from '../source/span.ts';

export interface Unsupported {
  readonly span: Span;
  /** What it is, in the words of the language. */
  readonly feature: string;
}

export function unsupportedParts(model: CheckedModel): readonly Unsupported[] {
  return [
    ...model.networks.flatMap((network) => {
      const { span } = network;
      if (network.networkKind === 'switch')
        return network.vxlan === undefined ? [] : [{ span, feature: 'an overlay on a switch' }];
      if (network.vlan !== undefined) return [{ span, feature: 'a VLAN of something else than a `switch`' }];
      const isOverlay = network.vxlan !== undefined && network.networkKind !== 'bridge';
      return isOverlay ? [{ span, feature: 'an overlay of something else than a bridge' }] : [];
    }),
    ...model.networks.filter(isLan).flatMap(unsupportedOnLan),
    ...model.containers
      .filter(({ mode }) => mode.kind === 'host' || mode.kind === 'shared')
      .flatMap((container) =>
        container.plumbs.map(({ span }) => ({
          span,
          feature: '`plumb` of a container without a namespace of its own',
        })),
      ),
    ...unwired(model),
  ];
}

/** On the LAN nothing is hidden from the machines that are there already. */
function unsupportedOnLan({ internal, spoofingAllowed, span }: Network): readonly Unsupported[] {
  return [
    ...(internal ? [{ span, feature: '`internal` on the LAN' }] : []),
    ...(spoofingAllowed ? [{ span, feature: '`spoofing allowed` on the LAN' }] : []),
  ];
}

/** Connections that became no wire: between two hosts, to itself, or of two families. */
function unwired({ connections, networks }: CheckedModel): readonly Unsupported[] {
  const wired = new Set(networks.filter(({ networkKind }) => networkKind === 'wire').map(({ span }) => span));
  return connections
    .filter(({ span }) => !wired.has(span))
    .map(({ span, left, right }) => ({
      span,
      feature:
        left.address.family === right.address.family
          ? '`connect` between two hosts, or of one with itself'
          : '`connect` between addresses of two families',
    }));
}
