/** A trace in the notation of `nft monitor trace`, as the recorded results have it. */

import { constant, meta, payload } from '../../../src/ruleset/expression.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { anyOf, type Statement } from '../../../src/ruleset/statement.ts';
import { integer, type Scalar } from '../../../src/ruleset/value.ts';
import type { Host } from '../../../src/simulator/host/host.ts';
import type { TraceStep } from '../../../src/simulator/trace/trace.ts';

/** The table whose rules mark packets for tracing. */
const markingTable = 'labtrace';

/** What the harness loads before the first traced probe: tcp, udp, icmp, sctp and ICMPv6 errors and echo are traced. */
export function tracingRules(): Ruleset {
  const traced: Statement = { kind: 'assign', target: meta('nftrace'), value: constant(integer(1)) };
  const numbers = (...values: readonly number[]): readonly Scalar[] => values.map(integer);
  const rules = [
    { statements: [anyOf(meta('l4proto'), numbers(6, 17, 1, 132)), traced], origins: [] },
    { statements: [anyOf(payload('icmpv6', 'type'), numbers(1, 2, 3, 4, 128, 129)), traced], origins: [] },
  ];
  const chain = (name: string, hook: 'prerouting' | 'output') => ({
    name,
    base: { type: 'filter', hook, priority: -1000, policy: 'accept', devices: [] } as const,
    rules,
  });
  return {
    tables: [
      {
        family: 'inet',
        name: markingTable,
        engine: 'nftables',
        chains: [chain('p', 'prerouting'), chain('o', 'output')],
        sets: [],
        maps: [],
      },
    ],
  };
}

/** The rules and policies that each traced packet met on a host, packets separated by `||`. */
export function traceText(trace: readonly TraceStep[], host: Host): string {
  const packets: string[][] = [];
  let lines: string[] = [];
  let traced = false;
  const finish = (stillTraced = false): void => {
    if (lines.length > 0) packets.push(lines);
    lines = [];
    traced = stillTraced;
  };
  for (const step of trace) {
    if (step.host !== host.name) continue;
    const kind = step.kind === 'received' ? host.interfaces.get(step.interface)?.kind : undefined;
    // The kernel's number for a traced packet depends on the interface that it came in by last; loopback and bridges keep the mark.
    if (kind !== undefined) finish(traced && (kind === 'bridge' || kind === 'loopback'));
    if (step.kind === 'hook' && step.hook === 'output' && step.family !== 'bridge') finish();
    if (step.kind !== 'rule' && step.kind !== 'chain-end') continue;
    if (step.place.table === markingTable) {
      if (step.kind === 'rule' && step.failedAt === undefined) traced = true;
      continue;
    }
    const line = traced ? lineOf(step) : undefined;
    if (line !== undefined) lines.push(line);
  }
  finish();
  return packets.map((packet) => packet.join(' | ')).join(' || ');
}

/** Verdicts as the kernel reports them: translating accepts, rejecting drops. */
const shownVerdicts: Readonly<Record<string, string>> = {
  dnat: 'accept',
  snat: 'accept',
  masquerade: 'accept',
  redirect: 'accept',
  reject: 'drop',
};

/** Rules without a comment are shown as `*`: their text is not rendered. The tables of iptables-legacy are invisible to tracing. */
function lineOf(step: Extract<TraceStep, { kind: 'rule' | 'chain-end' }>): string | undefined {
  const { family, table, chain, engine } = step.place;
  if (engine === 'iptables-legacy') return undefined;
  if (step.kind === 'chain-end') {
    const mark = step.mark === undefined ? '' : ` meta mark 0x${step.mark.toString(16).padStart(8, '0')}`;
    return step.verdict === 'accept' || step.verdict === 'drop'
      ? `${family} ${table} ${chain}: policy ${step.verdict}${mark}`
      : undefined;
  }
  if (step.failedAt !== undefined) return undefined;
  const text = engine === 'nftables' ? (step.comment ?? '*') : '*';
  return `${family} ${table} ${chain}: ${text} -> ${shownVerdicts[step.verdict] ?? step.verdict}`;
}

/** The expected text with the rules that the simulated one shows as `*` shown so too. */
export function withoutRuleText(expected: string, got: string): string {
  const wanted = expected.split(/( \|\|? )/);
  const shown = got.split(/( \|\|? )/);
  return wanted
    .map((line, index) => {
      const mine = shown[index] ?? '';
      if (!mine.includes(': * -> ')) return line;
      return line.replace(/^((?:.*trace\{)?\S+ \S+ \S+): .* -> /, '$1: * -> ');
    })
    .join('');
}
