/** Applying to a host in memory: a context, plans for it, and a guard that acts when the test says so. */
import type { Artifact } from '../../../src/apply/artifact.ts';
import type { ApplyOptions } from '../../../src/apply/engine/apply.ts';
import type { ApplyContext } from '../../../src/apply/engine/context.ts';
import { lookAt } from '../../../src/apply/engine/look.ts';
import type { Plan } from '../../../src/apply/plan/plan.ts';
import type { StateFiles } from '../../../src/apply/state/files.ts';
import type { Processes } from '../../../src/apply/state/lock.ts';
import { MemoryFiles } from '../../../src/apply/state/memory-files.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import { MemoryHost } from '../../../src/host/memory/memory-host.ts';
import { hostViewOf } from '../../../src/host-view/from-model.ts';
import { artifactOf, compiledOf, judgeConnections, policyText } from './policies.ts';

export interface MemoryMachine {
  readonly host: MemoryHost;
  readonly files: MemoryFiles;
  /** Processes that run, by pid. */
  readonly running: Set<number>;
  nextPid: number;
}

export function memoryMachine(): MemoryMachine {
  const { model, host } = compiledOf(policyText());
  const view = { ...hostViewOf(model, host), source: 'gathered' as const };
  return { host: new MemoryHost({ view }), files: new MemoryFiles(), running: new Set(), nextPid: 100 };
}

/** A process of the machine; it is running until `end` is called. */
export function newProcess(
  machine: MemoryMachine,
  over: { readonly host?: Host; readonly files?: StateFiles } = {},
): { readonly context: ApplyContext; readonly said: string[]; readonly end: () => void } {
  const pid = machine.nextPid++;
  machine.running.add(pid);
  const processes: Processes = {
    self: () => ({ pid, startTime: '1' }),
    isRunning: (identity) => machine.running.has(identity.pid),
  };
  const said: string[] = [];
  const context: ApplyContext = {
    host: over.host ?? machine.host,
    files: over.files ?? machine.files,
    processes,
    startGuard: async () => ({ pid: 1, startTime: '1' }),
    judgeConnections,
    say: (message) => said.push(message),
  };
  return { context, said, end: () => machine.running.delete(pid) };
}

export async function planFor(
  machine: MemoryMachine,
  policy: string | Artifact,
  change: Partial<Plan> = {},
): Promise<Plan> {
  return {
    formatVersion: 1,
    version: 'test',
    at: machine.host.now(),
    host: 'edge',
    policy: {
      name: 'policy.ctfw',
      text: typeof policy === 'string' ? policy : '',
      lock: '',
      includes: {},
      markBit: 0x1000,
    },
    artifact: typeof policy === 'string' ? artifactOf(policy) : policy,
    base: (await lookAt(machine)).base,
    change: { how: 'whole', elementsAdded: 0, elementsRemoved: 0, rules: 0, bytes: 0, documents: [] },
    sysctls: [],
    connections: [],
    findings: [],
    meaning: [],
    ...change,
  };
}

export const forGood: ApplyOptions = {
  confirmSeconds: 0,
  keepConnections: false,
  again: false,
  operatorPort: 22,
  by: 'tester',
  login: undefined,
  keepGenerations: 5,
};

export const withConfirmation: ApplyOptions = { ...forGood, confirmSeconds: 60, login: '192.0.2.9:50000 192.0.2.1:22' };

/** What the kernel of the machine holds of our rules, as text to compare. */
export function rulesOf(machine: MemoryMachine): string {
  const tables = [...machine.host.nftables]
    .filter(([key]) => key.endsWith(' ctfw'))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const iptables = [...machine.host.iptables]
    .map(([tool, state]) => [
      tool,
      [...state]
        .map(([table, chains]) => [
          table,
          [...chains].filter(([, { policy, rules }]) => policy === '-' || rules.length > 0).sort(byName),
        ])
        .filter(([, chains]) => chains?.length !== 0)
        .sort(byName),
    ])
    .filter(([, tables]) => tables?.length !== 0);
  return JSON.stringify(
    iptables.length > 0
      ? iptables.sort(byName)
      : tables.map(([key, { chains, collections }]) => [
          key,
          [...chains]
            .map(([name, { body, rules }]) => [name, body, rules.map((rule) => rule.body.expr ?? null)])
            .sort(byName),
          [...collections].map(([name, { elements }]) => [name, [...elements.keys()].sort()]).sort(byName),
        ]),
  );
}

function byName(left: readonly unknown[], right: readonly unknown[]): number {
  return String(left[0]) < String(right[0]) ? -1 : 1;
}
