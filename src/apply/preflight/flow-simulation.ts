/** Sends the first packet of a flow through rulesets on a host view, and tells in a word what became of it. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { ChainOrder } from '../../simulator/host/hook-lists.ts';
import { createSimulation, type Outcome } from '../../simulator/simulation.ts';
import type { RulePlace } from '../../simulator/trace/trace.ts';

export type FlowResult =
  /** It came to its end or left the host, with this destination. */
  | { readonly kind: 'passes'; readonly destination: string }
  | { readonly kind: 'stopped'; readonly place: RulePlace | undefined; readonly reason: string }
  /** It depends on what is not modelled. */
  | { readonly kind: 'unknown'; readonly place: RulePlace | undefined; readonly text: string };

/**
 * A simulation of one host; each flow is tried on connections as they were before any. Neighbours are taken to answer.
 * `chainOrder`: which chain of others was registered first no listing tells [4]; what depends on it is not known.
 */
export function flowSimulation(
  view: HostView,
  rulesets: readonly Ruleset[],
  chainOrder: ChainOrder,
): (flow: Flow) => FlowResult | undefined {
  const reachable: HostView = { ...view, neighbours: undefined };
  const simulation = createSimulation({ hosts: [{ view: reachable, rulesets, chainOrder }] });
  return (flow) => {
    const packet = {
      source: flow.source,
      destination: flow.destination,
      protocol: flow.protocol,
      sourcePort: flow.sourcePort ?? 40_000,
      ...(flow.destinationPort !== undefined && { destinationPort: flow.destinationPort }),
      ...(flow.icmpType !== undefined && { type: flow.icmpType, code: 0, identifier: 1 }),
    };
    simulation.flushConnections(view.name);
    if (flow.arrivesBy === undefined) return resultOf(simulation.send(view.name, packet).ways);
    const entry = entryOf(view, flow.arrivesBy);
    if (entry === undefined) return undefined;
    return resultOf(simulation.receive(view.name, entry, packet).ways);
  };
}

/** The interface itself, or a port of the bridge. */
function entryOf(view: HostView, name: string): string | undefined {
  const held = view.interfaces.find((one) => one.name === name);
  if (held === undefined || held.kind !== 'bridge') return held?.name;
  return view.interfaces.find(({ bridgePort }) => bridgePort?.bridge === name)?.name;
}

/** Where things may go several ways, and not all of them stop the packet, nobody can tell. */
function resultOf(ways: readonly { readonly outcomes: readonly Outcome[] }[]): FlowResult | undefined {
  const results = ways.map(({ outcomes }) => resultOfWay(outcomes));
  const unknown = results.find((result) => result?.kind === 'unknown');
  const stopped = results.find((result) => result?.kind === 'stopped');
  if (unknown !== undefined || stopped === undefined) return unknown ?? results.find((result) => result !== undefined);
  const passes = results.some((result) => result?.kind === 'passes');
  return passes ? { kind: 'unknown', place: stopped.place, text: `${stopped.reason}, or not` } : stopped;
}

/** Of several copies of a packet, one that is stopped counts. */
function resultOfWay(outcomes: readonly Outcome[]): FlowResult | undefined {
  const unknown = outcomes.find((outcome) => outcome.kind === 'unknown');
  if (unknown?.kind === 'unknown') return { kind: 'unknown', place: unknown.place, text: unknown.text };
  for (const outcome of outcomes) {
    if (outcome.kind === 'dropped' || outcome.kind === 'rejected')
      return { kind: 'stopped', place: outcome.place, reason: outcome.reason };
    if (outcome.kind === 'send-error') return { kind: 'stopped', place: undefined, reason: outcome.error };
  }
  const [first] = outcomes;
  if (first?.kind !== 'delivered' && first?.kind !== 'left') return undefined;
  const { destination, destinationPort } = first.packet;
  return { kind: 'passes', destination: `${destination.value} ${destinationPort}` };
}
