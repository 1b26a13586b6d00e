/** The rules that a trace names, as text: each in the language of the tool that keeps it. */
import { writeRule } from '../../backends/iptables/write-rule.ts';
import { statementToText } from '../../backends/nftables/emit-text-statement.ts';
import { statementsToWrite } from '../../backends/nftables/written-rule.ts';
import type { Rule, Ruleset } from '../../ruleset/ruleset.ts';
import type { RulePlace } from '../../simulator/trace/trace.ts';

/** Longer texts are cut: a set may have ten thousand elements. */
const longestText = 160;

export interface RuleTexts {
  /** A whole rule; undefined for the policy of a chain. */
  readonly rule: (place: RulePlace, host: string | undefined) => string | undefined;
  /** One statement of a rule. */
  readonly statement: (place: RulePlace, index: number, host: string | undefined) => string | undefined;
}

/** The rules of several hosts, each by its name. */
export function ruleTextsOfHosts(rulesets: ReadonlyMap<string, readonly Ruleset[]>): RuleTexts {
  const hosts = new Map([...rulesets].map(([name, own]) => [name, ruleTextsOf(own)]));
  return {
    rule: (place, host) => hosts.get(host ?? '')?.rule(place, host),
    statement: (place, index, host) => hosts.get(host ?? '')?.statement(place, index, host),
  };
}

export function ruleTextsOf(rulesets: readonly Ruleset[]): RuleTexts {
  const chains = new Map<string, readonly Rule[]>();
  for (const { tables } of rulesets)
    for (const { engine, family, name, chains: all } of tables)
      for (const chain of all) chains.set(keyOf({ engine, family, table: name, chain: chain.name }), chain.rules);
  const find = (place: RulePlace): Rule | undefined =>
    place.index === undefined ? undefined : chains.get(keyOf(place))?.[place.index];
  return {
    rule: (place) => {
      const rule = find(place);
      return rule === undefined ? undefined : cut(textOf(rule, place));
    },
    statement: (place, index) => {
      const statement = find(place)?.statements[index];
      return statement === undefined ? undefined : cut(saved(() => statementToText(statement)));
    },
  };
}

function keyOf({ engine, family, table, chain }: Omit<RulePlace, 'index'>): string {
  return `${engine} ${family} ${table} ${chain}`;
}

function textOf(rule: Rule, { engine, family }: RulePlace): string {
  const isInternet = family === 'ip' || family === 'ip6';
  if (engine !== 'nftables' && isInternet) {
    const written = writeRule(rule, family, true);
    if ('words' in written) return written.words;
  }
  const statements = statementsToWrite(rule, family).filter(({ kind }) => kind !== 'counter');
  return statements.map((statement) => saved(() => statementToText(statement))).join(' ');
}

/** What nft could not say either is shown as what it is. */
function saved(write: () => string): string {
  try {
    return write();
  } catch (error) {
    return `(${error instanceof Error ? error.message : 'not writable'})`;
  }
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 4)} ...`;
}
