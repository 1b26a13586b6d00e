/** `ctfw compile FILE`: the main job. Checks, evaluates the expectations, lowers and emits; emits nothing when anything fails. */
import type { Command } from 'commander';
import { type Compiled, compile } from '../../compile.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { defaultLowerOptions } from '../../lower/context.ts';
import { chooseHost } from '../io/choose-host.ts';
import { countOf, parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import { document, type Target } from '../io/document.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readIncluded, readSource, writeAtomically, writeFolder, writeOut } from '../io/files.ts';
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
    .option('-t, --target <target>', 'nft-json or nft', 'nft-json')
    .option(
      '-o, --output <file>',
      'write the rules to this file; those of several hosts into this folder, one file a host',
    )
    .option('--lock <path>', 'the lock file (default: FILE.lock)')
    .option('--locked', 'fail where the lock file would change')
    .option('--host <name>', 'the host to compile for, where the policy has several')
    .option(
      '--mark-bit <bit>',
      'the bit of the packet mark that guards bridged traffic',
      `0x${defaultLowerOptions.markBit.toString(16)}`,
    )
    .option('--no-prove', 'do not prove the rules (this version proves nothing and says so in its output)')
    .option('--deny-warnings', 'fail on warnings too')
    .option('--format <format>', 'how messages on standard error look: human or json', 'human')
    .action((file: string, options: CompileOptions) => {
      const format = parseFormat(options.format);
      const target = parseTarget(options.target);
      const markBit = parseMarkBit(options.markBit);
      const source = readSource(file);
      const loaded = loadLock(file, options);
      const result = compile(source, readIncluded, loaded.lock, { markBit });
      const diagnostics = [...loaded.diagnostics, ...result.diagnostics];
      sayDiagnostics(diagnostics, format);
      const denied = options.denyWarnings === true && diagnostics.some(({ severity }) => severity === 'warning');
      if (result.compiled.length === 0 || hasErrors(diagnostics) || denied) {
        if (format === 'human')
          process.stderr.write(`${source.name}: ${countOf(diagnostics) ?? 'refused'}; no rules were emitted\n`);
        outcome.code = exitCode.refused;
        return;
      }
      const textOf = (compiled: Compiled): string => document(target, compiled, { version, policy: source, markBit });
      if (isIntoFolder(result.compiled, options)) {
        const files = result.compiled.map((one) => ({
          name: `${one.host.name}${extension[target]}`,
          text: textOf(one),
        }));
        saveLock(loaded, result.lock, options);
        writeFolder(options.output, files);
        return;
      }
      const text = textOf(chooseHost(result.compiled, options.host));
      saveLock(loaded, result.lock, options);
      if (options.output === undefined) writeOut(text);
      else writeAtomically(options.output, text);
    });
}

/** What follows the name of a host in a folder of several. */
const extension: Readonly<Record<Target, string>> = { 'nft-json': '.nft.json', nft: '.nft' };

/** Several hosts, none chosen, and a place for all of them. */
function isIntoFolder(
  compiled: readonly Compiled[],
  options: CompileOptions,
): options is CompileOptions & { readonly output: string } {
  return compiled.length > 1 && options.host === undefined && options.output !== undefined && options.output !== '-';
}

function parseTarget(text: string): Target {
  if (text === 'nft-json' || text === 'nft') return text;
  if (text === 'iptables') throw new CommandError('this version does not compile to iptables yet: nft-json or nft');
  throw new CommandError(`unknown target "${text}": nft-json or nft`);
}

function parseMarkBit(text: string): number {
  const value = /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? Number(text) : Number.NaN;
  const single = Number.isInteger(value) && value > 0 && value <= 0x8000_0000 && Number.isInteger(Math.log2(value));
  if (!single)
    throw new CommandError(`--mark-bit takes one bit of the 32-bit packet mark, 0x1 to 0x80000000; "${text}" is none`);
  return value;
}
