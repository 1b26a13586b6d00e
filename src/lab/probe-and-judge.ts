/**
 * Sends probes and judges what became of them. Packets are lost while a network that was just built looks for its neighbours
 * and learns who is behind which port, so what only lacks a packet is tried once more; what gets through is never tried again.
 */
import type { Lab } from './lab.ts';
import type { Probe, ProbeResult } from './probe.ts';

/** What is wrong with a result; undefined when nothing is. */
export type Judge<T> = (item: T, result: ProbeResult) => string | undefined;

/** A problem, or undefined, for each item. */
export async function probeAndJudge<T extends { readonly probe: Probe }>(
  lab: Pick<Lab, 'probeAll'>,
  items: readonly T[],
  judge: Judge<T>,
): Promise<readonly (string | undefined)[]> {
  const results = await lab.probeAll(items.map(({ probe }) => probe));
  const judged = items.map((item, index) => told(item, results[index], judge));
  const lost = [...judged.keys()].filter((index) => judged[index] !== undefined && isLoss(results[index]));
  const again = await lab.probeAll(lost.flatMap((index) => items[index]?.probe ?? []));
  for (const [position, index] of lost.entries()) {
    const item = items[index];
    if (item !== undefined) judged[index] = told(item, again[position], judge);
  }
  return judged;
}

function told<T>(item: T, result: ProbeResult | undefined, judge: Judge<T>): string | undefined {
  return result === undefined ? 'no result' : judge(item, result);
}

function isLoss(result: ProbeResult | undefined): boolean {
  return result !== undefined && (result.verdict === 'dropped' || result.verdict === 'send-error');
}
