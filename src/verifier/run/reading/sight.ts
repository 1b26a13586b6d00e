/**
 * How a packet of a connection shows itself to a rule: which of the connection's coordinates stand in its header, what its
 * state is, and the interfaces that the hook sees. The same rule judges the first packet, later ones, replies and ICMP errors;
 * only the sight differs.
 */
import type { Hook } from '../../../ruleset/ruleset.ts';
import type { AddressField, PortField } from '../../space/space.ts';

export type InterfaceSight =
  | { readonly kind: 'none' }
  /** The interface that the ip hooks see a first packet come in by: a bridge for its ports. */
  | { readonly kind: 'origin' }
  /** The device itself: a bridge port in the bridge family. */
  | { readonly kind: 'device' }
  /** The interface that routing gives for an address of the connection. */
  | { readonly kind: 'routed'; readonly by: AddressField }
  | { readonly kind: 'loopback' }
  /**
   * The bridge port behind which an address of the connection is, as far as a policy says: on the bridge that the first packet
   * came in by, or that routing gives.
   */
  | { readonly kind: 'port'; readonly by: AddressField; readonly on: 'own bridge' | 'routed' };

export interface Ends {
  readonly source: AddressField;
  readonly destination: AddressField;
  readonly sourcePort: PortField;
  readonly destinationPort: PortField;
}

/** The bits of `ct state` and `ct status` [30, 33, 45, 51]. */
export const stateBits = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const;
export const statusBits = {
  seenReply: 2,
  assured: 4,
  confirmed: 8,
  sourceNat: 0x10,
  destinationNat: 0x20,
  natDone: [0x80, 0x100],
} as const;

export interface Sight extends Ends {
  readonly layer: 'ip' | 'bridge';
  readonly hook: Hook;
  readonly input: InterfaceSight;
  readonly output: InterfaceSight;
  /** An ICMP error about the connection has this type; its addresses are those of `Ends`, ports it has none. */
  readonly errorType: number | undefined;
  /** Before conntrack (priority below -200) every packet shows `invalid` [30]; then this. */
  readonly state: number;
  /** The packet that a connection begins with: until it has passed, the connection is not confirmed [31]. */
  readonly first: boolean;
  readonly tracked: boolean;
  readonly status: number;
  readonly direction: 'original' | 'reply';
  /** The tuples of the connection, for `ct original` and `ct reply`. */
  readonly original: Ends;
  readonly reply: Ends;
  /** The hop limit has been lowered by forwarding [115]. */
  readonly hopSpent: boolean;
}

export const none: InterfaceSight = { kind: 'none' };
export const fromOrigin: InterfaceSight = { kind: 'origin' };
export const fromDevice: InterfaceSight = { kind: 'device' };
export const loopback: InterfaceSight = { kind: 'loopback' };
export const portBeside = (by: AddressField): InterfaceSight => ({ kind: 'port', by, on: 'own bridge' });
export const portTowards = (by: AddressField): InterfaceSight => ({ kind: 'port', by, on: 'routed' });
export const routedBy = (by: AddressField): InterfaceSight => ({ kind: 'routed', by });

/** How much of a connection has been translated: which coordinates are in use. */
export interface Binding {
  readonly destination: 'destination' | 'realDestination';
  readonly port: 'destinationPort' | 'realPort';
  readonly source: 'source' | 'seenSource';
}

export const untranslated: Binding = { destination: 'destination', port: 'destinationPort', source: 'source' };

export const bindingKey = ({ destination, port, source }: Binding): string => `${destination} ${port} ${source}`;

/** Source port after source NAT: the kernel may have chosen another one [61-64]. */
export const portSeen = ({ source }: Binding): PortField => (source === 'source' ? 'sourcePort' : 'chosenPort');

const sent: Ends = {
  source: 'source',
  destination: 'destination',
  sourcePort: 'sourcePort',
  destinationPort: 'destinationPort',
};

/** What every packet of a connection with this binding has in common. */
function connectionPart(binding: Binding): Pick<Sight, 'original' | 'reply' | 'status'> {
  return {
    original: sent,
    reply: {
      source: binding.destination,
      destination: binding.source,
      sourcePort: binding.port,
      destinationPort: portSeen(binding),
    },
    status:
      (binding.destination === 'realDestination' || binding.port === 'realPort' ? statusBits.destinationNat : 0) |
      (binding.source === 'seenSource' ? statusBits.sourceNat : 0),
  };
}

/** A packet in the original direction; `seen`: source NAT has been applied to it already. */
export function originalSight(
  place: Pick<Sight, 'layer' | 'hook' | 'input' | 'output' | 'state' | 'first' | 'hopSpent'>,
  binding: Binding,
  now: { readonly destination: boolean; readonly source: boolean },
): Sight {
  return {
    ...place,
    ...connectionPart(binding),
    tracked: true,
    errorType: undefined,
    direction: 'original',
    source: now.source ? binding.source : 'source',
    destination: now.destination ? binding.destination : 'destination',
    sourcePort: now.source ? portSeen(binding) : 'sourcePort',
    destinationPort: now.destination ? binding.port : 'destinationPort',
  };
}

/** A packet in the reply direction; `now`: which of the translations have been undone. */
export function replySight(
  place: Pick<Sight, 'layer' | 'hook' | 'input' | 'output' | 'state' | 'first' | 'hopSpent'>,
  binding: Binding,
  undone: { readonly destination: boolean; readonly source: boolean },
): Sight {
  return {
    ...place,
    ...connectionPart(binding),
    tracked: true,
    errorType: undefined,
    direction: 'reply',
    source: undone.destination ? 'destination' : binding.destination,
    destination: undone.source ? 'source' : binding.source,
    sourcePort: undone.destination ? 'destinationPort' : binding.port,
    destinationPort: undone.source ? 'sourcePort' : portSeen(binding),
  };
}
