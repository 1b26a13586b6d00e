/** The elements of sets and maps as rows of values. */
import type { Address } from '../../../net/address.ts';
import type { Interval, Value } from '../../../ruleset/value.ts';

/** What an element stands for: the values of its key, and of its data where that is translated to. */
export interface Row {
  readonly key: readonly Interval[];
  readonly data: readonly Interval[];
}

export const intervalsOf = (value: Value): readonly Interval[] =>
  value.kind === 'concatenation' ? value.parts : [value];

/** Words that say all of some rows: names are quoted, so nothing else can look like one. */
export function rowsText(rows: readonly Row[]): string {
  let text = '';
  for (const { key, data } of rows) text += `${intervalsText(key)}>${intervalsText(data)};`;
  return text;
}

function intervalsText(intervals: readonly Interval[]): string {
  let text = '';
  for (const interval of intervals) text += `${intervalText(interval)},`;
  return text;
}

function intervalText(interval: Interval): string {
  switch (interval.kind) {
    case 'integer':
      return `${interval.value}`;
    case 'address':
      return addressText(interval.address);
    case 'name':
      return JSON.stringify(interval.name);
    case 'mac':
      return `mac${interval.mac}`;
    case 'prefix':
      return `${addressText(interval.prefix.address)}/${interval.prefix.length}`;
    case 'range':
      return `${intervalText(interval.first)}-${intervalText(interval.last)}`;
  }
}

const addressText = ({ family, value }: Address): string => `${family}:${value.toString(36)}`;
