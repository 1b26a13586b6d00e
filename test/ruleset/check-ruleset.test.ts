import { expect, test } from 'vitest';
import { checkRuleset, ruleset } from '../../src/ruleset/check/check-ruleset.ts';
import { meta } from '../../src/ruleset/expression.ts';
import type { Table } from '../../src/ruleset/ruleset.ts';
import { RulesetError } from '../../src/ruleset/ruleset-error.ts';
import { inSet } from '../../src/ruleset/statement.ts';
import { integer, rangeValue } from '../../src/ruleset/value.ts';
import { refusedRulesets } from '../support/refused-rulesets.ts';
import { plainCollection, sampleRuleset } from '../support/sample-ruleset.ts';

test.each(refusedRulesets)('$name', ({ ruleset: refused, problem }) => {
  const problems = checkRuleset(refused);
  expect(problems.join('\n')).toContain(problem);
  expect(problems).toHaveLength(1);
});

test('a ruleset is made of tables that can exist', () => {
  expect(ruleset(sampleRuleset.tables)).toEqual(sampleRuleset);
  expect(() => ruleset([...sampleRuleset.tables, ...sampleRuleset.tables])).toThrow(
    new RulesetError(['there are two tables named inet ctfw']),
  );
});

test('tables of iptables are not judged by the rules of nft', () => {
  const table: Table = { family: 'ip', name: 'nat', engine: 'iptables-nft', chains: [], sets: [], maps: [] };
  const chain = {
    name: 'OUTPUT',
    base: undefined,
    rules: [{ statements: [inSet(meta('mark'), 'absent')], origins: [] }],
  };
  expect(checkRuleset({ tables: [{ ...table, chains: [chain] }] })).toEqual([]);
});

test('intervals that the kernel may merge may overlap', () => {
  const elements = [rangeValue(integer(1), integer(9)), rangeValue(integer(5), integer(20))].map((value) => ({
    value,
    origins: [],
  }));
  const set = {
    ...plainCollection,
    kind: 'set',
    name: 's',
    keyTypes: ['inet_service'],
    interval: true,
    autoMerge: true,
    elements,
  } as const;
  expect(
    checkRuleset({ tables: [{ family: 'ip', name: 't', engine: 'nftables', chains: [], sets: [set], maps: [] }] }),
  ).toEqual([]);
});
