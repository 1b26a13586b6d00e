/** IPv6 source addresses as the kernel selects them: RFC 6724 section 5, without temporary and home addresses [134]. */
import { type Address, sameAddress } from '../net/address.ts';
import { type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts';
import type { AddressView, InterfaceView } from './host-view.ts';

interface Candidate extends AddressView {
  readonly isOnOut: boolean;
}

/**
 * The best address of all interfaces for a destination reached through `outInterface`. Of equally good ones the first
 * counts; the kernel holds addresses newest first.
 */
export function sourceAddress6(
  interfaces: readonly InterfaceView[],
  outInterface: string,
  destination: Address,
): Address | undefined {
  let best: Candidate | undefined;
  for (const entry of interfaces) {
    for (const address of entry.addresses) {
      if (address.address.family !== 'ipv6') continue;
      const candidate = { ...address, isOnOut: entry.name === outInterface };
      if (best === undefined || isBetter(candidate, best, destination)) best = candidate;
    }
  }
  return best?.address;
}

/** The rules in order; the first that tells the two apart decides. Each gives more for the better address. */
const rules: readonly ((candidate: Candidate, destination: Address) => number)[] = [
  ({ address }, destination) => (sameAddress(address, destination) ? 1 : 0),
  ({ address }, destination) => scopeScore(scopeOf(address), scopeOf(destination)),
  ({ deprecated }) => (deprecated ? 0 : 1),
  ({ isOnOut }) => (isOnOut ? 1 : 0),
  ({ address }, destination) => (labelOf(address) === labelOf(destination) ? 1 : 0),
  ({ address, length }, destination) => Math.min(commonBits(address, destination), length),
];

function isBetter(candidate: Candidate, best: Candidate, destination: Address): boolean {
  for (const rule of rules) {
    const difference = rule(candidate, destination) - rule(best, destination);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Wide enough for the destination is good, the narrower the better; else the wider the better. */
function scopeScore(source: number, destination: number): number {
  return source >= destination ? -source : source - 128;
}

const linkLocal = 2;
const global = 14;

/** The scope of a unicast address as in RFC 4291; ::1 counts as link-local. */
function scopeOf({ value }: Address): number {
  if (value === 1n || value >> 118n === 0x3fan) return linkLocal;
  return value >> 118n === 0x3fbn ? 5 : global;
}

/** The kernel's default label table (net/ipv6/addrlabel.c), longest prefix first. */
const labels: readonly { readonly prefix: Prefix; readonly label: number }[] = (
  [
    ['::1/128', 0],
    ['::ffff:0:0/96', 4],
    ['::/96', 3],
    ['2001::/32', 6],
    ['2001:10::/28', 7],
    ['3ffe::/16', 12],
    ['2002::/16', 2],
    ['fec0::/10', 11],
    ['fc00::/7', 5],
    ['::/0', 1],
  ] as const
).flatMap(([text, label]) => {
  const prefix = parsePrefix(text);
  return prefix === undefined ? [] : [{ prefix, label }];
});

function labelOf(address: Address): number {
  return labels.find(({ prefix }) => prefixContains(prefix, address))?.label ?? 1;
}

/** How many leading bits two addresses share. */
function commonBits(left: Address, right: Address): number {
  const difference = left.value ^ right.value;
  return difference === 0n ? 128 : 128 - difference.toString(2).length;
}
