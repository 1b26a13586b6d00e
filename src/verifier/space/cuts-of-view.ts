/** What a host tells apart: its addresses, its routes, and the addresses that are special to every kernel. */
import type { HostView } from '../../host-view/host-view.ts';
import { type Address, addressBits } from '../../net/address.ts';
import { lastAddress, type Prefix, parsePrefix, prefixOf } from '../../net/prefix.ts';
import type { CutCollector } from './cuts.ts';

/** Prefixes that no packet of the universe comes from or goes to. */
export const specialPrefixes: readonly Prefix[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
  '::ffff:0:0/96',
]
  .map(parsePrefix)
  .filter((prefix) => prefix !== undefined);

/** Prefixes at which the choice of an IPv6 source may change (net/ipv6/addrlabel.c, and the scopes of RFC 4291). */
const sourceSelectionPrefixes: readonly Prefix[] = [
  '::/96',
  '2001::/32',
  '2001:10::/28',
  '3ffe::/16',
  '2002::/16',
  'fec0::/10',
  'fc00::/7',
]
  .map(parsePrefix)
  .filter((prefix) => prefix !== undefined);

export function cutByView(cuts: CutCollector, view: HostView): void {
  for (const prefix of [...specialPrefixes, ...sourceSelectionPrefixes]) cuts.addPrefix(prefix);
  for (const value of [0n, 0x7f00_0001n, 0xffff_ffffn]) cuts.addAddress({ family: 'ipv4', value });
  for (const { destination } of view.routes) cuts.addPrefix(destination);
  for (const { addresses } of view.interfaces) {
    for (const { address, length } of addresses) {
      cuts.addAddress(address);
      const subnet = prefixOf(address, length);
      cuts.addPrefix(subnet);
      // Network, broadcast and anycast addresses belong to no one machine.
      if (length < addressBits(address.family)) {
        cuts.addAddress(subnet.address);
        cuts.addAddress(lastAddress(subnet));
      }
    }
    cutByCandidates(
      cuts,
      addresses.map((entry) => entry),
    );
  }
}

/** Where an interface has several IPv6 addresses, the one that shares most bits with the destination is chosen [134]. */
function cutByCandidates(
  cuts: CutCollector,
  addresses: readonly { readonly address: Address; readonly length: number }[],
): void {
  const candidates = addresses.filter(({ address }) => address.family === 'ipv6' && address.value >> 118n !== 0x3fan);
  if (candidates.length < 2) return;
  for (const { address, length } of candidates)
    for (let bits = 1; bits <= length; bits++) cuts.addPrefix(prefixOf(address, bits));
}
