/** Elements of sets and maps as conjunctions of plain comparisons: what a rule without sets can say. */
import { addressBits } from '../../net/address.ts';
import { firstAddress, hostPrefix, maskValue, type Prefix, prefixCovers, prefixOf } from '../../net/prefix.ts';
import type { Expression } from '../../ruleset/expression.ts';
import type { Rule } from '../../ruleset/ruleset.ts';
import type { MatchStatement, Statement } from '../../ruleset/statement.ts';
import { type Interval, prefixValue, type Value } from '../../ruleset/value.ts';

/** A field of the packet; fields of one `id` are the same. */
export interface Field {
  readonly id: string;
  readonly expression: Expression;
}

/** The field has this value, or lies in this interval. */
export interface Comparison {
  readonly field: Field;
  readonly value: Interval;
}

/** What a rule, or an element of a set, recognises and does: all comparisons hold, then the action. */
export interface Entry {
  readonly comparisons: readonly Comparison[];
  readonly action: readonly Statement[];
  readonly origins: Rule['origins'];
  readonly comment?: string;
}

/** A part of a key: a field, perhaps through the mask of a prefix. */
interface KeyField {
  readonly field: Field;
  readonly prefixLength: number | undefined;
}

export function fieldOf(expression: Expression): Field {
  return { id: textOf(expression), expression };
}

/** The parts of a key. A masked address is its address, compared with prefixes. */
export function keyFields(key: Expression): readonly KeyField[] {
  return (key.kind === 'concat' ? key.parts : [key]).map((part) => {
    const length = prefixMask(part);
    return length === undefined || part.kind !== 'bitwise'
      ? { field: fieldOf(part), prefixLength: undefined }
      : { field: fieldOf(part.left), prefixLength: length };
  });
}

/** The length of the prefix that an expression keeps of an address. */
function prefixMask(expression: Expression): number | undefined {
  if (expression.kind !== 'bitwise' || expression.operation !== 'and' || expression.right.kind !== 'constant')
    return undefined;
  const mask = expression.right.value;
  if (mask.kind !== 'address') return undefined;
  const bits = addressBits(mask.address.family);
  for (let length = 0; length <= bits; length++)
    if (maskValue(mask.address.family, length) === mask.address.value) return length;
  return undefined;
}

/** An element of a set with this key. */
export function comparisonsOf(fields: readonly KeyField[], value: Value): readonly Comparison[] {
  const parts = value.kind === 'concatenation' ? value.parts : [value];
  if (parts.length !== fields.length) throw new Error('an element does not fit its key');
  return fields.map(({ field, prefixLength }, index) => ({
    field,
    value: withPrefix(parts[index] as Interval, prefixLength),
  }));
}

function withPrefix(value: Interval, length: number | undefined): Interval {
  if (length === undefined) return value;
  if (value.kind === 'prefix') return prefixValue(prefixOf(firstAddress(value.prefix), length));
  if (value.kind !== 'address') throw new Error('only addresses are masked');
  return length === addressBits(value.address.family) ? value : prefixValue(prefixOf(value.address, length));
}

export const matchOf = ({ field, value }: Comparison): MatchStatement => ({
  kind: 'match',
  left: field.expression,
  operator: '==',
  right: { kind: 'value', value },
});

/** A text that is equal exactly for equal parts of a ruleset. */
export function textOf(part: unknown): string {
  return JSON.stringify(part, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}

/** The same for values, of which there are many. */
export function valueKey(value: Value): string {
  switch (value.kind) {
    case 'integer':
      return `${value.value}`;
    case 'address':
      return `${value.address.family} ${value.address.value}`;
    case 'name':
      return `"${value.name}"`;
    case 'mac':
      return value.mac;
    case 'prefix':
      return `${valueKey({ kind: 'address', address: value.prefix.address })}/${value.prefix.length}`;
    case 'range':
      return `${valueKey(value.first)}-${valueKey(value.last)}`;
    case 'concatenation':
      return value.parts.map(valueKey).join(' . ');
  }
}

/** What two intervals of one field have in common; undefined when that is nothing. */
export function intersection(left: Interval, right: Interval): Interval | undefined {
  if (valueKey(left) === valueKey(right)) return left;
  const [one, other] = [asPrefix(left), asPrefix(right)];
  if (one !== undefined && other !== undefined)
    return prefixCovers(one, other) ? right : prefixCovers(other, one) ? left : undefined;
  if (left.kind === 'range' || right.kind === 'range') throw new Error('ranges that meet in one rule');
  return undefined;
}

function asPrefix(value: Interval): Prefix | undefined {
  if (value.kind === 'prefix') return value.prefix;
  return value.kind === 'address' ? hostPrefix(value.address) : undefined;
}
