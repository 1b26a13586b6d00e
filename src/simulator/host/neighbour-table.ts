/** Link-layer addresses of neighbours, and packets that wait for them. */
import type { Packet } from '../packet/packet.ts';

/** A packet that waits, and where it was going. */
export interface Waiting {
  readonly packet: Packet;
  /** How it goes on: out of the interface, or back into the bridge that it was redirected on [91]. */
  readonly onward: 'transmit' | 'bridge';
}

export interface NeighbourEntry {
  mac: string | undefined;
  waiting: Waiting[];
  /** It answered a solicitation of ours; an address that it told us itself counts as stale. */
  confirmed: boolean;
  /** A packet has gone out to it, so that the kernel keeps a ready link-layer header. */
  used: boolean;
}

export class NeighbourTable {
  private readonly entries = new Map<string, NeighbourEntry>();

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  get(key: string): NeighbourEntry | undefined {
    return this.entries.get(key);
  }

  /** The entry for a key, made when there is none. */
  open(key: string): NeighbourEntry {
    const known = this.entries.get(key) ?? { mac: undefined, waiting: [], confirmed: false, used: false };
    this.entries.set(key, known);
    return known;
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  /** Forgets all neighbours of a family. */
  flush(family: 'ipv4' | 'ipv6'): void {
    const digit = family === 'ipv4' ? '4' : '6';
    for (const key of [...this.entries.keys()]) if (key.startsWith(digit)) this.entries.delete(key);
  }

  clone(): NeighbourTable {
    const copy = new NeighbourTable();
    for (const [key, entry] of this.entries) copy.entries.set(key, { ...entry, waiting: [...entry.waiting] });
    return copy;
  }
}
