/** `ctfw report FILE --html`: one page about a policy, for who does not read policies. */
import type { Command } from 'commander';
import { assemble } from '../../syntax/include.ts';
import { sayDiagnostics } from '../io/diagnostics.ts';
import { exitCode } from '../io/exit-code.ts';
import { readIncluded, writeAtomically, writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';
import type { LockOptions } from '../io/policy-lock.ts';
import { policyPage } from '../report/page.ts';
import type { Check } from '../verify/check.ts';
import { expectationsCheck } from '../verify/checks/expectations.ts';
import { coverageCheck, findingsCheck } from '../verify/checks/findings.ts';
import { proofCheck } from '../verify/checks/proof.ts';
import { verifyPolicy } from '../verify/policy/verify-policy.ts';
import { isFailure } from '../verify/result.ts';

interface ReportOptions extends LockOptions {
  readonly output?: string;
}

/** What the page tells. Packets one by one, which `ctfw verify` tries too, add nothing to a proof that people would read. */
const checks: readonly Check[] = [expectationsCheck, proofCheck, findingsCheck, coverageCheck];

export function addReport(program: Command, outcome: Outcome, version: string): void {
  program
    .command('report')
    .description('one page about a policy: networks, ports, who reaches whom, expectations, proof')
    .argument('<file>', 'the policy; - is standard input')
    .option('--html', 'as an HTML page that needs nothing but itself; the only form that there is')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('-o, --output <file>', 'write the page to this file')
    .action(async (file: string, options: ReportOptions) => {
      const question = {
        checks,
        found: undefined,
        view: undefined,
        host: undefined,
        most: mostPackets,
        // What is open without an expectation is listed, and fails nothing.
        coverageThreshold: 0,
      };
      const { source, compiled, diagnostics, results } = await verifyPolicy(file, options, question);
      const { model, judged } = compiled;
      if (model === undefined || judged.length === 0) {
        sayDiagnostics(
          diagnostics.filter(({ severity }) => severity === 'error'),
          'human',
        );
        outcome.code = exitCode.refused;
        return;
      }
      const files = assemble(source, readIncluded).files.map((one) => one.source);
      const page = policyPage({ version, files, model, hosts: judged, results });
      if (options.output === undefined) writeOut(page);
      else writeAtomically(options.output, page);
      if (results.some(isFailure)) outcome.code = exitCode.refused;
    });
}

const mostPackets = 20_000;
