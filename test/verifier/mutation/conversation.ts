/** What becomes of a packet, of what answers it, and of what its sender sends next: what rules and a mutant are compared by. */
import type { HostView } from '../../../src/host-view/host-view.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { createSimulation, type Simulation } from '../../../src/simulator/simulation.ts';
import type { TraceStep } from '../../../src/simulator/trace/trace.ts';
import { fateText } from '../../../src/verifier/proof/counterexample.ts';
import { senderBehind } from '../../../src/verifier/proof/link-layer.ts';
import { type Fate, fateOf, type Sent } from '../../../src/verifier/proof/replay.ts';
import type { IsBehind } from '../../../src/verifier/proof/whereabouts.ts';
import { answerOf, nextOf } from '../agreement-point.ts';

/** Longer than anything that a host remembers of earlier packets: how often it has told somebody of errors. */
const longPause = 60_000;

export interface Heard {
  /** What became of each packet, in words. */
  readonly fates: string;
  /** Something may go in more than one way, and the traces do not tell all of them. */
  readonly open: boolean;
}

/** Conversations on one host under one set of rules, each as if it were the only one. */
export class Talk {
  private readonly view: HostView;
  private readonly simulation: Simulation;

  constructor(view: HostView, rulesets: readonly Ruleset[]) {
    this.view = view;
    this.simulation = createSimulation({ hosts: [{ view, rulesets }] });
  }

  /** `isBehind`: who is where on a bridge, whose frames may go out by every port; `note` gets the trace of each packet. */
  about(sent: Sent, isBehind: IsBehind, note?: (trace: readonly TraceStep[]) => void): Heard {
    const { simulation, view } = this;
    simulation.advance(longPause);
    simulation.flushConnections(view.name);
    const fates: Fate[] = [];
    // What became of the host's own answers, resets and errors, as far as anybody could see them.
    const answered = new Set<string>();
    let open = false;
    const say = ({ device, packet }: Sent): Fate => {
      const options = { trace: note !== undefined };
      const { ways } =
        device === undefined
          ? simulation.send(view.name, packet, options)
          : simulation.receive(view.name, device, { sourceMac: senderBehind(view, device), ...packet }, options);
      for (const { trace, choices, answers } of ways) {
        open ||= choices.length > 0;
        note?.(trace);
        for (const { kind } of answers) if (kind !== 'dropped') answered.add(kind);
      }
      const [fate = { kind: 'dropped' as const }, ...others] = ways.map(({ outcomes }) =>
        fateOf(outcomes, view, isBehind),
      );
      const told: Fate = others.some(({ kind }) => kind !== fate.kind)
        ? { kind: 'unknown', text: ways.flatMap(({ choices }) => choices).join(', ') }
        : fate;
      fates.push(told);
      return told;
    };
    const arrived = say(sent);
    if (isItsOwnAnswer(sent) || isFromReceiver(sent, arrived)) return { fates: fateText(arrived), open };
    // Verification tags of SCTP are made up by its two ends: an answer without them is none.
    if (arrived.kind === 'delivered' && sent.packet.protocol !== 132) {
      const answer = answerOf(view, sent, arrived);
      // TCP to the host itself was answered by a reset, and that is all; who else gets no answer says the same again.
      if (answer !== undefined) say(say(answer).kind === 'delivered' ? nextOf(sent) : sent);
    }
    return { fates: [...fates.map(fateText), ...answered].join(', then '), open };
  }
}

/** From an address and port to themselves: both directions of the connection are one, and what follows belongs to neither. */
function isItsOwnAnswer({ packet }: Sent): boolean {
  const { source, destination, sourcePort, destinationPort, type } = packet;
  return source.value === destination.value && sourcePort === destinationPort && type === undefined;
}

/** With the receiver's own address as its source: a kernel takes what comes in like that for forged, and answers nothing. */
function isFromReceiver({ device }: Sent, arrived: Fate): boolean {
  if (device === undefined || arrived.kind !== 'delivered') return false;
  return arrived.packet.source.value === arrived.packet.destination.value;
}

export function sentAsText(sent: Sent): string {
  return JSON.stringify(sent, (_, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));
}
