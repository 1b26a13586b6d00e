/** Reads and writes single rules, for tests that compare text with statements. */
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import type { Rule, Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import type { Statement } from '../../../src/ruleset/statement.ts';

export type Family = 'ip' | 'ip6';

/** The text of a filter table with one rule in FORWARD and a chain C to jump to. */
export function listingOf(words: string): string {
  return `*filter\n:FORWARD ACCEPT [0:0]\n:C - [0:0]\n-A FORWARD ${words}\nCOMMIT\n`;
}

/** All rules that the words of one line make. */
export function readRules(words: string, family: Family = 'ip'): readonly Rule[] {
  const { ruleset } = parseIptablesSave(listingOf(words), 'rules.v4', { family, engine: 'iptables-nft' });
  return ruleset.tables[0]?.chains[0]?.rules ?? [];
}

/** The statements of the one rule that the words make. */
export function readWords(words: string, family: Family = 'ip'): readonly Statement[] {
  const rules = readRules(words, family);
  if (rules.length !== 1) throw new Error(`${rules.length} rules`);
  return rules[0]?.statements ?? [];
}

/** A filter table with the rules in FORWARD. */
export function tableOf(
  rules: readonly Rule[],
  family: Family = 'ip',
  engine: Table['engine'] = 'iptables-nft',
): Table {
  return {
    family,
    name: 'filter',
    engine,
    chains: [
      {
        name: 'FORWARD',
        base: { type: 'filter', hook: 'forward', priority: 0, policy: 'accept', devices: [] },
        rules,
      },
      { name: 'C', base: undefined, rules: [] },
    ],
    sets: [],
    maps: [],
  };
}

export function rulesetOf(...tables: readonly Table[]): Ruleset {
  return { tables };
}

/** The words that one rule is written as, or the code and message of why it is not. */
export function writeStatements(statements: readonly Statement[], family: Family = 'ip'): string {
  const written = emitIptables(rulesetOf(tableOf([{ statements, origins: [] }], family)));
  const [problem] = written.diagnostics;
  if (problem !== undefined) return `${problem.code} ${problem.message}`;
  const line = (family === 'ip' ? written.v4 : written.v6).split('\n').find((candidate) => candidate.includes('-A '));
  return line?.replace(/^(?:\[\d+:\d+\] )?-A FORWARD ?/, '') ?? 'no rule';
}
