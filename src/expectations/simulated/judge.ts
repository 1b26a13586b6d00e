/** Rules as the judge of expectations: each flow is simulated, and what became of it is told as a decision. */
import { type Decision, decide, type Meaning, type Receiver } from '../../policy/decide.ts';
import type { Flow } from '../../policy/flow.ts';
import type { PacketInput } from '../../simulator/packet/input.ts';
import type { Judge, Judged } from '../evaluate.ts';
import { isComparable } from './agreement.ts';
import type { SimulatedReceiver, SimulatedWay } from './judged-way.ts';
import type { SimulatedHost } from './simulated-host.ts';

/**
 * Decides by the rules. Where they are not to say what becomes of a packet (the host has no route, say), the meaning of the
 * policy stands; flows that nobody on the host's view could send are left out.
 */
export function rulesAsJudge(host: SimulatedHost, meaning: Meaning): Judge {
  return (flow) => judgedByRules(host, meaning, flow, undefined);
}

/** `packet`: the one that begins the flow, where it is not the usual one. */
export function judgedByRules(
  host: SimulatedHost,
  meaning: Meaning,
  flow: Flow,
  packet: PacketInput | undefined,
): Judged | undefined {
  const decision = decide(meaning, flow);
  if (!isComparable(meaning.atlas, flow, decision)) return decision;
  const entrance = host.entranceOf(flow);
  if (entrance === undefined) return undefined;
  return judgedFrom(host.first(flow, entrance, { trace: false, packet }), flow, decision);
}

/** Several ways are told as one where they come to the same, and are unknown where they do not. */
export function judgedFrom(ways: readonly SimulatedWay[], flow: Flow, meant: Decision): Judged {
  const [first, ...others] = ways;
  if (first === undefined || others.some(({ verdict }) => verdict !== first.verdict))
    return { ...meant, verdict: 'unknown', because: { text: 'it goes one way or another by chance', span: undefined } };
  const { verdict, packet, receiver, reason } = first;
  const because = { text: reason === '' ? 'the rules let it pass' : reason, span: undefined };
  if (verdict !== 'allowed' || packet === undefined || receiver === undefined)
    return { ...meant, verdict: verdict === 'allowed' ? 'unknown' : verdict, because };
  return {
    verdict,
    receiver: receiverFrom(receiver),
    destination: packet.destination,
    destinationPort: flow.destinationPort === undefined ? undefined : packet.destinationPort,
    source: packet.source,
    because,
  };
}

function receiverFrom(receiver: SimulatedReceiver): Receiver {
  switch (receiver.kind) {
    case 'host':
      return { kind: 'host' };
    case 'ports':
      return { kind: 'network' };
    case 'outside':
      return { kind: 'outside', interface: receiver.interface };
    case 'container': {
      const { endpoint } = receiver;
      return endpoint.network.unmanaged
        ? { kind: 'outside', interface: endpoint.network.bridge }
        : { kind: 'container', endpoint };
    }
  }
}
