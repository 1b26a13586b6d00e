/** Flows as probes, and what became of them against what the policy means. */
import { isLan } from '../model/lan.ts';
import type { Endpoint } from '../model/model.ts';
import { type Address, addressKey, formatAddress, sameAddress } from '../net/address.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Atlas } from '../policy/atlas.ts';
import type { Decision, Meaning, Receiver } from '../policy/decide.ts';
import type { Flow } from '../policy/flow.ts';
import type { Probe, ProbeResult, Sender } from './probe.ts';
import type { Topology } from './topology.ts';

/** A flow with what is meant, ready to be sent. */
export interface PlannedProbe {
  readonly flow: Flow;
  readonly decision: Decision;
  readonly probe: Probe;
}

/**
 * How a flow is sent in the lab; undefined where the lab has no such sender, nobody is there to receive it, or the host has
 * no route to where it goes (what the host answers then is not for the rules to say; an isolated bridge has none), or where
 * both ends are on one wire outside, which is one namespace here; where a refusal would go elsewhere than the packet came
 * from; where a container speaks to itself with an address of its own, which its kernel takes for forged.
 */
export function planProbe(
  { atlas }: Meaning,
  topology: Topology,
  flow: Flow,
  decision: Decision,
): PlannedProbe | undefined {
  const from = senderOf(atlas, topology, flow);
  if (from === undefined || decision.receiver.kind === 'network') return undefined;
  if (!hasPath(atlas, flow, decision)) return undefined;
  const { receiver } = decision;
  if (
    from.kind === 'outside' &&
    receiver.kind === 'outside' &&
    [undefined, from.interface].includes(receiver.interface)
  )
    return undefined;
  if (decision.verdict === 'rejected' && !isAnswered(atlas, flow)) return undefined;
  const itself =
    receiver.kind === 'container' && from.kind === 'container' && receiver.endpoint.container === from.container;
  if (itself && decision.source !== undefined && sameAddress(decision.source, flow.source)) return undefined;
  const probe: Probe = {
    from,
    source: flow.source,
    destination: flow.destination,
    protocol: flow.protocol,
    mode: 'crafted',
    ...(flow.destinationPort === undefined ? {} : { destinationPort: flow.destinationPort }),
    ...(flow.sourcePort === undefined ? {} : { sourcePort: flow.sourcePort }),
    ...(flow.icmpType === undefined ? {} : { icmp: { type: flow.icmpType, code: 0 } }),
    ...(from.kind === 'container' ? nextHopOnLan(atlas, topology, from, flow, receiver) : {}),
  };
  return { flow, decision, probe };
}

/** The side of the host that a receiver is on. */
function sideOf(receiver: Receiver): string | undefined {
  if (receiver.kind === 'container') return receiver.endpoint.network.bridge;
  return receiver.kind === 'outside' ? receiver.interface : undefined;
}

/** Whether the wires of the policy lead from the sender to the receiver at all, whatever the rules say. */
export function hasPath(atlas: Atlas, flow: Flow, { receiver, destination, verdict }: Decision): boolean {
  const sender = atlas.networkOfBridge.get(flow.arrivesBy ?? '');
  const ends = sender && atlas.containersOnWire.get(sender);
  if (ends !== undefined)
    return receiver.kind === 'container' && ends.some(({ name }) => name === receiver.endpoint.container);
  if (flow.arrivesBy !== undefined && sideOf(receiver) === flow.arrivesBy) return true;
  if (receiver.kind === 'container' && receiver.endpoint.network.gatewayMode === 'isolated') return false;
  if (
    sender?.networkKind === 'macvlan' &&
    verdict !== 'blocked' &&
    atlas.endpointOfAddress.has(addressKey(flow.source))
  )
    return false;
  return atlas.host.interfaces.length === 0 || atlas.routing.lookup(destination) !== undefined;
}

/**
 * A container on a LAN picks its next hop itself: what the meaning lets past the host goes to the gateway on the LAN, all
 * else is put before the host, whatever the container's own routes say.
 */
