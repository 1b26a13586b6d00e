/** Ranges of values in words: addresses as prefixes, ports as ports. */

import { type Family, formatAddress } from '../../net/address.ts';
import { addressSet, prefixesOf } from '../../net/address-set.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { addressOfValue } from '../space/fields.ts';
import type { ValueRange } from '../space/groups.ts';

/** Prefixes where that is short, else ranges; single addresses as such. */
export function addressTexts(family: Family, ranges: readonly ValueRange[]): readonly string[] {
  return ranges.flatMap(({ first, last }) => {
    const [low, high] = [addressOfValue(family, first), addressOfValue(family, last)];
    if (first === last) return [formatAddress(low)];
    const prefixes = prefixesOf(addressSet([{ family, first: low.value, last: high.value }]));
    return prefixes.length === 1 ? prefixes.map(formatPrefix) : [`${formatAddress(low)}-${formatAddress(high)}`];
  });
}

export function numberTexts(ranges: readonly ValueRange[]): readonly string[] {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
}

/** A list that people read to its end. */
export function listed(texts: readonly string[], most = 6): string {
  if (texts.length <= most) return texts.join(', ');
  return `${texts.slice(0, most).join(', ')} and ${texts.length - most} more`;
}
