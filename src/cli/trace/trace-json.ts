/** A trace as JSON: everything, with addresses as text (docs/schemas/trace.json). */
import type { SimulatedReceiver, SimulatedWay } from '../../expectations/simulated/judged-way.ts';
import { formatAddress } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';
import type { Flow } from '../../policy/flow.ts';
import type { PacketView } from '../../simulator/packet/input.ts';
import type { RulePlace, TraceStep } from '../../simulator/trace/trace.ts';
import { positionAt } from '../../source/span.ts';
import { formatVersion } from '../io/diagnostics.ts';
import type { RuleTexts } from './rule-texts.ts';
import type { Judgement, Traced } from './tracing.ts';

export interface TraceJsonOptions {
  readonly host: string;
  /** Where the rules come from: a target, or the files. */
  readonly rules: string | readonly string[];
  readonly texts: RuleTexts;
}

export function traceToJson(traced: Traced, options: TraceJsonOptions): object {
  const ways = (list: readonly SimulatedWay[] | undefined): object | undefined =>
    list?.map((way) => wayToJson(way, options.texts));
  return {
    formatVersion,
    kind: 'trace',
    host: options.host,
    rules: options.rules,
    flow: flowToJson(traced.flow),
    ways: ways(traced.ways),
    ...(traced.judgement === undefined ? {} : { policy: judgementToJson(traced.judgement) }),
    ...(traced.reply === undefined ? {} : { reply: ways(traced.reply) }),
    ...(traced.later === undefined ? {} : { later: ways(traced.later) }),
  };
}

export function flowToJson(flow: Flow): object {
  return {
    arrivesBy: flow.arrivesBy,
    source: formatAddress(flow.source),
    destination: formatAddress(flow.destination),
    protocol: protocolName(flow.protocol),
    sourcePort: flow.sourcePort,
    destinationPort: flow.destinationPort,
    icmpType: flow.icmpType,
  };
}

export function wayToJson(way: SimulatedWay, texts: RuleTexts): object {
  return {
    verdict: way.verdict,
    reason: way.reason === '' ? undefined : way.reason,
    receiver: way.receiver && receiverToJson(way.receiver),
    packet: way.packet && packetToJson(way.packet),
    answer: way.answer && packetToJson(way.answer),
    host: way.host,
    rule: way.place && placeToJson(way.place, way.host, texts),
    choices: way.choices,
    steps: way.steps.map((step) => stepToJson(step, texts)),
  };
}

function receiverToJson(receiver: SimulatedReceiver): object {
  if (receiver.kind !== 'container') return receiver;
  const { endpoint, port, kind } = receiver;
  return { kind, container: endpoint.container, network: endpoint.network.name, port };
}

function packetToJson(packet: PacketView): object {
  const { source, destination, protocol, inner, encapsulated, ...rest } = packet;
  return {
    source: formatAddress(source),
    destination: formatAddress(destination),
    protocol: protocolName(protocol),
    ...rest,
    inner: inner && packetToJson(inner),
    ...(encapsulated && { encapsulated: { ...encapsulated, packet: packetToJson(encapsulated.packet) } }),
  };
}

function placeToJson(place: RulePlace, host: string | undefined, texts: RuleTexts): object {
  return { ...place, text: texts.rule(place, host) };
}

function stepToJson(step: TraceStep, texts: RuleTexts): object {
  switch (step.kind) {
    case 'rule':
      return {
        ...step,
        place: placeToJson(step.place, step.host, texts),
        failedBecause: step.failedAt === undefined ? undefined : texts.statement(step.place, step.failedAt, step.host),
      };
    case 'drop':
      return step.place === undefined ? step : { ...step, place: placeToJson(step.place, step.host, texts) };
    default:
      return step;
  }
}

function judgementToJson({ decision, isComparable, problem }: Judgement): object {
  const { span, text } = decision.because;
  return {
    verdict: decision.verdict,
    because: text,
    ...(span === undefined ? {} : { file: span.file.name, line: positionAt(span.file, span.start).line }),
    agrees: isComparable ? problem === undefined : undefined,
    problem,
  };
}
