/** Putting fragments together, before conntrack and before local delivery [143], and cutting packets up for small links [117]. */
import type { Packet } from '../packet/packet.ts';

export class Reassembly {
  private readonly queues = new Map<string, Packet[]>();

  /** Takes a fragment; gives the whole packet once all of it is there. */
  add(packet: Packet): Packet | undefined {
    const { fragment } = packet;
    if (fragment === undefined) return packet;
    const key = fragmentKey(packet);
    const pieces = [...(this.queues.get(key) ?? []), packet];
    this.queues.set(key, pieces);
    const sorted = [...pieces].sort((a, b) => (a.fragment?.offset ?? 0) - (b.fragment?.offset ?? 0));
    let end = 0;
    for (const piece of sorted) {
      if (piece.fragment === undefined || piece.fragment.offset > end) return undefined;
      end = Math.max(end, piece.fragment.offset + piece.fragment.length);
    }
    const first = sorted[0];
    if (first === undefined || sorted.at(-1)?.fragment?.more !== false) return undefined;
    this.queues.delete(key);
    const whole = first.clone();
    whole.fragment = undefined;
    whole.stamp = packet.stamp;
    whole.fragmentLengths = sorted.map((piece) => piece.fragment?.length ?? 0);
    return whole;
  }

  /** Gives up on an incomplete packet. */
  forget(key: string): boolean {
    return this.queues.delete(key);
  }

  clone(): Reassembly {
    const copy = new Reassembly();
    for (const [key, pieces] of this.queues) copy.queues.set(key, [...pieces]);
    return copy;
  }
}

export function fragmentKey(packet: Packet): string {
  return `${packet.source}>${packet.destination} ${packet.protocol} ${packet.fragment?.identification ?? 0}`;
}

/** The pieces of a packet for a link; the packet itself when it fits and never was in pieces. */
export function fragmentsFor(packet: Packet, mtu: number): readonly Packet[] {
  const { fragmentLengths, mayGoWhole } = packet;
  if ((fragmentLengths === undefined || mayGoWhole) && packet.length() <= mtu) return [packet];
  const lengths = pieceLengths(packet, mtu);
  if (lengths.length <= 1) return [packet];
  const whole = packet.transportLength();
  const base = packet.fragment?.offset ?? 0;
  const identification = packet.fragment?.identification ?? 0x4242;
  const lastMore = packet.fragment?.more ?? false;
  let offset = 0;
  return lengths.map((length) => {
    const piece = packet.clone();
    piece.fragmentLengths = undefined;
    piece.fragment = { identification, offset: base + offset, length, more: lastMore || offset + length < whole };
    offset += length;
    return piece;
  });
}

function pieceLengths(packet: Packet, mtu: number): readonly number[] {
  const header = packet.family === 'ipv4' ? 20 : 48;
  const room = Math.floor((mtu - header) / 8) * 8;
  return (packet.fragmentLengths ?? [packet.transportLength()]).flatMap((length) =>
    cutToFit(length, mtu - header, room),
  );
}

/** Lengths of the pieces of one piece: all but the last are multiples of eight. */
function cutToFit(length: number, largest: number, room: number): number[] {
  const lengths: number[] = [];
  let left = length;
  while (left > largest) {
    lengths.push(room);
    left -= room;
  }
  lengths.push(left);
  return lengths;
}
