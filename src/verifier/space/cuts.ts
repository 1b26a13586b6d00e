/** Collects everything that tells values apart for one address family: from rules, from the host, from a policy. */
import type { Address, Family } from '../../net/address.ts';
import { type AddressSet, rangeOfPrefix } from '../../net/address-set.ts';
import type { Prefix } from '../../net/prefix.ts';
import { Cuts, type Partition, type Value } from '../sets/partition.ts';
import { addressValue, type Kind } from './fields.ts';

/** What cannot be cut but must be told apart: interface names, and bits of the packet mark. */
export interface SpaceCuts {
  readonly family: Family;
  readonly names: ReadonlySet<string>;
  readonly markBits: ReadonlySet<number>;
  readonly partitions: Readonly<Record<Exclude<Kind, 'origin'>, Partition>>;
}

export class CutCollector {
  readonly family: Family;
  readonly names = new Set<string>();
  readonly markBits = new Set<number>();
  private readonly cuts: Record<Exclude<Kind, 'origin'>, Cuts>;
  private readonly seen = new WeakSet<object>();

  constructor(family: Family) {
    this.family = family;
    this.cuts = {
      protocol: new Cuts(255),
      icmpType: new Cuts(255),
      icmpCode: new Cuts(255),
      tcpFlags: new Cuts(255),
      address: new Cuts(family === 'ipv4' ? 0xffff_ffff : (1n << 128n) - 1n),
      port: new Cuts(65535),
      hopLimit: new Cuts(255),
    };
  }

  add(kind: Exclude<Kind, 'origin'>, first: Value, last: Value): void {
    this.cuts[kind].add(first, last);
  }

  addEach(kind: Exclude<Kind, 'origin' | 'address' | 'port'>): void {
    this.cuts[kind].addEach();
  }

  addAddress(address: Address): void {
    if (address.family === this.family) this.add('address', addressValue(address), addressValue(address));
  }

  addPrefix(prefix: Prefix): void {
    this.addAddresses([rangeOfPrefix(prefix)]);
  }

  /** Sets that were added before cost nothing: policies use the same ones again and again. */
  addAddresses(set: AddressSet): void {
    if (this.seen.has(set)) return;
    this.seen.add(set);
    for (const { family, first, last } of set) {
      if (family !== this.family) continue;
      if (family === 'ipv4') this.add('address', Number(first), Number(last));
      else this.add('address', first, last);
    }
  }

  addMark(mask: number): void {
    for (let bit = 0; bit < 32; bit++) if (((mask >>> bit) & 1) === 1) this.markBits.add(bit);
  }

  result(): SpaceCuts {
    const { cuts } = this;
    return {
      family: this.family,
      names: this.names,
      markBits: this.markBits,
      partitions: {
        protocol: cuts.protocol.partition(),
        icmpType: cuts.icmpType.partition(),
        icmpCode: cuts.icmpCode.partition(),
        tcpFlags: cuts.tcpFlags.partition(),
        address: cuts.address.partition(),
        port: cuts.port.partition(),
        hopLimit: cuts.hopLimit.partition(),
      },
    };
  }
}
