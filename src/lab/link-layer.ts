/** Names and MAC addresses of the lab's wires: always the same for the same policy. */
import { createHash } from 'node:crypto';
import type { Endpoint } from '../model/model.ts';
import { type MacAddress, parseMac } from '../net/mac.ts';

/** A locally administered unicast MAC address for an interface of a namespace. */
export function macOf(namespace: string, interfaceName: string): MacAddress {
  const octets = createHash('sha256').update(`${namespace} ${interfaceName}`).digest('hex').slice(0, 10);
  return checkedMac(`02:${octets.match(/../g)?.join(':')}`);
}

/** The MAC address of a container's interface: as written, else `02:42:` and its IPv4 address as Docker does, else of its name. */
export function endpointMac(endpoint: Endpoint, namespace: string, interfaceName: string): MacAddress {
  if (endpoint.mac !== undefined) return endpoint.mac;
  const ipv4 = endpoint.addresses.ipv4;
  if (ipv4 === undefined) return macOf(namespace, interfaceName);
  const octets = ipv4.value.toString(16).padStart(8, '0').match(/../g);
  return checkedMac(`02:42:${octets?.join(':')}`);
}

function checkedMac(text: string): MacAddress {
  const mac = parseMac(text);
  if (mac === undefined) throw new RangeError(`no MAC address: ${text}`);
  return mac;
}
