/** Running a packet through a hook: chains and the kernel's own work, until something ends it. */
import type { Hook } from '../../ruleset/ruleset.ts';
import { confirm, track } from '../conntrack/track.ts';
import { describePacket } from '../packet/describe.ts';
import type { Packet } from '../packet/packet.ts';
import type { NetworkInterface } from '../routing/interfaces.ts';
import { type ChainVerdict, runChain } from '../rules/chains.ts';
import type { CompiledBaseChain } from '../rules/compile.ts';
import type { EvaluationContext } from '../rules/context.ts';
import type { HookFamily } from '../trace/trace.ts';
import type { SendResult } from './events.ts';
import type { HookEntry } from './hook-lists.ts';
import type { Host } from './host.ts';
import { runNat } from './nat-hook.ts';
import { fragmentKey } from './reassembly.ts';
import { sendReject } from './reject.ts';

/** How choices of an order begin. */
export const orderChoice = 'the order of chains with the same priority';

/** What a hook may hand the packet to on its way. */
export interface HookCalls {
  /** For packets of the host itself at the output hook: finds the way again after a change [74, 119]. */
  readonly reroute?: (packet: Packet) => SendResult;
  /** The inet hook inside a bridge hook [99]; undefined ends the packet. */
  readonly insideBridge?: (packet: Packet) => Packet | undefined;
}

/** How a packet stands at a hook, beside the packet itself. */
export interface HookPlace {
  readonly family: HookFamily;
  readonly hook: Hook;
  readonly input: NetworkInterface | undefined;
  readonly output: NetworkInterface | undefined;
  readonly calls: HookCalls;
}

const noCalls: HookCalls = {};

/** The packet behind a hook (another one when fragments were put together), or undefined when it ended there. */
export function runHook(
  host: Host,
  family: HookFamily,
  hook: Hook,
  input: NetworkInterface | undefined,
  output: NetworkInterface | undefined,
  start: Packet,
  calls: HookCalls = noCalls,
): Packet | undefined {
  const device = hook === 'ingress' || hook === 'egress' ? (input ?? output)?.name : undefined;
  const entries = host.hooks.entries(family, hook, device);
  if (entries.length === 0) return start;
  const place: HookPlace = { family, hook, input, output, calls };
  if (host.world.trace !== undefined) noteHook(host, place, start);
  let packet: Packet | undefined = start;
  for (const entry of entries) {
    packet = runEntry(host, place, packet, entry);
    if (packet === undefined) return undefined;
  }
  return packet;
}

function runEntry(host: Host, place: HookPlace, packet: Packet, entry: HookEntry): Packet | undefined {
  switch (entry.kind) {
    case 'chain':
      return runBaseChain(host, place, packet, entry.chain) ? packet : undefined;
    case 'defragment':
      return defragment(host, packet);
    case 'track':
      return runTrack(host, packet, place.hook === 'output' ? 'output' : 'prerouting') ? packet : undefined;
    case 'nat':
      return runNat(host, place, packet) ? packet : undefined;
    case 'confirm':
      if (confirm(host, packet)) return packet;
      host.drop(packet, 'its connection collides with another one [66]');
      return undefined;
    case 'bridge-netfilter':
      return place.calls.insideBridge === undefined ? packet : place.calls.insideBridge(packet);
    case 'any-order': {
      let passed: Packet | undefined = packet;
      for (const one of inSomeOrder(host, entry.entries, place.hook)) {
        passed = runEntry(host, place, passed, one);
        if (passed === undefined) return undefined;
      }
      return passed;
    }
  }
}

/** One after the other in an order that is chosen, so that all orders are explored. */
export function* inSomeOrder<T>(host: Host, members: readonly T[], hook: Hook): Generator<T> {
  const left = [...members];
  while (left.length > 0) {
    const place = left.length === 1 ? 0 : host.choose(left.length, `${orderChoice} at ${hook}`);
    yield* left.splice(place, 1);
  }
}

function noteHook(host: Host, place: HookPlace, packet: Packet): void {
  host.note({
    kind: 'hook',
    host: host.name,
    family: place.family,
    hook: place.hook,
    input: place.input?.name,
    output: place.output?.name,
    packet: describePacket(packet),
  });
}

function defragment(host: Host, packet: Packet): Packet | undefined {
  if (packet.fragment === undefined) return packet;
  const whole = host.reassembly.add(packet);
  if (whole === undefined) {
    host.world.schedule(30_000, { kind: 'reassembly-timeout', host: host.name, key: fragmentKey(packet) });
  }
  return whole;
}

function runTrack(host: Host, packet: Packet, hook: 'prerouting' | 'output'): boolean {
  const passed = track(host, packet, hook);
  if (host.world.trace !== undefined) {
    const { connection } = packet;
    const entry =
      connection === undefined ? undefined : `#${connection.id}${connection.confirmed ? '' : ' (not confirmed)'}`;
    host.note({ kind: 'conntrack', host: host.name, state: packet.info === 'none' ? 'invalid' : packet.info, entry });
  }
  if (!passed) host.drop(packet, 'conntrack refuses it');
  return passed;
}

/** The context in which rules see a packet at a hook. */
export function contextOf(host: Host, place: HookPlace, packet: Packet): EvaluationContext {
  return {
    packet,
    family: place.family,
    hook: place.hook,
    input: place.input,
    output: place.output,
    services: host,
    state: host.ruleState,
    trace: host.world.trace,
    nat: undefined,
    reject: undefined,
    unknown: undefined,
    element: undefined,
    place: undefined,
  };
}

function runBaseChain(host: Host, place: HookPlace, packet: Packet, chain: CompiledBaseChain): boolean {
  const context = contextOf(host, place, packet);
  const rerouted = place.calls.reroute !== undefined && isRouteChain(chain);
  const before = rerouted ? `${packet.source} ${packet.destination} ${packet.mark} ${packet.trafficClass}` : '';
  const verdict = runChain(chain.chain, context);
  if (!settle(host, place, context, verdict)) return false;
  if (rerouted && before !== `${packet.source} ${packet.destination} ${packet.mark} ${packet.trafficClass}`) {
    return place.calls.reroute?.(packet) === 'ok'; // [119]
  }
  return true;
}

/** Chains that re-route: nftables' route type and the mangle OUTPUT of iptables [119]. */
function isRouteChain({ chain, table }: CompiledBaseChain): boolean {
  if (chain.base?.hook !== 'output') return false;
  return chain.base.type === 'route' || (table.engine !== 'nftables' && table.name === 'mangle');
}

/** Carries out a verdict; whether the packet goes on. */
export function settle(host: Host, place: HookPlace, context: EvaluationContext, verdict: ChainVerdict): boolean {
  const { packet } = context;
  switch (verdict) {
    case 'accept':
      return true;
    case 'drop':
      host.drop(packet, 'a rule drops it', context.place);
      return false;
    case 'reject':
      host.drop(packet, 'a rule rejects it', context.place);
      if (context.reject !== undefined) sendReject(host, place, packet, context.reject);
      return false;
    case 'nat':
    case 'unknown':
      host.world.record({
        kind: 'unknown',
        host: host.name,
        place: context.place,
        text: context.unknown ?? 'a translation outside of a nat chain',
        packet,
        time: host.now,
      });
      return false;
  }
}
