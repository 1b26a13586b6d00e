/** What the services of a statement cover. */
import type { Service } from '../model/model.ts';
import { portRangeContains } from '../net/port.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { Flow } from './flow.ts';

/** Whether a service covers a protocol with a destination port (as sent or translated) or ICMP type. */
export function serviceCovers(service: Service, flow: Flow, destinationPort: number | undefined): boolean {
  switch (service.kind) {
    case 'any':
      return true;
    case 'protocol':
      return flow.protocol === service.protocol;
    case 'ports':
      return (
        flow.protocol === service.protocol &&
        destinationPort !== undefined &&
        portRangeContains(service.ports, destinationPort)
      );
    case 'icmp-type':
      return (
        flow.protocol === (service.family === 'ipv4' ? protocolNumbers.icmp : protocolNumbers.icmpv6) &&
        flow.icmpType === service.type
      );
  }
}
