/** `ctfw verify FILE`: everything that can be said about a policy and its rules without a host, for people and for CI. */
import { type Command, Option } from 'commander';
import { catalogue } from '../../diagnostics/catalogue/index.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { writeAtomically, writeOut } from '../io/files.ts';
import { readFoundRules, readFoundView } from '../io/found-rules.ts';
import type { Outcome } from '../io/outcome.ts';
import type { LockOptions } from '../io/policy-lock.ts';
import { checks } from '../verify/checks/index.ts';
import { humanFormat } from '../verify/formats/human.ts';
import { type FormatName, formatNames, formats } from '../verify/formats/index.ts';
import { verifyPolicy } from '../verify/policy/verify-policy.ts';
import { hasFailed, type RuleDescription } from '../verify/report.ts';
import type { Result } from '../verify/result.ts';

interface VerifyOptions extends LockOptions {
  readonly rules?: readonly string[];
  readonly hostView?: string;
  readonly host?: string;
  readonly kernel?: boolean;
  readonly most: string;
  readonly coverageThreshold?: string;
  readonly format: FormatName;
  readonly output?: string;
}

export function addVerify(program: Command, outcome: Outcome, version: string): void {
  program
    .command('verify')
    .description('judge the expectations and the rules of a policy, packet by packet, for people and for CI')
    .argument('<file...>', 'the policies; - is standard input')
    .option('--rules <files...>', 'judge rules found on a host instead of ours: nft JSON, iptables-save, ebtables-save')
    .option('--host-view <file>', 'the host as `ctfw snapshot` saw it, instead of as the policy says')
    .option('--host <name>', 'one host of the policy (default: all)')
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--kernel', 'send real packets too, in network namespaces (root, or user namespaces)')
    .option('--most <number>', 'try at most this many packets for each question', '20000')
    .option('--coverage-threshold <percent>', 'fail when expectations speak of less of what is open to the outside')
    .addOption(new Option('--format <format>', 'how results look').choices([...formatNames]).default('human'))
    .option('-o, --output <file>', 'write the results to this file, and say them to people on standard error')
    .action(async (files: readonly string[], options: VerifyOptions) => {
      const found = options.rules === undefined ? undefined : readFoundRules(options.rules);
      if (options.lock !== undefined && files.length > 1)
        throw new CommandError('--lock names the lock file of one policy, and several are given');
      const results: Result[] = [];
      const question = {
        checks: checks.filter(({ needsKernel }) => !needsKernel || options.kernel === true),
        found: found === undefined ? undefined : { name: (options.rules ?? []).join(', '), rulesets: found },
        view: options.hostView === undefined ? undefined : readFoundView(options.hostView),
        host: options.host,
        most: parseMost(options.most),
        coverageThreshold: parseThreshold(options.coverageThreshold),
      };
      for (const file of files) results.push(...(await verifyPolicy(file, options, question)).results);
      const report = { version, policies: files.map(nameOfPolicy), results, rules: describeRules(results) };
      const text = formats[options.format](report);
      if (options.output === undefined) writeOut(text);
      else {
        writeAtomically(options.output, options.format === 'human' ? humanFormat(report, false) : text);
        process.stderr.write(humanFormat(report, false));
      }
      if (hasFailed(report)) outcome.code = exitCode.refused;
    });
}

function nameOfPolicy(file: string): string {
  return file === '-' ? '<stdin>' : file;
}

/** The checks, and the diagnostics that occur. */
function describeRules(results: readonly Result[]): readonly RuleDescription[] {
  const codes = new Set(results.map(({ rule }) => rule));
  const diagnostics = catalogue.filter(({ code }) => codes.has(code));
  return [
    ...checks.map(({ rule, title, explanation }) => ({ rule, title, explanation, level: 'error' as const })),
    ...diagnostics.map(({ code, title, explanation, severity }) => ({
      rule: code,
      title,
      explanation,
      level: severity === 'error' ? ('error' as const) : ('warning' as const),
    })),
  ];
}

function parseMost(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new CommandError(`--most takes a whole number of packets, at least 1; "${text}" is none`);
}

function parseThreshold(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replace(/%$/, ''));
  if (value >= 0 && value <= 100) return value;
  throw new CommandError(`--coverage-threshold takes percent, 0 to 100; "${text}" is none`);
}
