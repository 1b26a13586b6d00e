/** Whether the user gets in again: a new connection from where they are logged in, tried against all rules as they will be. */
import { operatorLockedOut, operatorUnknown } from '../../diagnostics/catalogue/apply.ts';
import { formatFlow } from '../../expectations/evaluate.ts';
import { routingOf } from '../../host-view/routing.ts';
import { sameAddress } from '../../net/address.ts';
import { protocolNumbers } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import { finding } from './finding.ts';
import { flowSimulation } from './flow-simulation.ts';
import type { Check, Operator, PreflightContext } from './preflight.ts';

export const operatorGetsIn: Check = (context) => {
  const { operator } = context;
  if (operator.kind === 'does-not-matter') return [];
  if (operator.kind === 'unknown')
    return [
      finding(
        operatorUnknown,
        'it cannot be tried whether you still get in: nobody knows from where you are logged in',
        {
          help: 'name your address with --operator ADDRESS, or say --allow-lockout',
        },
      ),
    ];
  const flow = loginFlow(context, operator);
  const result = flow === undefined ? undefined : flowSimulation(context.view, context.together(), 'unknown')(flow);
  if (flow !== undefined && result?.kind === 'passes' && arrivesHere(context, flow, result.destination)) return [];
  const why =
    flow === undefined
      ? 'the host has no route to your address'
      : result?.kind === 'stopped'
        ? result.place === undefined
          ? result.reason
          : `chain ${result.place.family} ${result.place.table} ${result.place.chain} stops it`
        : result?.kind === 'unknown'
          ? `it depends on what cannot be told: ${result.text}`
          : 'it would be sent elsewhere';
  const what = flow === undefined ? 'a new login' : formatFlow(flow);
  return [
    finding(operatorLockedOut, `you could not log in again: ${what}: ${why}`, {
      help: 'allow it in the policy, or apply with --allow-lockout and confirm from elsewhere in time',
    }),
  ];
};

/** The first packet of a new login: it arrives where the answer would leave. */
function loginFlow({ view }: PreflightContext, operator: Extract<Operator, { kind: 'known' }>): Flow | undefined {
  const routing = routingOf(view);
  const route = routing.lookup(operator.address);
  if (route === undefined) return undefined;
  const arrivesBy = route === 'local' ? undefined : route.interface;
  const destination =
    operator.local ??
    (route === 'local' ? operator.address : firstAddress(view, route.interface, operator.address.family));
  if (destination === undefined) return undefined;
  return {
    arrivesBy,
    source: operator.address,
    destination,
    protocol: protocolNumbers.tcp,
    sourcePort: 40_000,
    destinationPort: operator.port,
    icmpType: undefined,
  };
}

function firstAddress(view: PreflightContext['view'], name: string, family: string) {
  const held = view.interfaces.find((one) => one.name === name)?.addresses ?? [];
  return held.find(({ address, scope }) => address.family === family && scope === 'universe')?.address;
}

/** Not translated away to a container. */
function arrivesHere({ view }: PreflightContext, flow: Flow, destination: string): boolean {
  const [value = ''] = destination.split(' ');
  const own = view.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  return own.some((address) => sameAddress(address, { family: flow.destination.family, value: BigInt(value) }));
}
