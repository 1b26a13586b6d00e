/** What rules see of a packet, and what they leave behind for the hook that runs them. */
import type { NatStatement, RejectStatement } from '../../ruleset/statement.ts';
import type { Origin } from '../../source/span.ts';
import type { AddressDatum, Datum } from '../packet/datum.ts';
import type { Packet } from '../packet/packet.ts';
import type { HookFamily, RulePlace, TraceSink } from '../trace/trace.ts';
import type { RuleState } from './state.ts';

/** An interface as rules see it. */
export interface InterfaceReference {
  readonly name: string;
  readonly index: number;
  /** ARPHRD number: 1 Ethernet, 772 loopback. */
  readonly hardwareType: number;
  readonly mac: string | undefined;
  /** The bridge that it is a port of. */
  readonly master: string | undefined;
}

/** What rules ask of the host that they run on. */
export interface RuleServices {
  readonly hostName: string;
  /** Milliseconds since the simulation began. */
  readonly now: number;
  /** The kernel's number for the type of an address (1 unicast, 2 local, 3 broadcast, 5 multicast) [138]. */
  addressType(address: AddressDatum, interfaceName: string | undefined): number;
  /** The interface that the route to an address uses; with `through`, only when it is that one [139]. */
  routeOutput(
    address: AddressDatum,
    mark: number,
    through: string | undefined,
    /** The other end, by which policy rules may choose the table. */
    from?: AddressDatum,
    /** The only interface whose routes are asked. */
    link?: string,
  ): InterfaceReference | undefined;
  /** Picks one of `count` equally possible results; the caller explores the others too. */
  choose(count: number, what: string): number;
}

/** The translation that a NAT statement asks for. */
export interface NatRequest {
  readonly type: NatStatement['type'];
  readonly firstAddress: AddressDatum | undefined;
  readonly lastAddress: AddressDatum | undefined;
  readonly firstPort: number | undefined;
  readonly lastPort: number | undefined;
  readonly shiftBase: number | undefined;
  readonly random: boolean;
  readonly persistent: boolean;
}

export interface EvaluationContext {
  readonly packet: Packet;
  readonly family: HookFamily;
  readonly hook: string;
  readonly input: InterfaceReference | undefined;
  readonly output: InterfaceReference | undefined;
  readonly services: RuleServices;
  readonly state: RuleState;
  readonly trace: TraceSink;
  nat: NatRequest | undefined;
  reject: RejectStatement | undefined;
  /** Why the verdict is unknown. */
  unknown: string | undefined;
  /** The set or map element that was hit last: its policy lines belong to the rule's. */
  element: { readonly origins: readonly Origin[] } | undefined;
  /** Where the final verdict came from. */
  place: RulePlace | undefined;
}

/** Stands for a value that the simulator does not model: the verdict depends on it and is unknown. */
export const unknownValue: unique symbol = Symbol('unknown value');

/** Reads a value from a packet; undefined when the packet has no such value, so that the rule does not match. */
export type Reader = (context: EvaluationContext) => Datum | undefined | typeof unknownValue;
