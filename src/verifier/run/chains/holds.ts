/** Which packets show a value in an interval, as far as one reading says. */

import { lastAddress, prefixOf } from '../../../net/prefix.ts';
import type { Interval } from '../../../ruleset/value.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import type { ClassRange, Value } from '../../sets/partition.ts';
import { integerLimits } from '../../space/cuts-of-rules.ts';
import { addressValue, fieldKinds } from '../../space/fields.ts';
import { nameFits } from '../../space/origins.ts';
import type { Space } from '../../space/space.ts';
import type { Reading } from '../reading/reading.ts';

export type FieldReading = Extract<Reading, { kind: 'field' }>;

/** The values of an interval, as a field of the space holds them; undefined where it is of another kind or family. */
export function limitsOf(
  space: Space,
  reading: FieldReading,
  interval: Interval,
): { first: Value; last: Value } | undefined {
  const kind = fieldKinds[reading.field];
  if (kind !== 'address') {
    const limits = integerLimits(interval);
    if (limits === undefined) return undefined;
    const first = limits.first + reading.lowered;
    const last = Math.min(limits.last + reading.lowered, maxima[kind] ?? limits.last);
    return first > last ? undefined : { first, last };
  }
  switch (interval.kind) {
    case 'address': {
      if (interval.address.family !== space.family) return undefined;
      const { prefixLength } = reading;
      if (prefixLength === undefined)
        return { first: addressValue(interval.address), last: addressValue(interval.address) };
      const prefix = prefixOf(interval.address, prefixLength);
      // With bits behind the mask no masked address equals it.
      if (prefix.address.value !== interval.address.value) return undefined;
      return { first: addressValue(prefix.address), last: addressValue(lastAddress(prefix)) };
    }
    case 'prefix': {
      const { prefix } = interval;
      if (prefix.address.family !== space.family) return undefined;
      return { first: addressValue(prefix.address), last: addressValue(lastAddress(prefix)) };
    }
    case 'range':
      if (interval.first.kind !== 'address' || interval.last.kind !== 'address') return undefined;
      if (interval.first.address.family !== space.family) return undefined;
      return { first: addressValue(interval.first.address), last: addressValue(interval.last.address) };
    default:
      return undefined;
  }
}

const maxima: Readonly<Record<string, number>> = {
  hopLimit: 255,
  port: 65535,
  protocol: 255,
  icmpType: 255,
  icmpCode: 255,
  tcpFlags: 255,
};

/** The classes of an interval's values; undefined where a packet shows none of them, 'unknown' where the space cannot say. */
export function classesOf(space: Space, reading: FieldReading, interval: Interval): ClassRange | undefined | 'unknown' {
  const partition = space.partitionOf(reading.field);
  // What is read as it stands is the same for all fields of a kind: the elements of sets are looked up again and again.
  if (reading.prefixLength === undefined && reading.lowered === 0)
    return partition.rangeOf(interval, () => rangeOf(space, reading, interval));
  return rangeOf(space, reading, interval);
}

function rangeOf(space: Space, reading: FieldReading, interval: Interval): ClassRange | undefined | 'unknown' {
  const limits = limitsOf(space, reading, interval);
  if (limits === undefined) return undefined;
  // A range of masked addresses is no range of addresses.
  if (reading.prefixLength !== undefined && interval.kind !== 'address') return 'unknown';
  return space.partitionOf(reading.field).classesOf(limits.first, limits.last) ?? 'unknown';
}

/** Packets for which the reading lies in the interval; 'unknown' where the space cannot say. */
export function holdsIn(space: Space, reading: Reading, interval: Interval): SetId | 'unknown' {
  switch (reading.kind) {
    case 'absent':
      return empty;
    case 'unknown':
      return 'unknown';
    case 'field': {
      const range = classesOf(space, reading, interval);
      if (range === undefined) return empty;
      if (range === 'unknown') return 'unknown';
      return space.diagrams.intersect(
        reading.has,
        space.classes(reading.field, (index) => index >= range.first && index <= range.last),
      );
    }
    case 'cases':
      return space.diagrams.uniteAll(
        reading.cases.filter(({ value }) => caseFits(value, interval)).map(({ set }) => set),
      );
    case 'mark':
      return markHolds(space, reading.mask, interval);
  }
}

export function caseFits(value: Value | string, interval: Interval): boolean {
  if (interval.kind === 'name') return typeof value === 'string' && nameFits(interval.name, value);
  if (typeof value === 'string') return false;
  const limits = integerLimits(interval);
  return limits !== undefined && value >= limits.first && value <= limits.last;
}

/** Packets whose mark, masked, lies in the interval. */
function markHolds(space: Space, mask: number, interval: Interval): SetId | 'unknown' {
  const limits = integerLimits(interval);
  if (limits === undefined) return 'unknown';
  const atLeast = markBeyond(space, mask, limits.first, 1);
  const atMost = markBeyond(space, mask, limits.last, 0);
  return atLeast === 'unknown' || atMost === 'unknown' ? 'unknown' : space.diagrams.intersect(atLeast, atMost);
}

/** Packets whose masked mark equals `limit` or lies beyond it: above where `side` is 1, below where it is 0. */
function markBeyond(space: Space, mask: number, limit: number, side: 0 | 1): SetId | 'unknown' {
  const { diagrams } = space;
  let result: SetId = everything;
  for (let bit = 0; bit < 32; bit++) {
    const wanted = (limit >>> bit) & 1;
    const masked = ((mask >>> bit) & 1) === 0;
    const beyond = wanted !== side;
    if (masked) {
      // The bit is 0: equal to what is wanted, or on one side of it for good.
      if (wanted === 1) result = side === 0 ? everything : empty;
      continue;
    }
    // With the lower bits whatever they are, so is this one.
    if (result === everything && beyond) continue;
    const levels = space.markLevels.get(bit);
    if (levels === undefined) return 'unknown';
    const set = space.bit(levels.current);
    const here = wanted === 1 ? set : diagrams.complement(set);
    const equal = diagrams.intersect(here, result);
    result = beyond ? diagrams.unite(equal, diagrams.complement(here)) : equal;
  }
  return result;
}
