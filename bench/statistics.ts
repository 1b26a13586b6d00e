/** Medians, growth between sizes, and how figures are written. */

/** The middle value; of an even number of values the mean of the two in the middle. Throws RangeError for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('the median of nothing');
  return (lower + upper) / 2;
}

export interface Measured {
  readonly size: number;
  readonly value: number;
}

/** The exponent e of `value ~ size^e` between two sizes: 1 is linear, 2 quadratic, 0 flat. */
export function growthExponent(small: Measured, large: Measured): number {
  return Math.log(large.value / small.value) / Math.log(large.size / small.size);
}

/** The median of each measure. They take turns, so that a machine that is busy for a while is busy for all of them. */
export async function mediansInTurns(
  rounds: number,
  measures: readonly (() => Promise<number>)[],
): Promise<readonly number[]> {
  const all = measures.map((measure) => ({ measure, values: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { measure, values } of all) values.push(await measure());
  }
  return all.map(({ values }) => median(values));
}

/** Seconds, with three significant digits; milliseconds below one second. */
export function seconds(value: number): string {
  return value < 1 ? `${significant(value * 1000)} ms` : `${significant(value)} s`;
}

export function megabytes(bytes: number): string {
  return `${significant(bytes / 1e6)} MB`;
}

/** `value` as a multiple of `reference`. */
export function ratio(value: number, reference: number): string {
  return `${significant(value / reference)} x`;
}

export function perSecond(value: number): string {
  return Math.round(Number(value.toPrecision(3))).toLocaleString('en-US');
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

function significant(value: number): string {
  return value >= 1000 ? `${Math.round(value)}` : value.toPrecision(3);
}
