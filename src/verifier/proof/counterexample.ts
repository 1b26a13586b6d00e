/** A violation as one packet, replayed in the simulator and judged by decide(): only what both confirm is a counterexample. */
import type { HostView } from '../../host-view/host-view.ts';
import { type Address, formatAddress, sameAddress } from '../../net/address.ts';
import { addressSetContains } from '../../net/address-set.ts';
import { protocolName } from '../../net/protocol.ts';
import { type Decision, decide, type Meaning } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { PacketView } from '../../simulator/packet/input.ts';
import type { TraceStep } from '../../simulator/trace/trace.ts';
import type { ChainOrder } from '../run/hooks/hook-lists.ts';
import { empty } from '../sets/diagrams.ts';
import { addressOfValue, addressValue } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import { type ExamplePacket, type Point, packetAt, pointOf, pointSet, restsOn, valueAt } from './example.ts';
import { frameAddress, lanMachine } from './link-layer.ts';
import type { ObligationName, Violation } from './obligations.ts';
import {
  type Answering,
  type Fate,
  firstPacket,
  type LoadedRules,
  type Replayed,
  replay,
  replayLater,
  type Scene,
  type Sent,
  untouchedHost,
} from './replay.ts';
import { whereaboutsIn } from './whereabouts.ts';

export interface Counterexample {
  readonly obligation: ObligationName;
  /** The first packet of the connection, or the only one. */
  readonly packet: ExamplePacket;
  /** Everything that is sent, in order; the last one is judged. */
  readonly packets: readonly Sent[];
  /** What is meant, and what happens, in words. */
  readonly expected: string;
  readonly got: string;
  /** What the policy says about the first packet. */
  readonly decision: Decision;
  readonly trace: readonly TraceStep[];
  /** The simulator and decide() agree that the rules are wrong. */
  readonly confirmed: boolean;
  /** What is not modelled and decided here. */
  readonly restsOn: readonly string[];
  /** The host as it was simulated. */
  readonly view: HostView;
}

/** So many packets of a violation are tried before it counts as one that nobody confirms. */
const mostTried = 6;

/**
 * Some packets of a violation may come to nothing for reasons of their own, as one that is sent to its own sender: others,
 * between other addresses, are tried then.
 */
export function counterexampleOf(
  space: Space,
  meaning: Meaning,
  view: HostView,
  rulesets: readonly Ruleset[],
  violation: Violation,
  chainOrder?: ChainOrder,
): Counterexample {
  const { diagrams } = space;
  let { set } = violation;
  let first: Counterexample | undefined;
  for (let tried = 0; tried < mostTried && set !== empty; tried++) {
    const { example, point } = counterexampleAt(space, meaning, view, { rulesets, chainOrder }, { ...violation, set });
    if (example.confirmed) return example;
    first ??= example;
    if (example.restsOn.length > 0) return first;
    set = diagrams.subtract(set, pointSet(point, ['source', 'destination'], false));
  }
  if (first === undefined) throw new RangeError('there is no packet in an empty set');
  return first;
}

function counterexampleAt(
  space: Space,
  meaning: Meaning,
  view: HostView,
  rules: LoadedRules,
  violation: Violation,
): { readonly example: Counterexample; readonly point: Point } {
  const stateful = violation.kind !== undefined && violation.kind.first === false;
  const point = pointOf(space, violation.set, stateful && violation.kind?.state !== 1 ? [['protocol', 17]] : []);
  const packet = packetAt(point);
  const decision = decide(meaning, flowOf(packet));
  const replayed = replayOf(space, view, rules, violation, packet);
  const fate = replayed?.fate ?? { kind: 'dropped' as const };
  const example: Counterexample = {
    obligation: violation.obligation,
    packet,
    packets: replayed?.packets ?? [],
    expected: expectedText(violation, decision),
    got: fateText(fate),
    decision,
    trace: replayed?.trace ?? [],
    confirmed: replayed !== undefined && confirms(violation, point, decision, fate),
    restsOn: restsOn(point),
    view,
  };
  return { example, point };
}

