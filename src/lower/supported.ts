/** What the policy says that no lowering exists for yet: compile refuses it, it is never ignored. */
import type { CheckedModel } from '../model/model.ts';
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
      if (network.networkKind !== 'bridge') return [{ span, feature: `a ${network.networkKind} network` }];
      return network.vlan === undefined ? [] : [{ span, feature: 'a VLAN of a bridge (a `switch` has VLANs)' }];
    }),
    ...model.containers.flatMap((container) => container.plumbs.map(({ span }) => ({ span, feature: 'plumb' }))),
    ...model.connections.map(({ span }) => ({ span, feature: 'connect' })),
  ];
}
