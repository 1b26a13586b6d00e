/** A proof is found again only for the very same policy and rules, by the same version; whatever differs is proved anew. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from '../../../src/apply/engine/apply.ts';
import type { Plan } from '../../../src/apply/plan/plan.ts';
import { planOfFile } from '../../../src/cli/apply/make.ts';
import type { PlanningOptions } from '../../../src/cli/apply/options.ts';
import { compileFile } from '../../../src/cli/apply/policy.ts';
import { provedBefore } from '../../../src/cli/apply/proved-before.ts';
import { forGood, type MemoryMachine, memoryMachine, newProcess } from '../../apply/support/memory.ts';
import { policyText } from '../../apply/support/policies.ts';

const version = '1.2.3';
const options: PlanningOptions = {
  target: 'nft',
  markBit: '0x1000',
  operatorPort: '22',
  allowLockout: true,
  prove: true,
  stateDir: '',
  format: 'human',
};

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ctfw-proved-'));
  file = join(folder, 'policy.ctfw');
  await writeFile(file, policyText());
});
afterAll(() => rm(folder, { recursive: true }));

async function planned(machine: MemoryMachine, over: Partial<PlanningOptions> = {}): Promise<Plan> {
  const made = await planOfFile(newProcess(machine).context, file, { ...options, ...over }, version, false);
  if (made === undefined) throw new Error('no plan');
  return made.plan;
}

async function appliedMachine(change: (plan: Plan) => Plan = (plan) => plan): Promise<MemoryMachine> {
  const machine = memoryMachine();
  const result = await applyPlan(newProcess(machine).context, change(await planned(machine)), forGood);
  expect(result).toMatchObject({ kind: 'applied', generation: 1 });
  return machine;
}

/** What is known of a policy's proof on a machine. */
function known(machine: MemoryMachine, text = policyText(), by = version, target: 'nft' | 'iptables' = 'nft') {
  const { policy, compiled } = compileFile(file, { ...options, target });
  if (compiled === undefined) throw new Error('does not compile');
  const planned = { ...policy, text };
  return provedBefore(
    newProcess(machine).context,
    compiled,
    planned,
    target === 'nft' ? 'nftables' : 'iptables-nft',
    by,
  );
}

test('the same policy by the same version: the same files as with a proof of its own', async () => {
  const machine = await appliedMachine();
  const fresh = await planned(memoryMachine());
  expect(known(machine)).toEqual(fresh.artifact);
  const again = await planned(machine);
  expect(again.artifact).toEqual(fresh.artifact);
  expect(again.artifact.files['rules.json']).toContain('"proved":true');
});

test('nothing was applied, or something else: nothing is known', async () => {
  expect(known(memoryMachine())).toBeUndefined();
  const machine = await appliedMachine();
  expect(known(machine, `${policyText()}# a comment\n`)).toBeUndefined();
  expect(known(machine, policyText(), '1.2.4')).toBeUndefined();
  expect(known(machine, policyText(), version, 'iptables')).toBeUndefined();
});

test('rules that were not proved, and files that are others', async () => {
  const unproved = memoryMachine();
  await applyPlan(newProcess(unproved).context, await planned(unproved, { prove: false }), forGood);
  expect(known(unproved)).toBeUndefined();
  const other = await appliedMachine((plan) => ({
    ...plan,
    artifact: {
      ...plan.artifact,
      files: { 'rules.json': (plan.artifact.files['rules.json'] ?? '').replaceAll('172.30.0.3', '172.30.0.4') },
    },
  }));
  expect(known(other)).toBeUndefined();
  expect(known(await appliedMachine())).toBeDefined();
});
