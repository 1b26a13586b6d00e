/**
 * Sends probes and judges what became of them. Packets are lost while a network that was just built looks for its neighbours
 * and learns who is behind which port, so what only lacks a packet is tried again; what gets through is never tried again.
 */
import type { Lab, ProbeOptions } from './lab.ts';
import type { Probe, ProbeResult } from './probe.ts';

/** What is wrong with a result; undefined when nothing is. */
export type Judge<T> = (item: T, result: ProbeResult) => string | undefined;

/**
 * How patiently each further try waits for a packet, in milliseconds: as ever, and then for longer than a host waits before
 * it asks for a neighbour once more (one second, RFC 4861 section 10), since what it lost may have been that question.
 */
const furtherTries: readonly ProbeOptions[] = [{}, { quietMs: 1500, limitMs: 6000 }];

/** A problem, or undefined, for each item. */
export async function probeAndJudge<T extends { readonly probe: Probe }>(
  lab: Pick<Lab, 'probeAll'>,
  items: readonly T[],
  judge: Judge<T>,
): Promise<readonly (string | undefined)[]> {
  const results = [...(await lab.probeAll(items.map(({ probe }) => probe)))];
  const judged = items.map((item, index) => told(item, results[index], judge));
  for (const options of furtherTries) {
    const lost = [...judged.keys()].filter((index) => judged[index] !== undefined && isLoss(results[index]));
    if (lost.length === 0) break;
    const again = await lab.probeAll(
      lost.flatMap((index) => items[index]?.probe ?? []),
      options,
    );
    for (const [position, index] of lost.entries()) {
      const [item, result] = [items[index], again[position]];
      if (item === undefined || result === undefined) continue;
      results[index] = result;
      judged[index] = told(item, result, judge);
    }
  }
  return judged;
}

function told<T>(item: T, result: ProbeResult | undefined, judge: Judge<T>): string | undefined {
  return result === undefined ? 'no result' : judge(item, result);
}

function isLoss(result: ProbeResult | undefined): boolean {
  return result !== undefined && (result.verdict === 'dropped' || result.verdict === 'send-error');
}
