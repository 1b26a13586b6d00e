/** Elements that are compared as they are listed: in the words of the emitter at once, in others by reading them. */
import { expect, test } from 'vitest';
import { compareListed } from '../../../src/apply/install/compare-listed.ts';
import { tableOfListing } from '../../../src/apply/install/compare-tables.ts';
import { documentOf, tableCommands } from '../../../src/apply/transaction/commands.ts';
import { tablesOfDocument } from '../../../src/apply/transaction/tables.ts';
import type { Json } from '../../../src/backends/nftables/json.ts';

const set = { family: 'inet', table: 'ctfw', name: 'ports', type: 'inet_service', flags: ['interval'] };
const map = { family: 'inet', table: 'ctfw', name: 'to', type: 'inet_service', map: 'inet_service' };

function tableWith(ports: readonly Json[], to: readonly Json[] = [[8080, 80]]) {
  const commands: readonly Json[] = [
    { add: { table: { family: 'inet', name: 'ctfw' } } },
    { add: { set: { ...set, ...(ports.length > 0 && { elem: ports }) } } },
    { add: { map: { ...map, ...(to.length > 0 && { elem: to }) } } },
  ];
  return tablesOfDocument(documentOf(commands)).get('inet ctfw');
}

const wanted = tableWith([80, 81, { range: [90, 99] }]);

function differences(ports: readonly Json[], to: readonly Json[] = [[8080, 80]]): readonly string[] {
  const shell = tableWith([], []);
  const found = shell && tableOfListing(documentOf(tableCommands(shell)));
  if (found !== undefined && 'unreadable' in found) throw new Error(found.unreadable);
  return compareListed(
    wanted,
    found,
    new Map([
      ['ports', ports],
      ['to', to],
    ]),
    'inet ctfw',
  );
}

test('in the same words, in any order, with or without comments and counters', () => {
  expect(differences([80, 81, { range: [90, 99] }])).toEqual([]);
  expect(differences([{ range: [90, 99] }, 81, 80])).toEqual([]);
  expect(
    differences([{ elem: { val: 80, comment: 'p:1', counter: { packets: 1, bytes: 60 } } }, 81, { range: [90, 99] }]),
  ).toEqual([]);
});

test('in other words that mean the same, it is read', () => {
  expect(differences([{ range: [80, 80] }, 81, { range: [90, 99] }])).toEqual([]);
  expect(differences([{ range: [80, 81] }, { range: [90, 99] }])).not.toEqual([]);
});

test('an element less, more, twice instead of another, or with other data', () => {
  expect(differences([80, { range: [90, 99] }])).toEqual(['set inet ctfw ports misses an element']);
  expect(differences([80, 81, 82, { range: [90, 99] }])).not.toEqual([]);
  expect(differences([80, 80, { range: [90, 99] }])).not.toEqual([]);
  expect(differences([80, 81, { range: [90, 99] }], [[8080, 81]])).not.toEqual([]);
  expect(differences([80, 81, { range: [90, 99] }], [])).toEqual(['map inet ctfw to misses an element']);
});

test('without the table, that alone is said', () => {
  expect(compareListed(wanted, undefined, new Map(), 'inet ctfw')).toEqual(['table inet ctfw is not there']);
});
