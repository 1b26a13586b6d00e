/** The address that a packet is handed to on its way out of an interface. */
import type { AddressDatum } from '../packet/datum.ts';
import type { Packet } from '../packet/packet.ts';
import type { Host } from './host.ts';

/** The gateway of the packet's route, or its destination. */
export function nextHopOf(host: Host, packet: Packet, interfaceName: string): AddressDatum {
  return (
    host.routing.find(packet.destination, packet.mark, packet.source, interfaceName)?.gateway ?? packet.destination
  );
}
