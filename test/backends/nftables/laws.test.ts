import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { normalize } from '../../../src/backends/nftables/normalize.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { checkRuleset } from '../../../src/ruleset/check/check-ruleset.ts';
import { arbitraryRuleset } from '../../support/arbitrary-ruleset.ts';
import { everyStatement, rulesetOf } from '../../support/every-statement.ts';
import { sampleRuleset } from '../../support/sample-ruleset.ts';

describe('what is written reads back as its canonical form', () => {
  test('for any ruleset', () => {
    fc.assert(
      fc.property(arbitraryRuleset(), (ruleset) => {
        expect(parseNftJson(emitJson(ruleset), 'r')).toEqual({ ruleset: normalize(ruleset), diagnostics: [] });
      }),
      { numRuns: 200 },
    );
  });

  test('for a ruleset made by hand', () => {
    expect(parseNftJson(emitJson(sampleRuleset), 'r')).toEqual({ ruleset: normalize(sampleRuleset), diagnostics: [] });
  });

  test.each(everyStatement)('$name', (given) => {
    const ruleset = rulesetOf(given);
    const parsed = parseNftJson(emitJson(ruleset), 'r').ruleset;
    expect(parsed).toEqual(normalize(ruleset));
    expect(parsed.tables[0]?.chains[0]?.rules[0]?.statements.map(({ kind }) => kind)).not.toContain('unknown');
  });
});

test('canonical forms are canonical', () => {
  fc.assert(
    fc.property(arbitraryRuleset(), (ruleset) => {
      const canonical = normalize(ruleset);
      expect(normalize(canonical)).toEqual(canonical);
      const listed = asListed(ruleset);
      expect(asListed(listed)).toEqual(listed);
    }),
  );
});

test('nothing is wrong with the rulesets that are made up here', () => {
  fc.assert(
    fc.property(arbitraryRuleset(), (ruleset) => {
      expect(checkRuleset(ruleset)).toEqual([]);
    }),
  );
  expect(checkRuleset(sampleRuleset)).toEqual([]);
});

test.each(everyStatement)('nothing is wrong with $name', (given) => {
  expect(checkRuleset(rulesetOf(given))).toEqual([]);
});
