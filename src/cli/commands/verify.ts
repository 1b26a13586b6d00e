/** `ctfw verify FILE`: everything that can be said about a policy and its rules without a host, for people and for CI. */
import { type Command, Option } from 'commander';
import { type Compiled, compile } from '../../compile.ts';
import { neverMatters } from '../../diagnostics/catalogue/checks.ts';
import { catalogue } from '../../diagnostics/catalogue/index.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { routingOf } from '../../host-view/routing.ts';
import { meaningOf } from '../../policy/decide.ts';
import { chooseHost } from '../io/choose-host.ts';
import { emittedRules, ruleTargets } from '../io/emitted-rules.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource, writeAtomically, writeOut } from '../io/files.ts';
import { readFoundRules, readFoundView } from '../io/found-rules.ts';
import type { Outcome } from '../io/outcome.ts';
import { type LockOptions, loadLock } from '../io/policy-lock.ts';
import type { Subject } from '../verify/check.ts';
import { circumstancesOf } from '../verify/checks/expectations.ts';
import { checks } from '../verify/checks/index.ts';
import { humanFormat } from '../verify/formats/human.ts';
import { type FormatName, formatNames, formats } from '../verify/formats/index.ts';
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
      for (const file of files) results.push(...(await verify(file, options, found)));
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

async function verify(
  file: string,
  options: VerifyOptions,
  found: ReturnType<typeof readFoundRules> | undefined,
): Promise<readonly Result[]> {
  const most = parseMost(options.most);
  const policy = readSource(file);
  const loaded = loadLock(file, options);
  const result = compile(policy, readIncluded, loaded.lock);
  const chosen =
    options.host === undefined || result.judged.length === 0 ? undefined : chooseHost(result.judged, options.host);
  if (options.hostView !== undefined && chosen === undefined && result.judged.length > 1)
    chooseHost(result.judged, undefined);
  const first = chosen ?? result.judged[0];
  const hosts: readonly Subject[] = result.judged.map((compiled) => ({
    ...subjectFor(compiled, options, found, most),
    hosts: () => hosts,
    speaksForPolicy: compiled === first,
  }));
  const subjects = hosts.filter(({ compiled }) => chosen === undefined || compiled === chosen);
  const results: Result[] = diagnosticResults([...loaded.diagnostics, ...result.diagnostics]);
  for (const check of checks) {
    if (check.needsKernel && options.kernel !== true) continue;
    for (const subject of subjects) results.push(...(await check.run(subject)));
  }
  return withoutRepeats(results).map((result) => ({ ...result, policy: policy.name }));
}

function subjectFor(
  compiled: Compiled,
  { rules, hostView, coverageThreshold: threshold }: VerifyOptions,
  found: ReturnType<typeof readFoundRules> | undefined,
  most: number,
): Omit<Subject, 'hosts' | 'speaksForPolicy'> {
  const coverageThreshold = parseThreshold(threshold);
  const judged =
    found === undefined
      ? ruleTargets.map((target) => ({ name: target, isOurs: true, rulesets: emittedRules(compiled, target).rulesets }))
      : [{ name: (rules ?? []).join(', '), isOurs: false, rulesets: found }];
  if (hostView === undefined)
    return {
      compiled,
      rules: judged,
      circumstances: circumstancesOf({ compiled }),
      isGathered: false,
      most,
      coverageThreshold,
    };
  const view = readFoundView(hostView);
  const { model, host } = compiled;
  const meaning = meaningOf(model, model.hosts[0] ?? host, view, routingOf(view));
  return {
    compiled,
    rules: judged,
    circumstances: [{ name: 'as gathered', view, meaning }],
    isGathered: true,
    most,
    coverageThreshold,
  };
}

/** A statement that a warning of the policy's own checks speaks of is not told a second time. */
function withoutRepeats(results: readonly Result[]): readonly Result[] {
  const warned = new Set(results.flatMap(({ rule, span }) => (rule === neverMatters.code ? [span?.start] : [])));
  return results.filter(({ rule, span }) => rule !== 'finding' || span === undefined || !warned.has(span.start));
}

/** Expectations have a check of their own. */
const judgedElsewhere: ReadonlySet<string> = new Set(['CTFW5001', 'CTFW5002']);

function diagnosticResults(diagnostics: readonly Diagnostic[]): Result[] {
  return diagnostics
    .filter(({ code, severity }) => severity !== 'hint' && !judgedElsewhere.has(code))
    .map(({ code, severity, message, span, help }) => ({
      rule: code,
      host: '',
      judge: 'policy',
      name: message,
      outcome: severity === 'error' ? 'failed' : 'warning',
      message: catalogue.find((entry) => entry.code === code)?.title ?? message,
      span,
      ...(help === undefined ? {} : { help }),
    }));
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
