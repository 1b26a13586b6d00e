/** Numbers that rules make: counted, drawn at random, or hashed from fields of the packet. */
import type { HashExpression, NumberGeneratorExpression } from '../../ruleset/expression.ts';
import { jhashWords, scale, swapWord } from '../nat/jhash.ts';
import type { Datum } from '../packet/datum.ts';
import { type Reader, unknownValue } from './context.ts';
import type { KeyReader } from './keys.ts';
import type { StateLayout } from './state.ts';

/** A reader for `numgen`. */
export function compileNumberGenerator(expression: NumberGeneratorExpression, layout: StateLayout): Reader {
  const { modulus, offset, mode } = expression;
  if (mode === 'random') {
    return ({ services }) => offset + services.choose(modulus, `numgen random mod ${modulus}`);
  }
  const slot = layout.numbers++;
  return ({ state }) => {
    const value = state.numbers[slot] ?? 0; // counts evaluations [80]
    state.numbers[slot] = (value + 1) % modulus;
    return offset + value;
  };
}

/** A reader for `jhash` and `symhash`; `key` reads what is hashed. */
export function compileHash(expression: HashExpression, key: KeyReader | undefined): Reader {
  const { modulus, offset, seed } = expression;
  if (expression.kind === 'symhash' || key === undefined || seed === undefined) {
    return ({ services }) => offset + services.choose(modulus, `${expression.kind} mod ${modulus}`);
  }
  return (context) => {
    const values = key(context);
    if (values === undefined || values === unknownValue) return values;
    const words = values.flatMap(hashWords);
    return offset + scale(jhashWords(words, seed), modulus);
  };
}

/** The 32-bit registers that hold a value, as a little-endian machine reads them; ports fill the first two bytes of one. */
function hashWords(value: Datum): number[] {
  if (typeof value === 'bigint') {
    return [96n, 64n, 32n, 0n].map((shift) => swapWord(Number((value >> shift) & 0xffff_ffffn)));
  }
  if (typeof value === 'string') return [];
  return value > 0xffff ? [swapWord(value)] : [((value & 0xff) << 8) | (value >> 8)];
}
