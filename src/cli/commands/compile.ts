/** `ctfw compile FILE`: the main job. Checks, evaluates the expectations, lowers and emits; emits nothing when anything fails. */
import type { Command } from 'commander';
import { type Compiled, compile } from '../../compile.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { defaultLowerOptions } from '../../lower/context.ts';
import { chooseHost } from '../io/choose-host.ts';
import { countOf, parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import type { Target } from '../io/document.ts';
import { emitPolicy } from '../io/emit-policy.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource } from '../io/files.ts';
import { parseMarkBit } from '../io/mark-bit.ts';
import type { Outcome } from '../io/outcome.ts';
import { type LockOptions, loadLock, saveLock } from '../io/policy-lock.ts';

interface CompileOptions extends LockOptions {
  readonly target: string;
  readonly output?: string;
  readonly prove: boolean;
  readonly markBit: string;
  readonly host?: string;
  readonly denyWarnings?: boolean;
  readonly format: string;
}

export function addCompile(program: Command, outcome: Outcome, version: string): void {
  program
    .command('compile')
    .description('compile a policy to rules on standard output, or into a file')
    .argument('<file>', 'the policy; - is standard input')
    .option('-t, --target <target>', 'nft-json, nft or iptables', 'nft-json')
    .option(
      '-o, --output <file>',
      'write the rules to this file; for iptables, to rules.v4, rules.v6 and rules.bridge in this folder; of several hosts, a file or folder each in this folder',
    )
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--locked', 'fail where the lock file would change')
    .option('--host <name>', 'the host to compile for, where the policy has several')
    .option(
      '--mark-bit <bit>',
      'the bit of the packet mark that guards bridged traffic',
      `0x${defaultLowerOptions.markBit.toString(16)}`,
    )
    .option('--no-prove', 'emit the rules without proving that they do what the policy means')
    .option('--deny-warnings', 'fail on warnings too')
    .option('--format <format>', 'how messages on standard error look: human or json', 'human')
    .action(async (file: string, options: CompileOptions) => {
      const format = parseFormat(options.format);
      const target = parseTarget(options.target);
      if (target === 'iptables' && (options.output === undefined || options.output === '-'))
        throw new CommandError('the rules for iptables are three files: name a folder for them with -o');
      const markBit = parseMarkBit(options.markBit);
      const source = readSource(file);
      const loaded = loadLock(file, options);
      const result = compile(source, readIncluded, loaded.lock, {
        markBit,
        target: target === 'iptables' ? 'iptables' : 'nftables',
      });
      const diagnostics = [...loaded.diagnostics, ...result.diagnostics];
      sayDiagnostics(diagnostics, format);
      const denied = options.denyWarnings === true && diagnostics.some(({ severity }) => severity === 'warning');
      if (result.compiled.length === 0 || hasErrors(diagnostics) || denied) {
        if (format === 'human')
          process.stderr.write(`${source.name}: ${countOf(diagnostics) ?? 'refused'}; no rules were emitted\n`);
        outcome.code = exitCode.refused;
        return;
      }
      const about = { version, policy: source, markBit };
      const emitted = await emitPolicy(target, hostsToEmit(result.compiled, options), options, about);
      sayDiagnostics(emitted.diagnostics, format);
      if (hasErrors(emitted.diagnostics)) {
        if (format === 'human' && !emitted.proved)
          process.stderr.write(`${source.name}: not proved; no rules were emitted\n`);
        outcome.code = exitCode.refused;
        return;
      }
      saveLock(loaded, result.lock, options);
      emitted.write();
    });
}

/** Several hosts, none chosen, and a place for all of them: then all. */
function hostsToEmit(compiled: readonly Compiled[], { host, output }: CompileOptions): readonly Compiled[] {
  const all = compiled.length > 1 && host === undefined && output !== undefined && output !== '-';
  return all ? compiled : [chooseHost(compiled, host)];
}

function parseTarget(text: string): Target | 'iptables' {
  if (text === 'nft-json' || text === 'nft' || text === 'iptables') return text;
  throw new CommandError(`unknown target "${text}": nft-json, nft or iptables`);
}
