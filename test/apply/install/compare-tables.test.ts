/** What a listing and what was emitted are told apart by, and what makes no difference. */
import { expect, test } from 'vitest';
import { compareTable, mayBeIncomplete, tableOfListing } from '../../../src/apply/install/compare-tables.ts';
import { tablesOfDocument } from '../../../src/apply/transaction/tables.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import { memoryMachine } from '../support/memory.ts';
import { artifactOf, policyText } from '../support/policies.ts';

const document = artifactOf(policyText()).files['rules.json'] ?? '';
const wanted = tablesOfDocument(document).get('inet ctfw');

/** The differences after somebody has run these commands. */
async function after(...commands: readonly object[]): Promise<readonly string[]> {
  const { host } = memoryMachine();
  const run: Host['runNftables'] = host.runNftables;
  expect(await run(document, 'apply')).toEqual({ kind: 'done' });
  expect(await run(JSON.stringify({ nftables: commands }), 'apply')).toEqual({ kind: 'done' });
  const listing = await host.listTable({ family: 'inet', name: 'ctfw' });
  return compareTable(wanted, tableOfListing(listing.kind === 'read' ? listing.value : ''), 'inet ctfw');
}

const place = { family: 'inet', table: 'ctfw' };

test('what was loaded is what was emitted', async () => {
  expect(await after()).toEqual([]);
});

test.each([
  [
    'a chain too much',
    [{ add: { chain: { ...place, name: 'other' } } }],
    'chain inet ctfw other is there and should not be',
  ],
  [
    'a chain without its rules',
    [{ flush: { chain: { ...place, name: 'output' } } }],
    'chain inet ctfw output has 0 rules instead of 2',
  ],
  [
    'another policy',
    [{ add: { chain: { ...place, name: 'forward', policy: 'drop' } } }],
    'chain inet ctfw forward hangs elsewhere or has another policy',
  ],
  [
    'elements that are gone',
    [{ flush: { set: { ...place, name: 'bridges' } } }],
    'set inet ctfw bridges misses an element',
  ],
  [
    'an element too much',
    [{ add: { element: { ...place, name: 'bridges', elem: ['br-other'] } } }],
    'set inet ctfw bridges has too much: an element',
  ],
  ['no table', [{ delete: { table: { family: 'inet', name: 'ctfw' } } }], 'table inet ctfw is not there'],
] as const)('%s', async (_, commands, difference) => {
  expect(await after(...commands)).toEqual([difference]);
});

test('a rule that does something else, in its place', async () => {
  const drop = { add: { rule: { ...place, chain: 'output', expr: [{ drop: null }] } } };
  const accept = { add: { rule: { ...place, chain: 'output', expr: [{ accept: null }] } } };
  const differences = await after({ flush: { chain: { ...place, name: 'output' } } }, drop, accept);
  expect(differences).toEqual([
    'chain inet ctfw output: rule 1 does something else',
    'chain inet ctfw output: rule 2 does something else',
  ]);
});

test('a table that should not be there, and one that nobody can read', () => {
  expect(compareTable(undefined, undefined, 'inet ctfw')).toEqual([]);
  const found = tableOfListing('{"nftables":[{"table":{"family":"inet","name":"ctfw"}}]}');
  expect(compareTable(undefined, found, 'inet ctfw')).toEqual(['table inet ctfw is there and should not be']);
  const [unreadable = ''] = compareTable(wanted, tableOfListing('no JSON'), 'inet ctfw');
  expect(unreadable).toContain('holds what cannot be read');
});

test('only elements that were not listed may turn up later', () => {
  expect(mayBeIncomplete([])).toBe(false);
  expect(mayBeIncomplete(['set a misses an element', 'map b misses 7 elements'])).toBe(true);
  expect(mayBeIncomplete(['set a misses an element', 'set a has too much: an element'])).toBe(false);
  expect(mayBeIncomplete(['chain c is not there'])).toBe(false);
});
