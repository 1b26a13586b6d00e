/** What an expression reads from a packet, as sets: a field of the space, a few known cases, bits of the mark, or nothing known. */
import { everything, type SetId } from '../../sets/diagrams.ts';
import type { Value } from '../../sets/partition.ts';
import type { Field } from '../../space/fields.ts';

export type Reading =
  /** The packet has no such thing: the rule does not match, whatever it compares with. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly text: string }
  /** `has`: the packets that have it; `lowered`: what the packet shows is less than the field by this. */
  | {
      readonly kind: 'field';
      readonly key: string;
      readonly has: SetId;
      readonly field: Field;
      readonly prefixLength: number | undefined;
      readonly lowered: number;
    }
  | { readonly kind: 'cases'; readonly key: string; readonly has: SetId; readonly cases: readonly Case[] }
  | { readonly kind: 'mark'; readonly key: string; readonly has: SetId; readonly mask: number };

export interface Case {
  readonly set: SetId;
  readonly value: Value | string;
}

export const absent: Reading = { kind: 'absent' };

export const unknown = (text: string): Reading => ({ kind: 'unknown', text });

/** The same value for all packets that have one. */
export function constant(value: Value | string, has: SetId = everything): Reading {
  return { kind: 'cases', key: `${value}/${has}`, has, cases: [{ set: has, value }] };
}

export function fieldReading(field: Field, has: SetId = everything, lowered = 0): Reading {
  return { kind: 'field', key: `${field}-${lowered}/${has}`, has, field, prefixLength: undefined, lowered };
}

/** Stands for how packets are read: the same text is the same reading, in one space with one host. */
export function readingsKey(readings: readonly Reading[]): string {
  return readings.map((reading) => ('key' in reading ? reading.key : reading.kind)).join(' . ');
}

/** The same, wherever the numbers of sets mean the same. Undefined where nothing is known. */
export function exactKey(readings: readonly Reading[]): string | undefined {
  let text = '';
  for (const reading of readings) {
    if (reading.kind === 'unknown') return undefined;
    text += `${reading.kind} ${exactly(reading)} . `;
  }
  return text;
}

function exactly(reading: Exclude<Reading, { kind: 'unknown' }>): string {
  switch (reading.kind) {
    case 'absent':
      return '';
    case 'field':
      return `${reading.has} ${reading.field} ${reading.prefixLength} ${reading.lowered}`;
    case 'cases':
      return `${reading.has} ${JSON.stringify(reading.cases.map(({ set, value }) => [set, typeof value, `${value}`]))}`;
    case 'mark':
      return `${reading.has} ${reading.mask}`;
  }
}
