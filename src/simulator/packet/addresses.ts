/** The kinds of addresses that the kernel treats apart: loopback, multicast, link-local and so on. */
import type { AddressDatum } from './datum.ts';

export const ipv4Broadcast = 0xffff_ffff;
export const ipv6Loopback = 1n;
export const allNodes = 0xff02_0000_0000_0000_0000_0000_0000_0001n;

export function isLoopback(address: AddressDatum): boolean {
  return typeof address === 'number' ? address >>> 24 === 127 : address === ipv6Loopback;
}

export function isMulticast(address: AddressDatum): boolean {
  return typeof address === 'number' ? address >>> 28 === 14 : address >> 120n === 0xffn;
}

export function isUnspecified(address: AddressDatum): boolean {
  return typeof address === 'number' ? address === 0 : address === 0n;
}

/** IPv6 fe80::/10, and multicast of link-local scope. */
export function isLinkLocal(address: AddressDatum): boolean {
  return typeof address === 'bigint' && address >> 118n === 0x3fan;
}

/** The scope of an IPv6 address as in RFC 4007: 1 interface, 2 link, 5 site, 14 global. */
export function ipv6Scope(address: bigint): number {
  if (address >> 120n === 0xffn) return Number((address >> 112n) & 0xfn);
  if (isLinkLocal(address) || address === ipv6Loopback) return 2;
  if (address >> 118n === 0x3fbn) return 5;
  return 14;
}

/** The multicast group that neighbour solicitations for an address go to. */
export function solicitedNode(address: bigint): bigint {
  return 0xff02_0000_0000_0000_0000_0001_ff00_0000n | (address & 0xff_ffffn);
}

/** Broadcast and multicast, by the address of the frame. */
export function isGroupMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** The Ethernet address of a multicast group. */
export function multicastMac(address: AddressDatum): string {
  if (typeof address === 'number') return `01:00:5e:${hexOctets(address & 0x7f_ffff, 3)}`;
  return `33:33:${hexOctets(Number(address & 0xffff_ffffn), 4)}`;
}

function hexOctets(value: number, count: number): string {
  const octets: string[] = [];
  for (let shift = (count - 1) * 8; shift >= 0; shift -= 8)
    octets.push(((value >>> shift) & 0xff).toString(16).padStart(2, '0'));
  return octets.join(':');
}
