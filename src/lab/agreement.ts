/** Flows as probes, and what became of them against what the policy means. */
import type { CheckedModel } from '../model/model.ts';
import { addressKey, formatAddress, sameAddress } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Decision, Meaning } from '../policy/decide.ts';
import type { Flow } from '../policy/flow.ts';
import type { Probe, ProbeResult, Sender } from './probe.ts';
import { hostNamespace, type Topology } from './topology.ts';

/** A flow with what is meant, ready to be sent. */
export interface PlannedProbe {
  readonly flow: Flow;
  readonly decision: Decision;
  readonly probe: Probe;
}

/**
 * How a flow is sent in the lab; undefined where the lab has no such sender, nobody is there to receive it, or the host has
 * no route to where it goes (what the host answers then is not for the rules to say).
 */
export function planProbe(
  { atlas }: Meaning,
  topology: Topology,
  flow: Flow,
  decision: Decision,
): PlannedProbe | undefined {
  const from = senderOf(atlas.model, topology, flow);
  if (from === undefined || decision.receiver.kind === 'network') return undefined;
  if (atlas.host.interfaces.length > 0 && atlas.routing.lookup(decision.destination) === undefined) return undefined;
  const probe: Probe = {
    from,
    source: flow.source,
    destination: flow.destination,
    protocol: flow.protocol,
    mode: 'crafted',
    ...(flow.destinationPort === undefined ? {} : { destinationPort: flow.destinationPort }),
    ...(flow.sourcePort === undefined ? {} : { sourcePort: flow.sourcePort }),
    ...(flow.icmpType === undefined ? {} : { icmp: { type: flow.icmpType, code: 0 } }),
  };
  return { flow, decision, probe };
}

function senderOf(model: CheckedModel, topology: Topology, flow: Flow): Sender | undefined {
  if (flow.arrivesBy === undefined) return { kind: 'host' };
  const network = model.networks.find(({ bridge }) => bridge === flow.arrivesBy);
  if (network === undefined) {
    const wires = Object.keys(topology.outsides);
    const name = wires.includes(flow.arrivesBy) ? flow.arrivesBy : wires[0];
    return name === undefined ? undefined : { kind: 'outside', interface: name };
  }
  const endpoints = model.containers
    .flatMap((container) => container.endpoints)
    .filter((endpoint) => endpoint.network === network);
  const owner = endpoints.find((endpoint) =>
    Object.values(endpoint.addresses).some((address) => addressKey(address) === addressKey(flow.source)),
  );
  const sender = owner ?? endpoints[0];
  return sender === undefined ? undefined : { kind: 'container', container: sender.container, network: network.name };
}

/** What disagrees between meaning and kernel, in words; undefined when they agree. */
export function disagreement(
  topology: Topology,
  { flow, decision }: PlannedProbe,
  result: ProbeResult,
): string | undefined {
  switch (decision.verdict) {
    case 'blocked':
      return result.verdict === 'dropped'
        ? undefined
        : `meant: blocked (${decision.because.text}); ${describe(result)}`;
    case 'rejected':
      return rejectedRightly(flow, result) ? undefined : `meant: rejected; ${describe(result)}`;
    case 'allowed':
      return arrivedRightly(topology, decision, result)
        ? undefined
        : `meant: ${describeAllowed(decision)}; ${describe(result)}`;
  }
}

/** "Reject answers TCP with a reset, everything else with port unreachable" (ICMP 3/3, ICMPv6 1/4). */
function rejectedRightly(flow: Flow, { verdict, rejection }: ProbeResult): boolean {
  if (verdict !== 'rejected' || rejection === undefined) return false;
  if (flow.protocol === protocolNumbers.tcp) return rejection.kind === 'tcp-reset';
  return rejection.kind === 'icmp'
    ? rejection.type === 3 && rejection.code === 3
    : rejection.type === 1 && rejection.code === 4;
}

function arrivedRightly(topology: Topology, decision: Decision, { verdict, at }: ProbeResult): boolean {
  if (verdict !== 'delivered' || at === undefined) return false;
  const { receiver } = decision;
  const there =
    receiver.kind === 'host'
      ? at.namespace === hostNamespace
      : receiver.kind === 'container'
        ? at.namespace === topology.containers[receiver.endpoint.container]
        : at.namespace.startsWith('outside/') &&
          (receiver.kind !== 'outside' ||
            receiver.interface === undefined ||
            at.namespace === `outside/${receiver.interface}`);
  const destination =
    sameAddress(at.destination, decision.destination) &&
    (decision.destinationPort === undefined || at.destinationPort === decision.destinationPort);
  return there && destination && (decision.source === undefined || sameAddress(at.source, decision.source));
}

function describeAllowed({ receiver, destination, destinationPort, source, because }: Decision): string {
  const who = receiver.kind === 'container' ? `container ${receiver.endpoint.container}` : receiver.kind;
  const from = source === undefined ? '' : ` from ${formatAddress(source)}`;
  return `delivered to ${who} as ${formatAddress(destination)}${destinationPort === undefined ? '' : ` port ${destinationPort}`}${from} (${because.text})`;
}

function describe({ verdict, at, rejection, error }: ProbeResult): string {
  if (at !== undefined) {
    const port = at.destinationPort === undefined ? '' : ` port ${at.destinationPort}`;
    return `the kernel: ${verdict} at ${at.namespace} as ${formatAddress(at.destination)}${port} from ${formatAddress(at.source)}`;
  }
  if (rejection !== undefined)
    return `the kernel: ${verdict} with ${rejection.kind} ${rejection.type ?? ''}/${rejection.code ?? ''} from ${formatAddress(rejection.from)}`;
  return `the kernel: ${verdict}${error === undefined ? '' : ` (${error})`}`;
}
