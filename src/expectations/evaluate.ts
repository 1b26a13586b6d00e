/** `expect` statements against the meaning of the policy: each holds for every packet of its universe, or one packet shows that it does not. */
import type { Expectation, Outcome } from '../model/model.ts';
import { type Address, addressKey, formatAddress, sameAddress } from '../net/address.ts';
import { portRangeContains } from '../net/port.ts';
import { protocolName } from '../net/protocol.ts';
import { isLoopback } from '../policy/atlas.ts';
import { type Decision, decide, type Meaning } from '../policy/decide.ts';
import type { Flow } from '../policy/flow.ts';
import type { PacketInput } from '../simulator/packet/input.ts';
import { loopbackPairs } from './loopback.ts';
import { destinationsOf, isNatural, packetsOf, type Sender, sendersOf, type Universe, universeOf } from './universe.ts';

export type ExpectationResult = Holds | Fails | CoversNothing;

export interface Holds {
  readonly kind: 'holds';
  readonly expectation: Expectation;
  /** Packets that stand for all of the universe. */
  readonly packets: number;
  /** Shown for every packet that it speaks of: that many classes of packets, which nothing tells apart, were judged. */
  readonly classes?: bigint;
}

export interface Fails {
  readonly kind: 'fails';
  readonly expectation: Expectation;
  readonly flow: Flow;
  readonly decision: Judged;
  /** What is wrong about it, in words. */
  readonly problem: string;
  /** With several hosts, the one that sees the packet first; undefined inside a switch. */
  readonly host?: string | undefined;
  /** The packet itself, where it is not the usual one that begins such a flow. */
  readonly packet?: PacketInput;
}

/** No packet of the universe goes from the left to the right: the expectation says nothing. */
export interface CoversNothing {
  readonly kind: 'covers-nothing';
  readonly expectation: Expectation;
}

/** What decides flows: the meaning of the policy, or rules. Undefined: it does not speak of this flow. */
export type Judge = (flow: Flow) => Judged | undefined;

/** `unknown`: the verdict depends on something that is not modelled; `because` says on what. */
export type Judged = Decision | (Omit<Decision, 'verdict'> & { readonly verdict: 'unknown' });

export function evaluateExpectations(meaning: Meaning): readonly ExpectationResult[] {
  if (meaning.atlas.model.expectations.length === 0) return [];
  return expectationsJudgedBy((flow) => decide(meaning, flow), universeOf(meaning.atlas));
}

/** Each expectation of the policy, by whoever decides its flows. */
export function expectationsJudgedBy(judge: Judge, universe: Universe): readonly ExpectationResult[] {
  return universe.model.expectations.map((expectation) => evaluate(judge, universe, expectation));
}

function evaluate(decideFlow: Judge, universe: Universe, expectation: Expectation): ExpectationResult {
  let packets = 0;
  const packetsFor = packetsTowards(universe, expectation);
  for (const { sender, destination } of pairs(universe, expectation)) {
    if (!concerns(expectation.outcome, destination)) continue;
    const natural = isNatural(sender, destination);
    for (const packet of packetsFor(destination)) {
      const flow: Flow = { ...packet, arrivesBy: sender.arrivesBy, source: sender.address, destination };
      const decision = decideFlow(flow);
      if (decision === undefined) continue;
      const judged = judge(expectation.outcome, flow, decision, natural);
      if (judged === 'outside') continue;
      packets++;
      if (judged !== 'holds') return { kind: 'fails', expectation, flow, decision, problem: judged.problem };
    }
  }
  return packets === 0 ? { kind: 'covers-nothing', expectation } : { kind: 'holds', expectation, packets };
}

function* pairs(universe: Universe, expectation: Expectation): Generator<{ sender: Sender; destination: Address }> {
  const senders = expectation.from.flatMap((subject) => sendersOf(universe, subject));
  const destinations = expectation.to.flatMap((subject) => destinationsOf(universe, subject));
  for (const sender of senders) {
    for (const destination of destinations) {
      if (sender.address.family === destination.family && !sameAddress(sender.address, destination))
        yield { sender, destination };
    }
  }
  yield* loopbackPairs(universe.model, expectation);
}

