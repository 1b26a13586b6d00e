/**
 * The rules of a host, every table once: nftables' own from `nft -j`, those that iptables-nft wrote from its own listing
 * (nft shows them too, but with expressions that it cannot say), and the tables of the legacy tools where there are any.
 */
import { parseIptablesSave } from '../../backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../backends/iptables/parse-ebtables.ts';
import { parseNftJson } from '../../backends/nftables/parse-json.ts';
import type { ElementsApart, GatheredRules, IptablesVariant, ListedElements, Missing, RulesFile } from './gathered.ts';
import { commandOf } from './iptables-variants.ts';
import { gatherLegacyRules } from './legacy-rules.ts';
import { listingWithout, readListing, type TableKey, withElementsApart } from './nftables-listing.ts';
import { print, type Runner } from './runner.ts';
import { isSameTable, savedTables } from './saved-tables.ts';

export interface RulesOfHost {
  readonly rulesets: readonly GatheredRules[];
  readonly elementsApart: readonly ListedElements[];
  readonly nftListing: string | undefined;
  readonly missing: readonly Missing[];
}

interface Tool {
  readonly command: IptablesVariant['command'];
  readonly family: 'ip' | 'ip6' | 'bridge';
  readonly file: RulesFile;
}

const tools: readonly Tool[] = [
  { command: 'iptables', family: 'ip', file: 'rules.v4' },
  { command: 'ip6tables', family: 'ip6', file: 'rules.v6' },
  { command: 'ebtables', family: 'bridge', file: 'rules.bridge' },
];

/** Tables that the iptables tools make by these names, and no others. */
const iptablesTables: ReadonlySet<string> = new Set(['raw', 'mangle', 'nat', 'filter', 'security', 'broute']);

export async function gatherRules(
  runner: Runner,
  installed: Promise<readonly IptablesVariant[]>,
  wantedApart?: ElementsApart,
): Promise<RulesOfHost> {
  const [printed, variants, legacy] = await Promise.all([
    print(runner, 'nftables', ['nft', '-j', 'list', 'ruleset'], { maximumOutput: 256 << 20 }),
    installed,
    installed.then((found) => gatherLegacyRules(runner, found)),
  ]);
  const without = (missing: Missing, nftListing?: string): RulesOfHost => ({
    rulesets: legacy.rulesets,
    elementsApart: [],
    nftListing,
    missing: [missing, ...legacy.missing],
  });
  if (printed.kind === 'missing') return without(printed.missing);
  const whole = readListing(printed.text);
  if (whole === undefined) {
    const message = 'nftables: what `nft -j list ruleset` prints is no nftables document.';
    return without({ part: 'nftables', why: 'failed', message }, printed.text);
  }
  const { listing, apart: elementsApart } = withElementsApart(whole, wantedApart);
  const saved = new Set<TableKey>();
  const rulesets: GatheredRules[] = [];
  const missing: Missing[] = [];
  for (const tool of tools) {
    const shared = [...listing.tables].filter(([key]) => isIptablesTable(key, tool.family));
    if (shared.length === 0) continue;
    const variant = variants.find(({ command, engine }) => command === tool.command && engine === 'nft');
    if (variant === undefined) continue; // without the tool, nobody but nft wrote these tables here
    const save = `${commandOf(variant)}-save`;
    const text = await print(runner, tool.command === 'ebtables' ? 'ebtables' : 'iptables', [save]);
    if (text.kind === 'missing') {
      missing.push(text.missing);
      continue;
    }
    const tables = savedTables(text.text);
    const same = shared.filter(([key, chains]) => isSameTable(tables.get(nameOf(key)), chains));
    for (const [key] of shared.filter((entry) => !same.includes(entry))) missing.push(...mixedTable(key, tables, save));
    if (same.length === 0) continue;
    for (const [key] of same) saved.add(key);
    const kept = onlyTables(text.text, new Set(same.map(([key]) => nameOf(key))));
    rulesets.push(rulesFrom(tool, save, kept));
  }
  const text = listingWithout(listing, saved);
  const nftables: GatheredRules = {
    file: 'nft.json',
    tool: 'nft -j list ruleset',
    text,
    ...parseNftJson(text, 'nft.json'),
  };
  return {
    rulesets: [nftables, ...rulesets, ...legacy.rulesets],
    elementsApart,
    nftListing: printed.text,
    missing: [...missing, ...legacy.missing],
  };
}

function isIptablesTable(key: TableKey, family: string): boolean {
  const [tableFamily] = key.split(' ', 1);
  return tableFamily === family && iptablesTables.has(nameOf(key));
}

function nameOf(key: TableKey): string {
  return key.slice(key.indexOf(' ') + 1);
}

/** A table that iptables shows only in part was written by other hands as well; then nft's listing is the complete one. */
function mixedTable(key: TableKey, saved: ReadonlyMap<string, unknown>, save: string): Missing[] {
  if (!saved.has(nameOf(key))) return [];
  const message = `The table ${key} holds rules that \`${save}\` does not show; it is read from nft's listing, which cannot say all of iptables' matches.`;
  return [{ part: 'iptables', why: 'inexact', message }];
}

function rulesFrom({ family, file }: Tool, tool: string, text: string): GatheredRules {
  const engine = 'iptables-nft';
  const reading =
    family === 'bridge' ? parseEbtablesSave(text, file, { engine }) : parseIptablesSave(text, file, { family, engine });
  return { file, tool, text, ...reading };
}

/** The sections of a listing that are about some tables, with the comments before them. */
function onlyTables(text: string, names: ReadonlySet<string>): string {
  let keeps = true;
  let waiting: string[] = [];
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') {
      waiting.push(line);
      continue;
    }
    if (line.startsWith('*')) keeps = names.has(line.slice(1).trim());
    if (keeps) kept.push(...waiting, line);
    waiting = [];
  }
  return `${[...kept, ...(keeps ? waiting : [])].join('\n').trimEnd()}\n`;
}
