/** Random conversations: packets of one flow in both directions, others beside it, and time passing between them. */
import fc from 'fast-check';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { PacketInput } from '../../simulator/packet/input.ts';
import { type ArrivingPacket, arbitraryPacket } from './arbitrary-packet.ts';

/** One step: a packet that arrives after a pause in milliseconds. */
export interface ConversationStep extends ArrivingPacket {
  readonly pause: number;
}

/** TCP flags of what follows a first packet: SYN/ACK, ACK, data, FIN, reset. */
const laterFlags = [18, 16, 24, 17, 4];

/** A first packet, then mostly more of the same flow or answers to it. */
export function arbitraryConversation(
  rulesets: readonly Ruleset[],
  options: { readonly interfaces?: readonly string[]; readonly maximumSteps?: number } = {},
): fc.Arbitrary<readonly ConversationStep[]> {
  const packet = arbitraryPacket(rulesets, options);
  const pause = fc.constantFrom(0, 1, 1000, 31_000, 121_000);
  return fc.tuple(packet, packet).chain(([first, other]) => {
    const step = fc
      .tuple(fc.constantFrom(first, answerTo(first, other.interface), other), fc.constantFrom(...laterFlags), pause)
      .map(([arriving, flags, wait]) => ({ ...arriving, packet: withFlags(arriving.packet, flags), pause: wait }));
    return fc
      .array(step, { minLength: 0, maxLength: (options.maximumSteps ?? 8) - 1 })
      .map((steps) => [{ ...first, pause: 0 }, ...steps]);
  });
}

/** The same addresses and ports the other way round. */
function answerTo({ packet }: ArrivingPacket, name: string): ArrivingPacket {
  const { source, destination, sourcePort, destinationPort, type } = packet;
  return {
    interface: name,
    packet: {
      ...packet,
      source: destination,
      destination: source,
      ...(destinationPort !== undefined && { sourcePort: destinationPort }),
      ...(sourcePort !== undefined && { destinationPort: sourcePort }),
      ...(type !== undefined && { type: type === 8 ? 0 : type === 128 ? 129 : type }),
    },
  };
}

function withFlags(packet: PacketInput, flags: number): PacketInput {
  return packet.protocol === 6 ? { ...packet, flags } : packet;
}
