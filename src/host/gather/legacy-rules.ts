/** Tables of the legacy iptables and ebtables, read only where the kernel already has them: the tools would make them. */
import { parseIptablesSave } from '../../backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../backends/iptables/parse-ebtables.ts';
import type { GatheredPart, GatheredRules, IptablesVariant, Missing } from './gathered.ts';
import { commandOf } from './iptables-variants.ts';
import { failureOf, print, type Runner } from './runner.ts';

export interface LegacyRules {
  readonly rulesets: readonly GatheredRules[];
  readonly missing: readonly Missing[];
}

export async function gatherLegacyRules(runner: Runner, variants: readonly IptablesVariant[]): Promise<LegacyRules> {
  const parts = await Promise.all([
    internetRules(runner, variants, 'ip'),
    internetRules(runner, variants, 'ip6'),
    bridgeRules(runner, variants),
    arpRules(runner),
  ]);
  return {
    rulesets: parts.flatMap(({ rulesets }) => rulesets),
    missing: parts.flatMap(({ missing }) => missing),
  };
}

/** Whether a legacy tool may hold rules: where none does, that is quickly told. */
export async function hasLegacyRules(runner: Runner): Promise<boolean> {
  const [ebtables, ...names] = await Promise.all([
    runner('grep', ['-m1', '-w', 'ebt_do_table', '/proc/kallsyms']),
    ...['ip', 'ip6', 'arp'].map((family) => tableNames(runner, 'iptables', `/proc/net/${family}_tables_names`)),
  ]);
  return !(ebtables.kind === 'exited' && ebtables.status === 1) || names.some((one) => 'part' in one || one.length > 0);
}

const nothing: LegacyRules = { rulesets: [], missing: [] };

function lacking(missing: Missing): LegacyRules {
  return { rulesets: [], missing: [missing] };
}

async function internetRules(
  runner: Runner,
  variants: readonly IptablesVariant[],
  family: 'ip' | 'ip6',
): Promise<LegacyRules> {
  const names = await tableNames(runner, 'iptables', `/proc/net/${family}_tables_names`);
  if ('part' in names) return lacking(names);
  if (names.length === 0) return nothing;
  const command = family === 'ip' ? 'iptables' : 'ip6tables';
  const save = saveCommand(variants, command);
  if (save === undefined) return lacking(noTool('iptables', command, names));
  const printed = await print(runner, 'iptables', [save]);
  if (printed.kind === 'missing') return lacking(printed.missing);
  const file = family === 'ip' ? 'rules-legacy.v4' : 'rules-legacy.v6';
  const reading = parseIptablesSave(printed.text, file, { family, engine: 'iptables-legacy' });
  return { rulesets: [{ file, tool: save, text: printed.text, ...reading }], missing: [] };
}

/** The tables that a file of /proc names; the file exists where the kernel has the legacy tables at all. */
async function tableNames(runner: Runner, part: GatheredPart, path: string): Promise<readonly string[] | Missing> {
  const result = await runner('cat', [path]);
  if (result.kind !== 'exited') return failureOf(part, `cat ${path}`, result);
  if (result.status === 0) return result.stdout.split('\n').filter((name) => name !== '');
  return /no such file/i.test(result.stderr) ? [] : failureOf(part, `cat ${path}`, result);
}

function saveCommand(variants: readonly IptablesVariant[], command: IptablesVariant['command']): string | undefined {
  const variant = variants.find((candidate) => candidate.command === command && candidate.engine === 'legacy');
  return variant === undefined ? undefined : `${commandOf(variant)}-save`;
}

function noTool(part: GatheredPart, command: string, names: readonly string[]): Missing {
  const message = `The kernel holds legacy ${command} tables (${names.join(', ')}), and there is no ${command}-legacy-save here that could read them.`;
  return { part, why: 'tool', message };
}

/**
 * No file names the tables of legacy ebtables, and listing them makes them. The kernel's symbols say whether it has ebtables at all,
 * and the hooks, where it tells them, whether its tables are in use; `nft list hooks` reads all elements of all sets on its way.
 */
async function bridgeRules(runner: Runner, variants: readonly IptablesVariant[]): Promise<LegacyRules> {
  const symbols = await runner('grep', ['-m1', '-w', 'ebt_do_table', '/proc/kallsyms']);
  if (symbols.kind === 'exited' && symbols.status === 1) return nothing;
  const hooks = await runner('nft', ['list', 'hooks', 'bridge']);
  const tellsHooks = hooks.kind === 'exited' && hooks.status === 0 && hooks.stdout.includes('hook');
  if (tellsHooks && !/\bebt_/.test(hooks.stdout)) return nothing;
  const save = saveCommand(variants, 'ebtables');
  if (save === undefined) return lacking(noTool('ebtables', 'ebtables', ['unknown']));
  const printed = await print(runner, 'ebtables', [save]);
  if (printed.kind === 'missing') return lacking(printed.missing);
  const file = 'rules-legacy.bridge';
  const reading = parseEbtablesSave(printed.text, file, { engine: 'iptables-legacy' });
  if (reading.ruleset.tables.length === 0) return nothing;
  return { rulesets: [{ file, tool: save, text: printed.text, ...reading }], missing: [] };
}

async function arpRules(runner: Runner): Promise<LegacyRules> {
  const names = await tableNames(runner, 'arptables', '/proc/net/arp_tables_names');
  if ('part' in names) return lacking(names);
  if (names.length === 0) return nothing;
  const message = `The kernel holds legacy arptables tables (${names.join(', ')}), which ctfw does not read.`;
  return lacking({ part: 'arptables', why: 'inexact', message });
}
