import { expect, test } from 'vitest';
import { coverage } from '../../src/ruleset/coverage.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import { accept, type Statement, type UnknownStatement } from '../../src/ruleset/statement.ts';

const unknown = (text: string, effect: UnknownStatement['effect']): Statement => ({ kind: 'unknown', text, effect });

function rulesetOf(...rules: readonly (readonly Statement[])[]): Ruleset {
  const chain = { name: 'c', base: undefined, rules: rules.map((statements) => ({ statements, origins: [] })) };
  return { tables: [{ family: 'ip', name: 't', engine: 'nftables', chains: [chain], sets: [], maps: [] }] };
}

test('counts rules, and unknown statements by kind', () => {
  const result = coverage(
    rulesetOf(
      [accept],
      [unknown('-m recent --set', 'match'), accept],
      [unknown('-m recent --update', 'match'), unknown('-j SET --add-set a src', 'effect')],
      [unknown('! -s host.example', 'match'), accept],
      [unknown('{"xt":{"type":"match"}}', 'effect')],
      [unknown('tproxy to :80', 'effect')],
    ),
  );
  expect({ rules: result.rules, modelled: result.modelled }).toEqual({ rules: 6, modelled: 1 });
  expect([...result.unknown]).toEqual([
    ['-m recent', 2],
    ['-j SET', 1],
    ['-s', 1],
    ['xt', 1],
    ['tproxy', 1],
  ]);
});

test('what changes nothing is understood', () => {
  expect(coverage(rulesetOf([unknown('-j CHECKSUM --checksum-fill', 'none')]))).toEqual({
    rules: 1,
    modelled: 1,
    redacted: 0,
    unknown: new Map(),
    examples: new Map(),
  });
});