export function flowOf(packet: ExamplePacket): Flow {
  const { origin, source, destination, protocol, sourcePort, destinationPort, icmpType } = packet;
  const hasPorts = [6, 17, 33, 132, 136].includes(protocol);
  const isIcmp = protocol === 1 || protocol === 58;
  return {
    arrivesBy: origin.input,
    source,
    destination,
    protocol,
    sourcePort: hasPorts ? sourcePort : undefined,
    destinationPort: hasPorts ? destinationPort : undefined,
    icmpType: isIcmp ? icmpType : undefined,
  };
}

function replayOf(
  space: Space,
  view: HostView,
  rules: LoadedRules,
  { kind, obligation }: Violation,
  packet: ExamplePacket,
): Replayed | undefined {
  const scene: Scene = { view, isBehind: whereaboutsIn(space), untouched: untouchedHost(view, rules) };
  if (obligation === 'frames past the host') {
    const { device, packet: sent } = firstPacket(packet, true);
    return replay(scene, [{ device, packet: { ...sent, destinationMac: lanMachine } }]);
  }
  if (kind === undefined) return replay(scene, [firstPacket(packet, true)]);
  if (obligation === 'forged first packets' || obligation === 'packets that start nothing')
    return replay(scene, [firstPacket(packet, false)]);
  if (obligation === 'answers of a reject') return replay(scene, [firstPacket(packet, true)]);
  const answersAt = (received: PacketView, at: string): Answering => answeringAt(space, received, at);
  if (obligation === 'forged packets of a connection' || obligation === 'forged replies') {
    const forgedAt = packet.origin.device;
    for (const origin of space.origins) {
      const replayed = replayLater(scene, { ...packet, origin }, kind, answersAt, forgedAt);
      if (replayed !== undefined && origin.device !== forgedAt) return replayed;
    }
    return undefined;
  }
  return replayLater(scene, packet, kind, answersAt, 'natural');
}

/** How the receiver of a packet answers it. */
export function answeringAt(space: Space, { source, destination }: PacketView, at: string): Answering {
  const device = deviceBehind(space, destination, at);
  const origin = space.origins.find((one) => one.device !== undefined && one.device === device);
  const isOnLan = origin?.bridge !== undefined && space.lans.has(origin.bridge);
  return { device, lanAddress: isOnLan ? frameAddress(space, origin, source) : undefined };
}

/** Where an answer comes in when a packet was delivered somewhere: by the port of the receiver, or the host itself answers. */
function deviceBehind(space: Space, receiver: Address, at: string): string | undefined {
  const { kind } = space.decisionOfClass(space.partitions.address.classOf(addressValue(receiver)));
  if (kind === 'local') return undefined; // whatever interface has the address
  const reached =
    space.origins.find(({ input, device }) => input === at || device === at) ??
    space.origins.find(({ bridge }) => bridge !== undefined && isPortOf(space, at, bridge));
  if (reached?.input === undefined) return undefined;
  const bound = space.ports?.find(({ addresses }) => addressSetContains(addresses, receiver))?.port;
  if (bound !== undefined) return bound;
  const lan = reached.bridge === undefined ? undefined : space.lans.get(reached.bridge);
  if (lan !== undefined && !addressSetContains(lan.given, receiver)) return lan.nic;
  const named = new Set([...(space.ports ?? []).map(({ port }) => port), ...(lan === undefined ? [] : [lan.nic])]);
  return space.origins.find(
    ({ input, device }) => input === reached.input && device !== undefined && !named.has(device),
  )?.device;
}

/** Ports that nothing tells apart stand for each other: where a packet went may be another one than the origin that stands for it. */
function isPortOf({ view }: Space, name: string, bridge: string): boolean {
  return view.interfaces.some((entry) => entry.name === name && entry.bridgePort?.bridge === bridge);
}