function nextHopOnLan(
  atlas: Atlas,
  topology: Topology,
  { container, network }: Extract<Sender, { kind: 'container' }>,
  flow: Flow,
  receiver: Receiver,
): Pick<Probe, 'via'> {
  const sender = atlas.networkOfBridge.get(flow.arrivesBy ?? '');
  const attachment = topology.attachments.find((one) => one.container === container && one.network === network);
  if (attachment === undefined || sender === undefined || !isLan(sender)) return {};
  const bridged = flow.arrivesBy !== undefined && sideOf(receiver) === flow.arrivesBy;
  const isHostBeside =
    atlas.model.elsewhere?.hosts.some(({ address }) => sameAddress(address, flow.destination)) ?? false;
  if (bridged && (receiver.kind !== 'outside' || isHostBeside)) return {};
  const mac = bridged ? topology.outsides[sender.bridge]?.mac : attachment.bridgeMac;
  return mac === undefined ? {} : { via: { interface: attachment.interface, mac } };
}

/** Whether what the host says to a source goes back the way the packet came. */
export function isAnswered({ routing }: Atlas, flow: Flow): boolean {
  const route = routing.lookup(flow.source);
  return flow.arrivesBy === undefined || (typeof route === 'object' && route.interface === flow.arrivesBy);
}

function senderOf({ model, view, endpointOfAddress }: Atlas, topology: Topology, flow: Flow): Sender | undefined {
  if (flow.arrivesBy === undefined) return { kind: 'host' };
  const network = model.networks.find(({ bridge }) => bridge === flow.arrivesBy);
  const isNeighbour =
    network !== undefined && isLan(network) && endpointOfAddress.get(addressKey(flow.source))?.network !== network;
  if (network === undefined || isNeighbour) {
    const wires = Object.keys(topology.outsides);
    const name = wires.includes(flow.arrivesBy) ? flow.arrivesBy : wires[0];
    const known = view.interfaces.find((one) => one.name === name);
    const speaks = known === undefined || known.addresses.some(({ address }) => address.family === flow.source.family);
    if (!speaks) return undefined;
    return name === undefined ? undefined : { kind: 'outside', interface: name };
  }
  const endpoints = model.containers
    .flatMap((container) => container.endpoints)
    .filter((endpoint) => endpoint.network === network);
  const owns = (endpoint: Endpoint, address: Address): boolean =>
    Object.values(endpoint.addresses).some((own) => sameAddress(own, address));
  const owner = endpoints.find((endpoint) => owns(endpoint, flow.source));
  const receivers = new Set(
    model.containers
      .filter((container) => container.endpoints.some((endpoint) => owns(endpoint, flow.destination)))
      .map(({ name }) => name),
  );
  const other = endpoints.find(({ container }) => !receivers.has(container));
  const sender = owner ?? other; // what a container sends to itself never leaves it
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
  const there = isThere(topology, receiver, at.namespace);
  const destination =
    sameAddress(at.destination, decision.destination) &&
    (decision.destinationPort === undefined || at.destinationPort === decision.destinationPort);
  return there && destination && (decision.source === undefined || sameAddress(at.source, decision.source));
}

function isThere(topology: Topology, receiver: Receiver, namespace: string): boolean {
  switch (receiver.kind) {
    case 'host':
      return namespace === topology.host;
    case 'container':
      return namespace === topology.containers[receiver.endpoint.container];
    case 'outside':
      return isOutside(topology, receiver.interface, namespace);
    case 'network':
      return false;
  }
}

/** The namespaces behind an outside interface: the world, or the containers of a network that ctfw does not manage. */
function isOutside(topology: Topology, name: string | undefined, namespace: string): boolean {
  if (name === undefined) return namespace.startsWith('outside/');
  const outside = topology.outsides[name];
  if (outside !== undefined) return namespace === outside.namespace;
  return namespace.startsWith('container/');
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
