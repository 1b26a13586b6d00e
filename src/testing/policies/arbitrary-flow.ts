/** Random first packets of a policy's world: its own addresses, its neighbours, and ports beside those that it names. */
import fc from 'fast-check';
import { matrixFlows } from '../../expectations/matrix.ts';
import { universeOf } from '../../expectations/universe.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import type { PolicyLike } from './policy-source.ts';
import { type PreparedHost, prepare } from './prepared.ts';

/** A flow, and the host on which it is one. */
export interface FlowOnHost {
  readonly host: PreparedHost;
  readonly flow: Flow;
}

/** Flows of every class that the policy treats alike, with some ports moved by one. Throws for a policy with an error. */
export function arbitraryFlow(policy: PolicyLike): fc.Arbitrary<FlowOnHost> {
  const choices = prepare(policy).hosts.map((host) => ({ host, flows: flowsOf(host.meaning) }));
  return fc
    .constantFrom(...choices)
    .chain(({ host, flows }) =>
      fc
        .tuple(fc.constantFrom(...flows), fc.constantFrom(0, 0, -1, 1))
        .map(([flow, step]) => ({ host, flow: nudged(flow, step) })),
    );
}

function flowsOf(meaning: Meaning): readonly Flow[] {
  return [...matrixFlows(universeOf(meaning.atlas))];
}

function nudged(flow: Flow, step: number): Flow {
  const { destinationPort } = flow;
  if (destinationPort === undefined) return flow;
  const port = destinationPort + step;
  return port < 0 || port > 65_535 ? flow : { ...flow, destinationPort: port };
}