function confirms(
  { side, rejected, obligation, binding }: Violation,
  point: Point,
  decision: Decision,
  fate: Fate,
): boolean {
  const first = obligation === 'first packets' || obligation === 'first packets without br_netfilter';
  if (fate.kind === 'unknown') return false;
  if (obligation === 'answers of a reject') return fate.kind === 'dropped';
  if (!first && rejected !== '') return fate.kind === 'rejected';
  if (!first) return side === 'rules' ? fate.kind === 'delivered' : fate.kind !== 'delivered';
  if (rejected !== '')
    return side === 'rules' ? fate.kind === 'rejected' : fate.kind !== 'rejected' && decision.verdict === 'rejected';
  const asClaimed = fate.kind === 'delivered' && translatedAs(binding, point, fate);
  if (side === 'policy') return !asClaimed && decision.verdict === 'allowed';
  return asClaimed && !(decision.verdict === 'allowed' && meansThis(decision, fate));
}

/** The packet was delivered with the addresses that the point says. */
function translatedAs(
  binding: Violation['binding'],
  point: Point,
  { packet }: Extract<Fate, { kind: 'delivered' }>,
): boolean {
  const { family } = point.space;
  const holds = (
    field: 'source' | 'seenSource' | 'destination' | 'realDestination',
    shown: typeof packet.source,
  ): boolean => {
    const index = point.space.partitions.address;
    return sameAddress(
      addressOfValue(family, index.firstOf(index.classOf(valueAt(point, field)))),
      addressOfValue(family, index.firstOf(index.classOf(family === 'ipv4' ? Number(shown.value) : shown.value))),
    );
  };
  return holds(binding.source, packet.source) && holds(binding.destination, packet.destination);
}

function meansThis(decision: Decision, { packet }: Extract<Fate, { kind: 'delivered' }>): boolean {
  const port = decision.destinationPort === undefined || decision.destinationPort === packet.destinationPort;
  const source = decision.source === undefined || sameAddress(decision.source, packet.source);
  return port && source && sameAddress(decision.destination, packet.destination);
}

function expectedText({ obligation, side, rejected }: Violation, decision: Decision): string {
  switch (obligation) {
    case 'first packets':
      return decisionText(decision);
    case 'first packets without br_netfilter':
      return decision.verdict === 'allowed' ? decisionText(decision) : 'blocked, also without br_netfilter';
    case 'answers of a reject':
      return `rejected (${rejected}), and the answer gets out`;
    default:
      return side === 'policy' ? 'delivered: it belongs to a connection that was accepted' : 'dropped';
  }
}

function decisionText({ verdict, destination, destinationPort, source, because }: Decision): string {
  if (verdict !== 'allowed') return `${verdict} (${because.text})`;
  const port = destinationPort === undefined ? '' : ` port ${destinationPort}`;
  const seen = source === undefined ? '' : `, seen as ${formatAddress(source)}`;
  return `delivered to ${formatAddress(destination)}${port}${seen} (${because.text})`;
}

export function fateText(fate: Fate): string {
  switch (fate.kind) {
    case 'delivered': {
      const { destination, destinationPort, source, protocol } = fate.packet;
      const port = [6, 17, 132].includes(protocol) ? ` port ${destinationPort}` : '';
      return `delivered to ${formatAddress(destination)}${port} by ${fate.at}, seen as ${formatAddress(source)}`;
    }
    case 'rejected':
      return fate.reset ? 'rejected with a TCP reset' : `rejected with an ICMP error, code ${fate.code}`;
    case 'dropped':
      return 'dropped';
    case 'unknown':
      return `not known: ${fate.text}`;
  }
}

/** A sent packet in words. */
export function sentText({ device, packet }: Sent): string {
  const port = (value: number | undefined): string => (value === undefined ? '' : ` port ${value}`);
  const what =
    packet.inner !== undefined
      ? `an ICMP error (type ${packet.type}) about ${formatAddress(packet.inner.source)} -> ${formatAddress(packet.inner.destination)}`
      : packet.type !== undefined
        ? `${protocolName(packet.protocol)} type ${packet.type}`
        : protocolName(packet.protocol);
  const from = device === undefined ? 'from the host itself' : `arriving at ${device}`;
  return `${formatAddress(packet.source)}${port(packet.sourcePort)} -> ${formatAddress(packet.destination)}${port(packet.destinationPort)}, ${what}, ${from}`;
}
