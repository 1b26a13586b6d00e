/** Findings of plans for a host in memory, and what changes such a host. */

import { emptyArtifact } from '../../../src/apply/artifact.ts';
import type { Finding, Plan } from '../../../src/apply/plan/plan.ts';
import { makePlan, type PlanOptions } from '../../../src/apply/planning/make-plan.ts';
import { planInput } from '../../../src/cli/apply/policy.ts';
import type { HostView } from '../../../src/host-view/host-view.ts';
import { type Address, parseAddress } from '../../../src/net/address.ts';
import { type MemoryMachine, newProcess } from './memory.ts';
import { planIn } from './plans.ts';
import { compiledOf } from './policies.ts';

export function planOf(machine: MemoryMachine, text: string, options: Partial<PlanOptions> = {}): Promise<Plan> {
  return planIn(newProcess(machine).context, text, options);
}

/** As `ctfw rollback 0` plans it. */
export function planWithoutRules(machine: MemoryMachine, text: string, options: PlanOptions): Promise<Plan> {
  const policy = { name: 'policy.ctfw', text, lock: '', includes: {}, markBit: 0x1000 };
  const input = planInput(compiledOf(text), policy, emptyArtifact('nftables'), 'test');
  return makePlan(newProcess(machine).context, { ...input, ruleset: () => ({ tables: [] }), size: 0 }, options);
}

export async function codes(
  machine: MemoryMachine,
  text: string,
  options: Partial<PlanOptions> = {},
): Promise<readonly string[]> {
  const { findings } = await planOf(machine, text, options);
  return findings.map(({ code, severity }) => `${severity} ${code}`).filter((one) => one !== 'warning CTFW7116');
}

export async function find(
  machine: MemoryMachine,
  text: string,
  code: string,
  options: Partial<PlanOptions> = {},
): Promise<Finding> {
  const { findings } = await planOf(machine, text, options);
  const found = findings.find((finding) => finding.code === code);
  if (found === undefined) throw new Error(`not found: ${code}; ${JSON.stringify(findings)}`);
  return found;
}

export function change(machine: MemoryMachine, view: Partial<HostView>): void {
  machine.host.view = { ...machine.host.view, ...view };
}

export function at(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}

export const nft = (machine: MemoryMachine, commands: readonly unknown[]) =>
  machine.host.runNftables(JSON.stringify({ nftables: commands }), 'apply');
