/** What the two sides of a statement cover. */
import { isLan } from '../model/lan.ts';
import type { Network, Subject } from '../model/model.ts';
import type { Address } from '../net/address.ts';
import { prefixContains } from '../net/prefix.ts';
import type { Place } from './atlas.ts';

/** Whether a subject covers a source. With `spoofing allowed`, foreign sources count as the network that they come from. */
export function coversSource(subject: Subject, address: Address, place: Place, action: 'allow' | 'deny'): boolean {
  if (subject.kind === 'network' && action === 'deny' && isBeside(subject, address, place)) return true;
  if (subject.kind === 'network' && place.kind === 'network') return place.network === subject;
  return covers(subject, address, place);
}

/**
 * Whether a subject covers a destination. "A network is its declared endpoints when it is allowed something, and its whole
 * subnet behind its bridge when something is denied." Loopback is in no subject.
 */
export function coversDestination(subject: Subject, address: Address, place: Place, action: 'allow' | 'deny'): boolean {
  if (subject.kind === 'network' && action === 'deny' && isBeside(subject, address, place)) return true;
  if (subject.kind === 'network' && place.kind === 'network') return action === 'deny' && place.network === subject;
  return place.kind !== 'loopback' && covers(subject, address, place);
}

/** A machine that the policy does not declare, in the subnet of a network on the LAN. */
function isBeside(network: Network, address: Address, place: Place): boolean {
  if (place.kind !== 'outside' || place.interface !== network.bridge || !isLan(network)) return false;
  const subnet = network.subnets[address.family];
  return subnet !== undefined && prefixContains(subnet.prefix, address);
}

function covers(subject: Subject, address: Address, place: Place): boolean {
  switch (subject.kind) {
    case 'any':
      return true;
    case 'prefix':
      return prefixContains(subject.prefix, address);
    case 'host':
      return place.kind === 'host';
    case 'network':
      return place.kind === 'endpoint' && place.network === subject;
    case 'container':
      return place.kind === 'endpoint' && place.endpoint.container === subject.name;
    case 'zone':
      if (place.kind !== 'outside') return false;
      if (subject.interface !== undefined && subject.interface !== place.interface) return false;
      return subject.prefixes.some((prefix) => prefixContains(prefix, address));
  }
}
