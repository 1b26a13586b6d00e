/** What became of a simulated packet, as the policy speaks of it: allowed to whom, blocked or rejected by what, and where. */
import type { Endpoint } from '../../model/model.ts';
import type { PacketView } from '../../simulator/packet/input.ts';
import type { Crossing, Outcome, Way } from '../../simulator/simulation.ts';
import type { RulePlace, TraceStep } from '../../simulator/trace/trace.ts';
import type { Places } from './places.ts';

export type SimulatedVerdict = 'allowed' | 'blocked' | 'rejected' | 'unknown';

/** Where a simulated packet ended. */
export type SimulatedReceiver =
  | { readonly kind: 'host'; readonly interface: string }
  | { readonly kind: 'container'; readonly endpoint: Endpoint; readonly port: string }
  /** Out of bridge ports behind which no container is known. */
  | { readonly kind: 'ports'; readonly ports: readonly string[] }
  | { readonly kind: 'outside'; readonly interface: string };

/** One way that things may have gone. */
export interface SimulatedWay {
  readonly verdict: SimulatedVerdict;
  /** The host where it ended; undefined where nothing took the packet in. */
  readonly host?: string | undefined;
  /** For allowed flows. */
  readonly receiver: SimulatedReceiver | undefined;
  /** The packet where it ended, for allowed flows. */
  readonly packet: PacketView | undefined;
  /** For rejected flows: what went back. */
  readonly answer: PacketView | undefined;
  /** Why it ended, in words; empty for allowed flows. */
  readonly reason: string;
  /** The rule that ended it, or that is not understood. */
  readonly place: RulePlace | undefined;
  /** Where it went from host to host. */
  readonly crossings?: readonly Crossing[];
  /** The steps of the packet itself, without those of answers. */
  readonly steps: readonly TraceStep[];
  readonly choices: readonly string[];
}

type Arrival = Extract<Outcome, { kind: 'delivered' | 'left' }>;

/** `placesAt`: what is known about each host of the simulation. */
export function judgeWay(
  { outcomes, crossings, choices, trace }: Way,
  placesAt: (host: string) => Places | undefined,
): SimulatedWay {
  const steps = ownSteps(trace);
  const nothing = { receiver: undefined, packet: undefined, answer: undefined, reason: '', place: undefined };
  const base = { ...nothing, crossings, steps, choices };
  const unknown = outcomes.find(({ kind }) => kind === 'unknown');
  if (unknown?.kind === 'unknown')
    return { ...base, verdict: 'unknown', host: unknown.host, reason: unknown.text, place: unknown.place };
  const arrived = outcomes.flatMap((outcome) =>
    outcome.kind === 'delivered' || outcome.kind === 'left' ? [outcome] : [],
  );
  const [first] = arrived;
  const places = first && placesAt(first.host);
  if (first !== undefined && places !== undefined) {
    const tunnelled = throughTunnel(places, first.packet);
    if (tunnelled !== undefined) return { ...base, verdict: 'allowed', host: first.host, ...tunnelled };
    const receiver = receiverOf(places, arrived);
    return { ...base, verdict: 'allowed', host: first.host, receiver, packet: first.packet };
  }
  const rejected = outcomes.find(({ kind }) => kind === 'rejected');
  if (rejected?.kind === 'rejected') {
    const { host, reason, place, answer } = rejected;
    return { ...base, verdict: 'rejected', host, reason, place, answer };
  }
  const dropped = outcomes.find(({ kind }) => kind === 'dropped');
  if (dropped?.kind === 'dropped') {
    const { host, reason, place } = dropped;
    return { ...base, verdict: 'blocked', host, reason, place };
  }
  const failed = outcomes.find(({ kind }) => kind === 'send-error');
  const reason = failed?.kind === 'send-error' ? sendErrors[failed.error] : 'nothing takes it in';
  return { ...base, verdict: 'blocked', host: failed?.host, reason };
}

/** What leaves in a datagram of a tunnel is for the container at its other end. */
function throughTunnel(
  places: Places,
  { encapsulated }: PacketView,
): Pick<SimulatedWay, 'receiver' | 'packet'> | undefined {
  if (encapsulated === undefined) return undefined;
  const { identifier, packet } = encapsulated;
  const held = places.view.interfaces.find(({ tunnel }) => tunnel?.identifier === identifier);
  if (held === undefined) return undefined;
  const endpoint = places.ownerOf(held.bridgePort?.bridge ?? '', packet.destination);
  const receiver: SimulatedReceiver =
    endpoint === undefined || places.portOf(endpoint) !== held.name
      ? { kind: 'ports', ports: [held.name] }
      : { kind: 'container', endpoint, port: held.name };
  return { receiver, packet };
}

function receiverOf(places: Places, arrived: readonly Arrival[]): SimulatedReceiver {
  const [first] = arrived;
  if (first === undefined || first.kind === 'delivered') return { kind: 'host', interface: first?.interface ?? 'lo' };
  const isPort = (name: string): boolean => places.interfaceNamed(name)?.bridgePort !== undefined;
  const endpoint = places.endpointAt(first.interface);
  if (endpoint === undefined && !isPort(first.interface)) return { kind: 'outside', interface: first.interface };
  const trunk = places.interfaceNamed(first.interface)?.bridgePort;
  if (trunk?.vlan?.kind === 'trunk' && arrived.length === 1) return { kind: 'outside', interface: trunk.bridge };
  const lan = [...places.nicOf].find(([, nic]) => nic === first.interface)?.[0];
  if (lan !== undefined && arrived.length === 1) return { kind: 'outside', interface: lan };
  if (arrived.length === 1 && endpoint !== undefined) return { kind: 'container', endpoint, port: first.interface };
  return { kind: 'ports', ports: arrived.map((outcome) => outcome.interface) };
}

const sendErrors: Readonly<Record<Extract<Outcome, { kind: 'send-error' }>['error'], string>> = {
  EPERM: 'a rule forbids it to the sending program (EPERM)',
  EINVAL: 'the kernel does not send such a packet (EINVAL)',
  ENETUNREACH: 'the host has no route there (ENETUNREACH)',
  EHOSTUNREACH: 'the next hop cannot be reached (EHOSTUNREACH)',
  EACCES: 'a route forbids it (EACCES)',
  EADDRNOTAVAIL: 'the host has no address to send from (EADDRNOTAVAIL)',
  EMSGSIZE: 'it is too large (EMSGSIZE)',
  EPIPE: 'its connection is over (EPIPE)',
};

/** Up to where the packet ended: what follows are answers to it. A packet that a bridge floods ends once a port. */
function ownSteps(trace: readonly TraceStep[]): readonly TraceStep[] {
  const end = trace.findIndex(({ kind }) => kind === 'drop' || kind === 'deliver');
  return end < 0 ? trace : trace.slice(0, end + 1);
}
