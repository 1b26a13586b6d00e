/** A packet that the verifier shows as the flow that it starts. */
import type { Flow } from '../../policy/flow.ts';
import type { ExamplePacket } from '../../verifier/verifier.ts';

export function flowOfPacket(packet: ExamplePacket): Flow {
  const { origin, source, destination, protocol, sourcePort, destinationPort, icmpType } = packet;
  const hasPorts = [6, 17, 33, 132, 136].includes(protocol);
  return {
    arrivesBy: origin.input,
    source,
    destination,
    protocol,
    sourcePort: hasPorts ? sourcePort : undefined,
    destinationPort: hasPorts ? destinationPort : undefined,
    icmpType: protocol === 1 || protocol === 58 ? icmpType : undefined,
  };
}