/** `reaches` speaks of the families that the container has, `leaves as` of the family of its address. */
export function concerns(outcome: Outcome, destination: Address): boolean {
  if (outcome.kind === 'leaves-as') return outcome.address.family === destination.family;
  if (outcome.kind !== 'reaches') return true;
  return outcome.container.endpoints.some((endpoint) => endpoint.addresses[destination.family] !== undefined);
}

/** What is sent towards an address, by its family and whether it is the host's; worked out once an expectation. */
function packetsTowards(
  universe: Universe,
  expectation: Expectation,
): (destination: Address) => ReturnType<typeof packetsOf> {
  const host = new Set(universe.hostAddresses.map(addressKey));
  const known = new Map<string, ReturnType<typeof packetsOf>>();
  return (destination) => {
    const toHost = host.has(addressKey(destination)) || isLoopback(destination);
    const kind = `${destination.family} ${toHost}`;
    const packets =
      known.get(kind) ??
      expectation.services.flatMap((service) => packetsOf(universe, service, destination.family, toHost));
    known.set(kind, packets);
    return packets;
  };
}

/**
 * What a packet says about an outcome. What must pass has to pass as the sender's own routing sends it; what must not pass
 * must not pass from any of its addresses. `outside`: the outcome does not speak of this packet.
 */
export function judge(
  outcome: Outcome,
  flow: Flow,
  decision: Judged,
  natural: boolean,
): 'holds' | 'outside' | { readonly problem: string } {
  if (decision.verdict === 'unknown') return { problem: `it cannot be told: ${decision.because.text}` };
  switch (outcome.kind) {
    case 'allowed':
      if (!natural) return 'outside';
      return decision.verdict === 'allowed' ? 'holds' : { problem: `it is ${decision.verdict}` };
    case 'blocked':
      return decision.verdict === 'allowed' ? { problem: 'it is allowed' } : 'holds';
    case 'rejected':
      if (!natural) return decision.verdict === 'allowed' ? { problem: 'it is allowed' } : 'outside';
      return decision.verdict === 'rejected' ? 'holds' : { problem: `it is ${decision.verdict}` };
    case 'reaches':
      return natural ? judgeReaches(outcome, flow, decision) : 'outside';
    case 'leaves-as': {
      if (!natural || decision.verdict !== 'allowed' || decision.receiver.kind !== 'outside') return 'outside';
      if (decision.source === undefined)
        return { problem: 'the address it leaves as is not known: the host declares no address on that interface' };
      return sameAddress(decision.source, outcome.address)
        ? 'holds'
        : { problem: `it leaves as ${formatAddress(decision.source)}` };
    }
  }
}

function judgeReaches(
  outcome: Extract<Outcome, { kind: 'reaches' }>,
  flow: Flow,
  decision: Judged,
): 'holds' | { readonly problem: string } {
  if (decision.verdict !== 'allowed') return { problem: `it is ${decision.verdict}` };
  const { receiver, destinationPort } = decision;
  const wanted = outcome.container.name;
  if (receiver.kind !== 'container')
    return { problem: `it reaches ${receiver.kind === 'host' ? 'the host itself' : 'no container'}` };
  if (receiver.endpoint.container !== wanted) return { problem: `it reaches ${receiver.endpoint.container}` };
  if (outcome.service === undefined) return 'holds';
  if (flow.protocol !== outcome.service.protocol)
    return { problem: `it reaches ${wanted} by ${protocolName(flow.protocol)}` };
  const fits = destinationPort !== undefined && portRangeContains(outcome.service.ports, destinationPort);
  return fits ? 'holds' : { problem: `it reaches port ${destinationPort ?? 'none'}` };
}

/** A flow in words: `172.17.0.2 on docker0 -> 198.51.100.7 tcp/443`. */
export function formatFlow(flow: Flow): string {
  const what = flow.icmpType !== undefined ? `type ${flow.icmpType}` : flow.destinationPort;
  const arrives = flow.arrivesBy === undefined ? ' (the host itself)' : ` on ${flow.arrivesBy}`;
  return `${formatAddress(flow.source)}${arrives} -> ${formatAddress(flow.destination)} ${protocolName(flow.protocol)}${what === undefined ? '' : `/${what}`}`;
}
