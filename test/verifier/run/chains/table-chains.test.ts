/** Chains that do the same to every packet have the same deed; whatever asks something, or jumps, has one of its own. */
import { expect, test } from 'vitest';
import type { Table } from '../../../../src/ruleset/ruleset.ts';
import type { Statement } from '../../../../src/ruleset/statement.ts';
import { TableChains } from '../../../../src/verifier/run/chains/table-chains.ts';

const log = (prefix: string): Statement => ({ kind: 'log', prefix, level: undefined, group: undefined }) as Statement;
const limit = { kind: 'limit', rate: 10, per: 'second', burst: 5 } as unknown as Statement;
const verdict = (kind: 'accept' | 'drop'): Statement => ({ kind: 'verdict', verdict: { kind } });
const jump = (chain: string): Statement => ({ kind: 'verdict', verdict: { kind: 'jump', chain } });

function deeds(chains: Readonly<Record<string, readonly (readonly Statement[])[]>>): Readonly<Record<string, string>> {
  const table: Table = {
    family: 'inet',
    name: 'filter',
    engine: 'nftables',
    chains: Object.entries(chains).map(([name, rules]) => ({
      name,
      base: undefined,
      rules: rules.map((statements) => ({ statements, origins: [] })),
    })),
    sets: [],
    maps: [],
  };
  const known = new TableChains(table);
  return Object.fromEntries(Object.keys(chains).map((chain) => [chain, known.deed({ kind: 'goto', chain })]));
}

test('what chains log makes no difference, what they do does', () => {
  const known = deeds({
    one: [[limit, log('one')], [verdict('drop')]],
    two: [[limit, log('two')], [verdict('drop')]],
    other: [[limit, log('two')], [verdict('accept')]],
    nothing: [],
  });
  expect(known.one).toBe(known.two);
  expect(new Set(Object.values(known)).size).toBe(3);
});

test('a limit that decides is a question of its own chain, and so is a jump', () => {
  const known = deeds({
    one: [[limit, verdict('drop')]],
    two: [[limit, verdict('drop')]],
    three: [[jump('one')]],
    four: [[jump('one')]],
  });
  expect(new Set(Object.values(known)).size).toBe(4);
});

test('a jump and a goto to the same chain are told apart', () => {
  const table = new TableChains({ family: 'ip', name: 'one', engine: 'nftables', chains: [], sets: [], maps: [] });
  expect(table.deed({ kind: 'jump', chain: 'x' })).not.toBe(table.deed({ kind: 'goto', chain: 'x' }));
});
