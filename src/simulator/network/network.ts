/** Hosts joined by links, and a clock: everything that one simulation holds. Mutable; owned by the caller. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { SimulationEvent } from '../host/events.ts';
import type { ChainOrder } from '../host/hook-lists.ts';
import { Host } from '../host/host.ts';
import { receiveFrame, receiveLoopBack } from '../host/input.ts';
import { neighbourTimeout } from '../host/neighbours.ts';
import type { HostWork, World } from '../host/services.ts';
import { sendDelayedAcknowledgement } from '../host/tcp-endpoint.ts';
import { isGroupMac } from '../packet/addresses.ts';
import type { Packet } from '../packet/packet.ts';
import type { TraceStep } from '../trace/trace.ts';
import { Choices } from './choices.ts';

/** A cable between two interfaces. */
export interface Link {
  readonly from: { readonly host: string; readonly interface: string };
  readonly to: { readonly host: string; readonly interface: string };
}

/**
 * A link that several hosts are on, and machines that are not simulated: everyone hears what is sent to a group, an end hears
 * what is for the addresses behind it, and what is for nobody here leaves the simulation.
 */
export interface Segment {
  readonly ends: readonly SegmentEnd[];
}

export interface SegmentEnd {
  readonly host: string;
  readonly interface: string;
  /** Link-layer addresses behind this end: the interface's, its bridge's, and what the bridge leads to. */
  readonly macs: readonly string[];
}

export interface HostOptions {
  readonly view: HostView;
  readonly rulesets?: readonly Ruleset[];
  /** `unknown` for rules read from a listing; default `known`: they were loaded in the given order. */
  readonly chainOrder?: ChainOrder;
}

export interface NetworkOptions {
  readonly hosts: readonly HostOptions[];
  readonly links?: readonly Link[];
  readonly segments?: readonly Segment[];
  /** Record every frame on every interface as an event. */
  readonly recordFrames?: boolean;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly work: HostWork;
}

/** Frames handled at one instant before a loop is assumed. */
const maximumWork = 20_000;

export class Network implements World {
  readonly hosts = new Map<string, Host>();
  readonly recordsFrames: boolean;
  readonly choices = new Choices();
  now = 0;
  trace: TraceStep[] | undefined = undefined;
  /** What happened since it was taken last; one event is the usual number. */
  private events: SimulationEvent[] | undefined = undefined;
  private links = new Map<string, { host: string; interface: string }>();
  private segments = new Map<string, readonly SegmentEnd[]>();
  private queue: HostWork[] = [];
  private timers: Timer[] = [];
  private timerOrder = 0;
  private seed = 0x2545_f491;
  private stamps = 0;

  constructor(options: NetworkOptions) {
    this.recordsFrames = options.recordFrames ?? false;
    for (const { from, to } of options.links ?? []) {
      this.links.set(`${from.host} ${from.interface}`, to);
      this.links.set(`${to.host} ${to.interface}`, from);
    }
    for (const { ends } of options.segments ?? [])
      for (const end of ends) this.segments.set(`${end.host} ${end.interface}`, ends);
    for (const { view, rulesets, chainOrder } of options.hosts) {
      const host = new Host(view, this, this.hosts.size);
      if (rulesets !== undefined) host.loadRules(rulesets, chainOrder);
      this.hosts.set(view.name, host);
    }
  }

  /** A copy that goes its own way from here: same connections, counters, clock and waiting work. */
  fork(): Network {
    const copy = new Network({ hosts: [], recordFrames: this.recordsFrames });
    copy.links = this.links;
    copy.segments = this.segments;
    copy.now = this.now;
    copy.queue = this.queue.map(copyWork);
    copy.timers = this.timers.map((timer) => ({ ...timer, work: copyWork(timer.work) }));
    copy.timerOrder = this.timerOrder;
    copy.seed = this.seed;
    copy.stamps = this.stamps;
    for (const [name, host] of this.hosts) copy.hosts.set(name, host.fork(copy));
    return copy;
  }

