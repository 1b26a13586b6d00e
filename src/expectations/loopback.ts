/**
 * The host's own packets to its loopback. Nothing from a wire gets there, and no subject but a literal of loopback addresses
 * speaks of it.
 */
import type { Expectation, Model, Subject } from '../model/model.ts';
import { type Address, addressKey, type Family } from '../net/address.ts';
import { type Prefix, prefixContains } from '../net/prefix.ts';
import { isLoopback } from '../policy/atlas.ts';
import type { Sender } from './universe.ts';

/** The address that the host sends from to its loopback, and that is on it by itself. */
const first: Readonly<Record<Family, Address>> = {
  ipv4: { family: 'ipv4', value: 0x7f00_0001n },
  ipv6: { family: 'ipv6', value: 1n },
};

/** What the host sends to the loopback addresses of an expectation, if the host is on its left and they are on its right. */
export function* loopbackPairs(
  model: Model,
  { from, to }: Expectation,
): Generator<{ readonly sender: Sender; readonly destination: Address }> {
  for (const subject of to) {
    if (subject.kind !== 'prefix' || !isLoopback(subject.prefix.address)) continue;
    const address = first[subject.prefix.address.family];
    if (!from.some((source) => isHost(source, address))) continue;
    const sender: Sender = { address, arrivesBy: undefined, container: undefined, endpoint: undefined };
    for (const destination of representatives(model, subject.prefix)) yield { sender, destination };
  }
}

function isHost(source: Subject, address: Address): boolean {
  if (source.kind === 'prefix') return prefixContains(source.prefix, address);
  return source.kind === 'host' || source.kind === 'any';
}

/** The addresses that a publication may treat apart, the first one among them, and one of the others. */
function representatives(model: Model, prefix: Prefix): readonly Address[] {
  const { family, value } = prefix.address;
  const published = model.containers.flatMap(({ publications }) =>
    publications.flatMap(({ listener }) => (listener.kind === 'address' ? [listener.address] : [])),
  );
  const apart = [first[family], ...published].filter((address) => prefixContains(prefix, address));
  const known = new Map(apart.map((address) => [addressKey(address), address]));
  for (let other = value; ; other++) {
    const address = { family, value: other };
    if (!prefixContains(prefix, address)) return [...known.values()];
    if (known.has(addressKey(address))) continue;
    return [...known.values(), address];
  }
}
