/** Names of the host's ends of veth pairs. */
import type { Endpoint } from '../model/model.ts';

/**
 * One name an endpoint: the one that the policy gives (`port`), else `veth` and a hash of network and container, the same
 * for the same names. `taken` and names already given out are avoided: two of 65,000 endpoints may well share a hash.
 */
export function portNames(endpoints: readonly Endpoint[], taken: readonly string[]): string[] {
  const used = new Set([...taken, ...endpoints.flatMap(({ port }) => port ?? [])]);
  return endpoints.map(({ port, network, container }) => {
    if (port !== undefined) return port;
    const text = `${network.name}/${container}`;
    let name = hashedName(text);
    for (let attempt = 1; used.has(name); attempt++) name = hashedName(`${text}/${attempt}`);
    used.add(name);
    return name;
  });
}

function hashedName(text: string): string {
  return `veth${hash32(text).toString(16).padStart(8, '0')}`;
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
