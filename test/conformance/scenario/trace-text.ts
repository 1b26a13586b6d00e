/** A trace in the notation of `nft monitor trace`, as the recorded results have it. */
import type { Host } from '../../../src/simulator/host/host.ts';
import type { TraceStep } from '../../../src/simulator/trace/trace.ts';

/** The rules and policies that each packet met on a host, packets separated by `||`. */
export function traceText(trace: readonly TraceStep[], host: Host): string {
  const packets: string[][] = [];
  let lines: string[] = [];
  const finish = (): void => {
    if (lines.length > 0) packets.push(lines);
    lines = [];
  };
  for (const step of trace) {
    if (step.host !== host.name) continue;
    if (step.kind === 'received' || step.kind === 'sent' || step.kind === 'drop' || step.kind === 'deliver') finish();
    if (step.kind === 'rule' && step.failedAt === undefined) {
      const { family, table, chain } = step.place;
      const verdict = step.verdict === 'next' ? 'continue' : step.verdict;
      lines.push(`${family} ${table} ${chain}: ${step.comment ?? '*'} -> ${verdict}`);
    }
    if (step.kind === 'chain-end') {
      const { family, table, chain } = step.place;
      lines.push(`${family} ${table} ${chain}: policy ${step.verdict}`);
    }
  }
  finish();
  return packets.map((packet) => packet.join(' | ')).join(' || ');
}
