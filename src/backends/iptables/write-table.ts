/** One table with all its chains and rules, as the save command would list it. */
import { collectionInIptables, nameNotInIptables, placeNotInIptables } from '../../diagnostics/catalogue/iptables.ts';
import type { Chain, Rule, Table } from '../../ruleset/ruleset.ts';
import { writeBridgeRule } from './bridge/write-rule.ts';
import type { Complaints } from './complaints.ts';
import type { WrittenRule } from './normal/problem.ts';
import { builtInChains } from './tables.ts';
import { harmlessTargets, targetModules } from './targets/index.ts';
import type { IptablesFamily } from './text/module.ts';
import { writeRule } from './write-rule.ts';

export function writeWholeTable(table: Table, family: IptablesFamily, complaints: Complaints): string {
  checkTable(table, family, complaints);
  const lines = [`*${table.name}`];
  for (const chain of table.chains) lines.push(declarationOf(chain, family));
  for (const chain of table.chains) lines.push(...ruleLines(chain, table, family, complaints));
  return `${[...lines, 'COMMIT'].join('\n')}\n`;
}

/** Complains about a table or chains that iptables does not have, and about sets. */
export function checkTable(table: Table, family: IptablesFamily, complaints: Complaints): void {
  const place = placeOf(table, family);
  const engine = table.engine === 'iptables-legacy' ? 'iptables-legacy' : 'iptables-nft';
  const builtIn = builtInChains(family, engine, table.name);
  if (builtIn === undefined) complaints.add(placeNotInIptables, place, `there is no table ${table.name} here`);
  for (const collection of [...table.sets, ...table.maps])
    complaints.add(collectionInIptables, `${place} ${collection.name}`, `iptables has no ${collection.kind}s`);
  for (const chain of table.chains) {
    const expected = builtIn?.get(chain.name);
    const { base } = chain;
    const same =
      expected === undefined
        ? base === undefined
        : base?.hook === expected.hook && base.priority === expected.priority && base.type === expected.type;
    if (!same && builtIn !== undefined)
      complaints.add(placeNotInIptables, `${place} ${chain.name}`, wrongPlace(chain, expected !== undefined));
    if (!isChainName(chain.name))
      complaints.add(nameNotInIptables, `${place} ${chain.name}`, `"${chain.name}" cannot be the name of a chain`);
  }
}

function wrongPlace(chain: Chain, builtIn: boolean): string {
  if (builtIn) return `the chain ${chain.name} of this table has another hook, priority or type`;
  return `a chain at a hook of its own, like ${chain.name}, does not exist in iptables`;
}

/** Names that iptables takes, and that stay one word of a line. */
export function isChainName(name: string): boolean {
  if (targetModules.some((module) => module.names.includes(name)) || harmlessTargets.has(name)) return false;
  return /^[^\s!\-"':,[\]][^\s"']{0,27}$/.test(name) && new TextEncoder().encode(name).length <= 28;
}

export function placeOf(table: Table, family: IptablesFamily): string {
  return `${family} ${table.name}`;
}

/** `:CHAIN POLICY [0:0]`; a bridge chain of the user ends in its policy, which its last rule may be. */
function declarationOf(chain: Chain, family: IptablesFamily): string {
  const policy = chain.base?.policy === 'drop' ? 'DROP' : 'ACCEPT';
  if (family === 'bridge') return `:${chain.name} ${chain.base === undefined ? bridgeEnding(chain) : policy}`;
  return chain.base === undefined ? `:${chain.name} - [0:0]` : `:${chain.name} ${policy} [0:0]`;
}

function bridgeEnding(chain: Chain): 'ACCEPT' | 'DROP' | 'RETURN' {
  const last = chain.rules.at(-1)?.statements ?? [];
  const [only] = last;
  if (last.length !== 1 || only?.kind !== 'verdict') return 'RETURN';
  return only.verdict.kind === 'accept' ? 'ACCEPT' : only.verdict.kind === 'drop' ? 'DROP' : 'RETURN';
}

function ruleLines(chain: Chain, table: Table, family: IptablesFamily, complaints: Complaints): readonly string[] {
  const endsInPolicy = family === 'bridge' && chain.base === undefined && bridgeEnding(chain) !== 'RETURN';
  const rules = endsInPolicy ? chain.rules.slice(0, -1) : chain.rules;
  return rules.flatMap((rule, index) => {
    const line = ruleLine(rule, chain.name, table, family, `rule ${index + 1}`, complaints);
    return line === undefined ? [] : [line];
  });
}

/** `-A CHAIN ...`, with counters in front where the rule counts; undefined, with a complaint, when it cannot be said. */
export function ruleLine(
  rule: Rule,
  chain: string,
  table: Table,
  family: IptablesFamily,
  which: string,
  complaints: Complaints,
): string | undefined {
  const words = ruleWords(rule, chain, table, family, which, complaints);
  if (words === undefined) return undefined;
  const { counter } = words;
  const front = counter === undefined ? '' : `[${counter.packets}:${counter.bytes}] `;
  return `${front}-A ${[chain, ...(words.words === '' ? [] : [words.words])].join(' ')}`;
}

/** The words of a rule behind its chain. */
export function ruleWords(
  rule: Rule,
  chain: string,
  table: Table,
  family: IptablesFamily,
  which: string,
  complaints: Complaints,
): Exclude<WrittenRule, { problem: object }> | undefined {
  const foreign = table.engine !== 'nftables';
  const written = family === 'bridge' ? writeBridgeRule(rule, foreign) : writeRule(rule, family, foreign);
  if (written.problem === undefined) return written;
  complaints.addProblem(written.problem, `${placeOf(table, family)} ${chain} ${which}`, rule);
  return undefined;
}
