/** What a host needs of the world around it: a clock, links, timers, choices and a place for events. */
import type { Packet } from '../packet/packet.ts';
import type { TraceSink } from '../trace/trace.ts';
import type { SimulationEvent } from './events.ts';

/** Work that the network hands back to a host later. */
export type HostWork =
  | { readonly kind: 'receive'; readonly host: string; readonly interface: string; readonly packet: Packet }
  /** A copy of the host's own broadcast or multicast comes back to it. */
  | { readonly kind: 'loop-back'; readonly host: string; readonly interface: string; readonly packet: Packet }
  | { readonly kind: 'neighbour-timeout'; readonly host: string; readonly key: string; readonly attempt: number }
  | { readonly kind: 'delayed-acknowledgement'; readonly host: string; readonly key: string }
  | { readonly kind: 'reassembly-timeout'; readonly host: string; readonly key: string };

export interface World {
  /** Milliseconds since the simulation began. */
  readonly now: number;
  /** Where trace steps go; undefined when nobody wants them. */
  readonly trace: TraceSink;
  /** Frames on interfaces are recorded as events. */
  readonly recordsFrames: boolean;
  /** Whether any two hosts are connected at all. */
  readonly hasLinks: boolean;
  /** Whether something is connected to an interface. */
  isLinked(host: string, interfaceName: string): boolean;
  /** Hands a frame to the other end of an interface's link. */
  transmit(host: string, interfaceName: string, packet: Packet): void;
  /** Hands a frame to the hosts on the same segment that it is for; false where it is for none of them. */
  cross(host: string, interfaceName: string, packet: Packet): boolean;
  /** Does work after everything that is already waiting. */
  enqueue(work: HostWork): void;
  /** Does work after a delay in milliseconds. */
  schedule(delay: number, work: HostWork): void;
  record(event: SimulationEvent): void;
  /** A number greater than all before it: the time stamp of a frame. */
  nextStamp(): number;
  choose(count: number, what: string): number;
  random(size: number): number;
}
