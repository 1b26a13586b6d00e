/** Small changes to rulesets, one at a time: what a test of rules has to notice. */
import fc from 'fast-check';
import type { Chain, Rule, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';

/** A changed ruleset, and what was changed in words. */
export interface Mutation {
  readonly ruleset: Ruleset;
  readonly change: string;
}

type ChangeRules = (
  rules: readonly Rule[],
  index: number,
) => { readonly rules: readonly Rule[]; readonly change: string };

const changes: readonly ChangeRules[] = [
  (rules, index) => ({ rules: rules.filter((_, place) => place !== index), change: 'is left out' }),
  (rules, index) => ({ rules: moved(rules, index), change: 'goes to the end of its chain' }),
  (rules, index) => ({ rules: replaced(rules, index, withoutMatch), change: 'loses its first match' }),
  (rules, index) => ({
    rules: replaced(rules, index, withOtherVerdict),
    change: 'accepts what it dropped, or drops what it accepted',
  }),
  (rules, index) => ({ rules: replaced(rules, index, negated), change: 'has its first match turned round' }),
];

/** One rule of a ruleset changed. Rulesets without rules have no mutations: their own form is given. */
export function arbitraryMutation(ruleset: Ruleset): fc.Arbitrary<Mutation> {
  const places = ruleset.tables.flatMap((table) =>
    table.chains.flatMap((chain) => chain.rules.map((_, index) => ({ table, chain, index }))),
  );
  if (places.length === 0) return fc.constant({ ruleset, change: 'nothing: there are no rules' });
  return fc.tuple(fc.constantFrom(...places), fc.constantFrom(...changes)).map(([{ table, chain, index }, change]) => {
    const changed = change(chain.rules, index);
    return {
      ruleset: withRules(ruleset, table, chain, changed.rules),
      change: `rule ${index + 1} of ${table.family} ${table.name} ${chain.name} ${changed.change}`,
    };
  });
}

function withRules(ruleset: Ruleset, table: Table, chain: Chain, rules: readonly Rule[]): Ruleset {
  const chains = table.chains.map((one) => (one === chain ? { ...chain, rules } : one));
  return { ...ruleset, tables: ruleset.tables.map((one) => (one === table ? { ...table, chains } : one)) };
}

function moved(rules: readonly Rule[], index: number): readonly Rule[] {
  const rule = rules[index];
  return rule === undefined ? rules : [...rules.filter((one) => one !== rule), rule];
}

function replaced(
  rules: readonly Rule[],
  index: number,
  change: (statements: readonly Statement[]) => readonly Statement[],
): readonly Rule[] {
  return rules.map((rule, place) => (place === index ? { ...rule, statements: change(rule.statements) } : rule));
}

function firstMatch(statements: readonly Statement[]): Statement | undefined {
  return statements.find(({ kind }) => kind === 'match');
}

function withoutMatch(statements: readonly Statement[]): readonly Statement[] {
  const first = firstMatch(statements);
  return statements.filter((statement) => statement !== first);
}

function withOtherVerdict(statements: readonly Statement[]): readonly Statement[] {
  return statements.map((statement): Statement => {
    if (statement.kind === 'reject') return { kind: 'verdict', verdict: { kind: 'accept' } };
    if (statement.kind !== 'verdict') return statement;
    const { kind } = statement.verdict;
    if (kind === 'accept') return { kind: 'verdict', verdict: { kind: 'drop' } };
    return kind === 'drop' ? { kind: 'verdict', verdict: { kind: 'accept' } } : statement;
  });
}

function negated(statements: readonly Statement[]): readonly Statement[] {
  const first = firstMatch(statements);
  return statements.map((statement): Statement => {
    if (statement !== first || statement.kind !== 'match') return statement;
    if (statement.operator === '==') return { ...statement, operator: '!=' };
    return statement.operator === '!=' ? { ...statement, operator: '==' } : statement;
  });
}
