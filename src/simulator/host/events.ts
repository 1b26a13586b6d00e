/** What the outside can see of a simulation: deliveries, frames on interfaces, drops, errors of senders. */
import type { Packet } from '../packet/packet.ts';
import type { RulePlace } from '../trace/trace.ts';

export type SimulationEvent =
  | {
      /** A packet reached the host itself, behind all its rules. */
      readonly kind: 'delivered';
      readonly host: string;
      /** The interface as a socket sees it: for the host's own traffic the one that holds the address. */
      readonly interface: string;
      readonly packet: Packet;
      readonly time: number;
    }
  | {
      /** A packet left through an interface with nothing known behind it. */
      readonly kind: 'left';
      readonly host: string;
      readonly interface: string;
      readonly packet: Packet;
      readonly time: number;
    }
  | {
      /** A packet went over a segment to another host. */
      readonly kind: 'crossed';
      readonly host: string;
      readonly interface: string;
      readonly to: { readonly host: string; readonly interface: string };
      readonly packet: Packet;
      readonly time: number;
    }
  | {
      readonly kind: 'frame';
      readonly host: string;
      readonly interface: string;
      readonly direction: 'in' | 'out';
      readonly packet: Packet;
      readonly time: number;
      /** Frames in the order of their time stamps: a kernel stamps a frame when it is queued for the receiver. */
      readonly order: number;
    }
  | {
      readonly kind: 'dropped';
      readonly host: string;
      readonly reason: string;
      readonly place: RulePlace | undefined;
      readonly packet: Packet;
      readonly time: number;
    }
  | {
      /** The verdict depends on something that the simulator does not model. */
      readonly kind: 'unknown';
      readonly host: string;
      readonly place: RulePlace | undefined;
      readonly text: string;
      readonly packet: Packet;
      readonly time: number;
    };

/** Errors that a sending program gets, by their errno names. */
export type SendError =
  | 'EPERM'
  | 'EINVAL'
  | 'ENETUNREACH'
  | 'EHOSTUNREACH'
  | 'EACCES'
  | 'EADDRNOTAVAIL'
  | 'EMSGSIZE'
  | 'EPIPE';

export type SendResult = 'ok' | SendError;