  /** The host of a name. Throws RangeError when there is none (a programming error). */
  host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new RangeError(`no host ${name} in this network`);
    return host;
  }

  get hasLinks(): boolean {
    return this.links.size > 0;
  }

  isLinked(host: string, interfaceName: string): boolean {
    return this.links.size > 0 && this.links.has(`${host} ${interfaceName}`);
  }

  transmit(host: string, interfaceName: string, packet: Packet): void {
    const peer = this.links.get(`${host} ${interfaceName}`);
    if (peer === undefined) return;
    packet.scrub();
    this.queue.push({ kind: 'receive', host: peer.host, interface: peer.interface, packet });
  }

  cross(host: string, interfaceName: string, packet: Packet): boolean {
    const { destinationMac } = packet;
    if (this.segments.size === 0 || destinationMac === undefined) return false;
    const ends = this.segments.get(`${host} ${interfaceName}`) ?? [];
    const others = ends.filter((end) => end.host !== host || end.interface !== interfaceName);
    const isGroup = isGroupMac(destinationMac);
    const hearers = isGroup ? others : others.filter(({ macs }) => macs.includes(destinationMac));
    for (const end of hearers) {
      const copy = packet.clone();
      this.record({ kind: 'crossed', host, interface: interfaceName, to: end, packet, time: this.now });
      copy.scrub();
      this.queue.push({ kind: 'receive', host: end.host, interface: end.interface, packet: copy });
    }
    return hearers.length > 0;
  }

  enqueue(work: HostWork): void {
    this.queue.push(work);
  }

  schedule(delay: number, work: HostWork): void {
    const timer = { at: this.now + delay, order: this.timerOrder++, work };
    const place = this.timers.findIndex((other) => other.at > timer.at);
    if (place < 0) this.timers.push(timer);
    else this.timers.splice(place, 0, timer);
  }

  nextStamp(): number {
    return ++this.stamps;
  }

  record(event: SimulationEvent): void {
    if (this.events === undefined) this.events = [event];
    else this.events.push(event);
  }

  choose(count: number, what: string): number {
    return this.choices.choose(count, what);
  }

  /** Deterministic: one of many equally likely values, the same in every run. */
  random(size: number): number {
    let value = this.seed;
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    this.seed = value >>> 0;
    return this.seed % size;
  }

  /** Takes the events since the last call. */
  takeEvents(): SimulationEvent[] {
    const events = this.events ?? [];
    this.events = undefined;
    return events;
  }

  /** Does everything that waits to be done now. */
  run(): void {
    for (let done = 0; done < this.queue.length; done++) {
      if (done >= maximumWork) {
        this.queue = [];
        return;
      }
      const work = this.queue[done];
      if (work !== undefined) this.perform(work);
    }
    this.queue.length = 0;
  }

  /** Lets time pass, doing what falls due. */
  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    this.run();
    for (;;) {
      const next = this.timers[0];
      if (next === undefined || next.at > until) break;
      this.timers.shift();
      this.now = next.at;
      this.perform(next.work);
      this.run();
    }
    this.now = until;
  }

  /** When the next timer falls due. */
  nextTimer(): number | undefined {
    return this.timers[0]?.at;
  }

  private perform(work: HostWork): void {
    const host = this.hosts.get(work.host);
    if (host === undefined) return;
    switch (work.kind) {
      case 'receive':
        receiveFrame(host, work.interface, work.packet);
        return;
      case 'loop-back':
        receiveLoopBack(host, work.interface, work.packet);
        return;
      case 'neighbour-timeout':
        neighbourTimeout(host, work.key, work.attempt);
        return;
      case 'delayed-acknowledgement':
        sendDelayedAcknowledgement(host, work.key);
        return;
      case 'reassembly-timeout':
        host.reassembly.forget(work.key);
        return;
    }
  }
}

function copyWork(work: HostWork): HostWork {
  return 'packet' in work ? { ...work, packet: work.packet.clone() } : work;
}
