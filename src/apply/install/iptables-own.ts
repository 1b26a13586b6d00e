/** The part of iptables' tables that is ours: chains `CTFW-*` and the jumps to them; as it is, as it should be, and the file between. */
import { emitIptables } from '../../backends/iptables/emit.ts';
import { parseIptablesSave } from '../../backends/iptables/parse.ts';
import { parseEbtablesSave } from '../../backends/iptables/parse-ebtables.ts';
import type { IptablesTool } from '../../host/contract/host.ts';
import type { Chain, Rule, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { Artifact } from '../artifact.ts';
import { isPassedBy } from './iptables-order.ts';

export const chainPrefix = 'CTFW-';

type Variant = 'nft' | 'legacy';

export const variantOf = ({ target }: Artifact): Variant => (target === 'iptables-legacy' ? 'legacy' : 'nft');

/** The file of an artifact that each tool loads, bridge first: it is judged together with both families. */
export const toolFiles = [
  { command: 'ebtables', file: 'rules.bridge', family: 'bridge' },
  { command: 'iptables', file: 'rules.v4', family: 'ip' },
  { command: 'ip6tables', file: 'rules.v6', family: 'ip6' },
] as const;

export type ToolFile = (typeof toolFiles)[number];

export function toolOf({ command }: ToolFile, variant: Variant): IptablesTool {
  return `${command}-${variant}`;
}

/** Rules as a tool saves them or a file holds them. */
export function readRules(text: string, { family, file }: ToolFile, variant: Variant): Ruleset {
  const engine = variant === 'legacy' ? 'iptables-legacy' : 'iptables-nft';
  if (family === 'bridge') return parseEbtablesSave(text, file, { engine }).ruleset;
  return parseIptablesSave(text, file, { family, engine }).ruleset;
}

/**
 * The same tables with nothing in them but what is ours; tables without anything of ours are left out. A jump that packets get
 * past by a rule of others before it is as if it were not there.
 */
export function ownPart(ruleset: Ruleset): Ruleset {
  const tables = ruleset.tables.flatMap((table): Table[] => {
    const jumps = (chain: Chain): Chain['rules'] =>
      isPassedBy(table, chain, jumpsToOwn) ? [] : chain.rules.filter(jumpsToOwn);
    const chains = table.chains
      .filter(({ base, name }) => base !== undefined || name.startsWith(chainPrefix))
      .map((chain): Chain => (chain.base === undefined ? chain : { ...chain, rules: jumps(chain) }));
    const isOurs = chains.some(({ base, rules }) => base === undefined || rules.length > 0);
    return isOurs ? [{ ...table, chains }] : [];
  });
  return { tables };
}

/** The same tables without what is ours. */
export function foreignPart(ruleset: Ruleset): Ruleset {
  const tables = ruleset.tables.map((table): Table => {
    const chains = table.chains.filter(({ base, name }) => base !== undefined || !name.startsWith(chainPrefix));
    return {
      ...table,
      chains: chains.map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => !jumpsToOwn(rule)) })),
    };
  });
  return { tables };
}

function jumpsToOwn(rule: Rule): boolean {
  const last = rule.statements.at(-1);
  if (last?.kind !== 'verdict' || (last.verdict.kind !== 'jump' && last.verdict.kind !== 'goto')) return false;
  return last.verdict.chain.startsWith(chainPrefix);
}

/** The text of each table of ours, by its name: equal texts do the same. */
export function ownTexts(ruleset: Ruleset, { family }: ToolFile): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const table of ownPart(ruleset).tables)
    texts.set(table.name, textOf(emitIptables({ tables: [inOrder(table)] }, { ownChains: chainPrefix }), family));
  return texts;
}

/** Chains by name: a listing has them in the order in which they were made, which means nothing. */
function inOrder(table: Table): Table {
  return { ...table, chains: [...table.chains].sort((left, right) => (left.name < right.name ? -1 : 1)) };
}

/** The file that turns what is there into what is wanted, a text a table; tables that are right already have none. */
export function changeTexts(wanted: Ruleset, present: Ruleset, toolFile: ToolFile): ReadonlyMap<string, string> {
  const [before, after] = [ownTexts(present, toolFile), ownTexts(wanted, toolFile)];
  const names = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  const inTable = (ruleset: Ruleset, name: string): Ruleset => ({
    tables: ruleset.tables.filter((table) => table.name === name),
  });
  return new Map(
    names.map((name) => {
      const files = emitIptables(ownPart(inTable(wanted, name)), {
        ownChains: chainPrefix,
        present: inTable(present, name),
      });
      return [name, textOf(files, toolFile.family)] as const;
    }),
  );
}

function textOf(files: ReturnType<typeof emitIptables>, family: ToolFile['family']): string {
  return family === 'ip' ? files.v4 : family === 'ip6' ? files.v6 : (files.bridge ?? '');
}
