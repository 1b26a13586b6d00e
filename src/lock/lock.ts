/** The lock file: addresses, subnets and ports that were given out, so that an edit elsewhere never moves them. */
import type { Address, Family } from '../net/address.ts';
import type { Port } from '../net/port.ts';
import type { Prefix } from '../net/prefix.ts';
import type { PortProtocol } from '../net/protocol.ts';

export interface Lock {
  readonly subnets: readonly LockedSubnet[];
  readonly addresses: readonly LockedAddress[];
  readonly ports: readonly LockedPort[];
}

/** The subnet that was chosen for a network that names none. */
export interface LockedSubnet {
  readonly network: string;
  readonly family: Family;
  readonly prefix: Prefix;
}

/** The address that was given to a container on a network. */
export interface LockedAddress {
  readonly network: string;
  readonly container: string;
  readonly address: Address;
}

/** The host port that was given to a container port (`publish 80`, `publish all`), on an address or on all (undefined). */
export interface LockedPort {
  readonly container: string;
  readonly listen: Address | undefined;
  readonly protocol: PortProtocol;
  readonly containerPort: Port;
  readonly hostPort: Port;
}

export const emptyLock: Lock = { subnets: [], addresses: [], ports: [] };
