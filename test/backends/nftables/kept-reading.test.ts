import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { KeptReading } from '../../../src/backends/nftables/kept-reading.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { arbitraryRuleset } from '../../support/arbitrary-ruleset.ts';
import { sampleRuleset } from '../../support/sample-ruleset.ts';
import { mutationsOf } from '../../verifier/mutation/mutations.ts';

test('a document reads the same after any other', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryRuleset(), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      (rulesets, places) => {
        const kept = new KeptReading();
        for (const ruleset of rulesets) {
          const mutants = [...mutationsOf([ruleset])];
          const changed = places.flatMap((place) => mutants[place % mutants.length]?.mutant ?? []);
          for (const one of [ruleset, ...changed, ruleset]) {
            const text = emitJson(one);
            expect(parseNftJson(text, 'r', kept)).toEqual(parseNftJson(text, 'r'));
          }
        }
      },
    ),
    { numRuns: 20 },
  );
});

const document = (text: string) => `{"nftables": [{"table": {"family": "inet", "name": "t"}}, ${text}]}`;
const set = '{"set": {"family": "inet", "table": "t", "name": "s", "type": "inet_service", "elem": [80, 81]}}';
const verdicts =
  '{"map": {"family": "inet", "table": "t", "name": "m", "type": "inet_service", "map": "verdict", "elem": [[80, {"jump": {"target": "c"}}]]}}';
const chain = '{"chain": {"family": "inet", "table": "t", "name": "c"}}';
const update =
  '{"rule": {"family": "inet", "table": "t", "chain": "c", "expr": [{"set": {"op": "add", "elem": {"payload": {"protocol": "tcp", "field": "dport"}}, "set": "@s"}}]}}';

test.each([
  [
    'an element more, in a command of its own',
    [`${set}`, `${set}, {"add": {"element": {"family": "inet", "table": "t", "name": "s", "elem": [82]}}}`],
  ],
  ['a rule adds to it', [`${chain}, ${set}`, `${chain}, ${set}, ${update}`]],
  ['the chain that it leads to is gone', [`${chain}, ${verdicts}`, verdicts]],
  ['another kind of the same name', [set, verdicts.replace('"m"', '"s"')]],
])('what changes beside a set is seen: %s', (_, texts) => {
  const kept = new KeptReading();
  const read = texts.map((text) => parseNftJson(document(text), 'r', kept));
  expect(read).toEqual(texts.map((text) => parseNftJson(document(text), 'r')));
  expect(read[1]).not.toEqual(read[0]);
});

test('what is the same is the same object', () => {
  const kept = new KeptReading();
  const [first, second] = [1, 2].map(() => parseNftJson(emitJson(sampleRuleset), 'r', kept).ruleset);
  expect(first?.tables.flatMap(({ sets }) => sets).length).toBeGreaterThan(0);
  for (const [index, table] of (first?.tables ?? []).entries()) {
    for (const [number, one] of table.sets.entries()) expect(second?.tables[index]?.sets[number]).toBe(one);
    for (const [number, one] of table.maps.entries()) expect(second?.tables[index]?.maps[number]).toBe(one);
  }
});
