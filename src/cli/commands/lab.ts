/** `ctfw lab`: the policy's network for real, in namespaces of its own, with real packets. */
import type { Command } from 'commander';
import { emitJson } from '../../backends/nftables/emit-json.ts';
import { type Compiled, compile } from '../../compile.ts';
import { formatFlow } from '../../expectations/evaluate.ts';
import { matrixFlows } from '../../expectations/matrix.ts';
import { universeOf } from '../../expectations/universe.ts';
import { missingForLab } from '../../host/lab-requirements.ts';
import { disagreement, type PlannedProbe, planProbe } from '../../lab/agreement.ts';
import { labTopology } from '../../lab/build-topology.ts';
import { buildLab, type Lab } from '../../lab/lab.ts';
import { defaultLowerOptions } from '../../lower/context.ts';
import { decide } from '../../policy/decide.ts';
import { formatVersion, parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource, writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import { type LockOptions, loadLock, saveLock } from '../io/policy-lock.ts';

interface TestOptions extends LockOptions {
  readonly brNetfilter: boolean;
  readonly format: string;
  readonly most: string;
}

export function addLab(program: Command, outcome: Outcome): void {
  const lab = program
    .command('lab')
    .description("build the policy's network in namespaces and send real packets through its rules");
  lab
    .command('test')
    .description('send packets between all places of the policy and compare what happens with what is meant')
    .argument('<file>', 'the policy; - is standard input')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--no-br-netfilter', 'keep bridged packets from the inet table, as on a host without br_netfilter')
    .option('--most <number>', 'send at most this many packets', '20000')
    .option('--format <format>', 'human or json', 'human')
    .action(async (file: string, options: TestOptions) => {
      const format = parseFormat(options.format);
      const compiled = compileForLab(file, options);
      if (compiled === undefined) {
        outcome.code = exitCode.refused;
        return;
      }
      const missing = missingForLab({ brNetfilter: options.brNetfilter });
      if (missing.length > 0) throw new CommandError(missing.join('\n      '), exitCode.noPrivilege);
      const report = await testInLab(compiled, options.brNetfilter, parseMost(options.most));
      if (format === 'json') writeOut(`${JSON.stringify({ formatVersion, ...report }, undefined, 2)}\n`);
      else
        writeOut(
          `${report.failures.map(({ flow, problem }) => `${flow}\n    ${problem}\n`).join('')}${report.sent - report.failures.length} passed, ${report.failures.length} failed\n`,
        );
      outcome.code = report.failures.length === 0 ? exitCode.fine : exitCode.refused;
    });
}

function parseMost(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new CommandError(`--most takes a whole number of packets, at least 1; "${text}" is none`);
  return value;
}

/** Compiles a policy, or says what is wrong with it. */
export function compileForLab(file: string, options: LockOptions): Compiled | undefined {
  const loaded = loadLock(file, options);
  const result = compile(readSource(file), readIncluded, loaded.lock, defaultLowerOptions);
  sayDiagnostics([...loaded.diagnostics, ...result.diagnostics], 'human');
  if (result.compiled !== undefined) saveLock(loaded, result.lock, options);
  return result.compiled;
}

export interface LabReport {
  readonly sent: number;
  readonly failures: readonly { readonly flow: string; readonly problem: string }[];
}

/** Builds the network, loads the rules, sends the matrix of flows, and compares. */
async function testInLab(compiled: Compiled, brNetfilter: boolean, most: number): Promise<LabReport> {
  const { meaning } = compiled;
  const topology = labTopology(meaning.atlas.model, compiled.host, { brNetfilter });
  const lab = await buildLab(topology);
  try {
    return await probeAgreement(lab, compiled, brNetfilter, most);
  } finally {
    await lab.close();
  }
}

async function probeAgreement(lab: Lab, compiled: Compiled, brNetfilter: boolean, most: number): Promise<LabReport> {
  const loaded = await lab.load({ kind: 'nft-json', text: emitJson(compiled.ruleset) });
  if (!loaded.loaded) throw new CommandError(`the kernel refused the rules: ${loaded.message}`);
  const meaning = compiled.meaningWith({ brNetfilter });
  const planned: PlannedProbe[] = [];
  for (const flow of matrixFlows(universeOf(meaning.atlas))) {
    const plan = planProbe(meaning, lab.topology, flow, decide(meaning, flow));
    if (plan !== undefined) planned.push(plan);
    if (planned.length >= most) break;
  }
  const results = await lab.probeAll(planned.map(({ probe }) => probe));
  const failures = planned.flatMap((plan, index) => {
    const result = results[index];
    const problem = result === undefined ? 'no result' : disagreement(lab.topology, plan, result);
    return problem === undefined ? [] : [{ flow: formatFlow(plan.flow), problem }];
  });
  return { sent: planned.length, failures };
}
