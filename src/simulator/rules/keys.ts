/** Reading the key of a lookup: the value of one field, or of each field of a concatenation. */
import type { Datum } from '../packet/datum.ts';
import { type EvaluationContext, type Reader, unknownValue } from './context.ts';

/**
 * Reads all fields of a key; undefined when one is absent. The array is the reader's own and holds until it is called again: a
 * lookup a packet and rule would otherwise make an array each.
 */
export type KeyReader = (context: EvaluationContext) => readonly Datum[] | undefined | typeof unknownValue;

/** A reader for all fields of a key. */
export function compileKey(readers: readonly Reader[]): KeyReader {
  const values: Datum[] = readers.map(() => 0);
  const [single] = readers;
  if (single !== undefined && readers.length === 1) {
    return (context) => {
      const value = single(context);
      if (value === undefined || value === unknownValue) return value;
      values[0] = value;
      return values;
    };
  }
  return (context) => {
    let unknown = false;
    for (let index = 0; index < readers.length; index++) {
      const value = readers[index]?.(context);
      if (value === undefined) return undefined;
      if (value === unknownValue) unknown = true;
      else values[index] = value;
    }
    return unknown ? unknownValue : values;
  };
}

/** Reads all fields of a key, those that are not modelled as {@link unknownValue}; undefined when one is absent. */
export function readPartialKey(
  readers: readonly Reader[],
  context: EvaluationContext,
): readonly (Datum | typeof unknownValue)[] | undefined {
  const values = readers.map((read) => read(context));
  return values.some((value) => value === undefined) ? undefined : (values as (Datum | typeof unknownValue)[]);
}
