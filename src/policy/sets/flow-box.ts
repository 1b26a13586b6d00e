/** Sets of flows: unions of boxes over where a packet comes from, its addresses, and its protocol and ports. */
import type { Network, Publication, Service } from '../../model/model.ts';
import { type Address, type Family, families } from '../../net/address.ts';
import { type AddressSet, addressSet, intersectAddressSets, rangeOfAddress } from '../../net/address-set.ts';
import type { Span } from '../../source/span.ts';

/** Where packets come from: the host itself, one interface, or any interface that is behind no network of ours. */
export type Side =
  | { readonly kind: 'host' }
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'outside' };

/** A source: addresses on a side. */
export interface SourceSet {
  readonly side: Side;
  readonly addresses: AddressSet;
}

/** All flows from any of the sources to any of the destinations with any of the services. */
export interface FlowBox {
  readonly sources: readonly SourceSet[];
  readonly destinations: AddressSet;
  readonly services: readonly Service[];
  readonly because: Span | undefined;
}

/** Flows that are translated: destination and port become `to` and `containerPort + (port - hostPort)`. */
export interface TranslationBox extends FlowBox {
  readonly publication: Publication;
  readonly to: Address;
}

/** Every protocol and port. */
export const anyService: readonly Service[] = [{ kind: 'any' }];

/** Both families. */
export const everyAddress: AddressSet = families.map((family) => ({
  family,
  first: 0n,
  last: family === 'ipv4' ? 0xffff_ffffn : (1n << 128n) - 1n,
}));

export const sideOf = (network: Network): Side => ({ kind: 'interface', name: network.bridge });

/** Whether two sides are one. */
export function isSameSide(left: Side, right: Side): boolean {
  return (
    left.kind === right.kind && (left.kind !== 'interface' || right.kind !== 'interface' || left.name === right.name)
  );
}

export const within = ({ side, addresses }: SourceSet, limit: AddressSet): SourceSet => ({
  side,
  addresses: intersectAddressSets(addresses, limit),
});

export function addressesOf(addresses: Readonly<Partial<Record<Family, Address>>>): AddressSet {
  return addressSet(Object.values(addresses).map(rangeOfAddress));
}
