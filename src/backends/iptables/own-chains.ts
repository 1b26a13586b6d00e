/** The part of one table that is ours: chains with our prefix, and jumps to them from built-in chains, for `--noflush`. */
import { foreignRuleInOwnChains } from '../../diagnostics/catalogue/iptables.ts';
import type { Chain, Rule, Table } from '../../ruleset/ruleset.ts';
import type { Complaints } from './complaints.ts';
import type { IptablesFamily } from './text/module.ts';
import { checkTable, placeOf, ruleLine, ruleWords } from './write-table.ts';

/**
 * Chains of ours are declared, which empties those that exist, and filled. A jump that already stands first and alone in
 * its built-in chain is left as it is; otherwise old jumps are deleted and the wanted ones inserted first.
 */
export function writeOwnTable(
  wanted: Table | undefined,
  present: Table | undefined,
  family: IptablesFamily,
  prefix: string,
  complaints: Complaints,
): string {
  if (wanted !== undefined) checkOwn(wanted, family, prefix, complaints);
  const table = wanted ?? present;
  if (table === undefined) return '';
  const own = (chains: readonly Chain[] | undefined): readonly Chain[] =>
    (chains ?? []).filter((chain) => chain.base === undefined && chain.name.startsWith(prefix));
  const names = new Set(own(wanted?.chains).map((chain) => chain.name));
  const obsolete = own(present?.chains).filter((chain) => !names.has(chain.name));
  const lines: string[] = [];
  for (const name of [...names, ...obsolete.map((chain) => chain.name)])
    lines.push(family === 'bridge' ? `:${name} RETURN` : `:${name} - [0:0]`);
  lines.push(...jumpLines(wanted, present, family, prefix, complaints));
  for (const chain of own(wanted?.chains))
    for (const [index, rule] of chain.rules.entries())
      lines.push(ruleLine(rule, chain.name, table, family, `rule ${index + 1}`, complaints) ?? '');
  for (const chain of obsolete) lines.push(`-X ${chain.name}`);
  return lines.length === 0 ? '' : `${[`*${table.name}`, ...lines, 'COMMIT'].join('\n')}\n`;
}

/** Everything that is not ours must be absent: other chains, and rules in built-in chains that do not jump to ours. */
function checkOwn(table: Table, family: IptablesFamily, prefix: string, complaints: Complaints): void {
  checkTable(table, family, complaints);
  const place = placeOf(table, family);
  for (const chain of table.chains) {
    if (chain.base === undefined && !chain.name.startsWith(prefix))
      complaints.add(foreignRuleInOwnChains, `${place} ${chain.name}`, `${chain.name} does not begin with ${prefix}`);
    if (chain.base === undefined) continue;
    for (const [index, rule] of chain.rules.entries())
      if (!jumpsToOwn(rule, prefix))
        complaints.add(
          foreignRuleInOwnChains,
          `${place} ${chain.name} rule ${index + 1}`,
          `this rule of ${chain.name} is not a jump to a chain that begins with ${prefix}`,
        );
  }
}

function jumpsToOwn(rule: Rule, prefix: string): boolean {
  const last = rule.statements.at(-1);
  if (last?.kind !== 'verdict' || (last.verdict.kind !== 'jump' && last.verdict.kind !== 'goto')) return false;
  return last.verdict.chain.startsWith(prefix);
}

function jumpLines(
  wanted: Table | undefined,
  present: Table | undefined,
  family: IptablesFamily,
  prefix: string,
  complaints: Complaints,
): readonly string[] {
  const names = [...(wanted?.chains ?? []), ...(present?.chains ?? [])].flatMap((chain) =>
    chain.base === undefined ? [] : [chain.name],
  );
  return [...new Set(names)].flatMap((name) => {
    const words = (table: Table | undefined, rules: readonly Rule[]): readonly string[] =>
      table === undefined
        ? []
        : rules.map(
            (rule, index) => ruleWords(rule, name, table, family, `rule ${index + 1}`, complaints)?.words ?? '',
          );
    const rulesOf = (table: Table | undefined): readonly Rule[] =>
      table?.chains.find((chain) => chain.name === name)?.rules ?? [];
    const old = rulesOf(present);
    const oldJumps = words(
      present,
      old.filter((rule) => jumpsToOwn(rule, prefix)),
    );
    const newJumps = words(wanted, rulesOf(wanted));
    const first = old.slice(0, newJumps.length).every((rule) => jumpsToOwn(rule, prefix));
    if (first && oldJumps.join('\n') === newJumps.join('\n')) return [];
    return [
      ...oldJumps.map((text) => `-D ${name} ${text}`),
      ...[...newJumps].reverse().map((text) => `-I ${name} ${text}`),
    ];
  });
}
