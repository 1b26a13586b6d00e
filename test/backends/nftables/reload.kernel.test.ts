import { describe, expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import type { ReplaceOptions } from '../../../src/backends/nftables/transaction.ts';
import { meta, payload } from '../../../src/ruleset/expression.ts';
import type { Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import { accept, drop, equals, inSet } from '../../../src/ruleset/statement.ts';
import { integer, interfaceName } from '../../../src/ruleset/value.ts';
import { inNamespace } from '../../support/nftables-namespace.ts';
import { addressOf, baseChain, plainCollection, rule, sampleRuleset } from '../../support/sample-ruleset.ts';

/** The sample as an older version had it: other rules, another priority, a set of another type, and things that are gone now. */
const older: Ruleset = {
  tables: sampleRuleset.tables.map(
    (table): Table => ({
      ...table,
      chains: [
        {
          name: 'forward',
          base: baseChain('filter', 'forward', -5, 'accept'),
          rules: [rule(1, inSet(payload('ip', 'saddr'), 'allowed'), drop)],
        },
        { name: 'translate', base: baseChain('nat', 'prerouting', -102), rules: [] },
        { name: 'gone-base', base: baseChain('filter', 'input', 3, 'drop'), rules: [rule(2, accept)] },
        { name: 'gone', base: undefined, rules: [rule(3, equals(meta('mark'), integer(1)), drop)] },
      ],
      sets: [
        {
          ...plainCollection,
          kind: 'set',
          name: 'allowed',
          keyTypes: ['ipv4_addr'],
          elements: [{ value: addressOf('10.0.0.1'), origins: [] }],
        },
        { ...plainCollection, kind: 'set', name: 'gone-set', keyTypes: ['mark'], elements: [] },
      ],
      maps: [
        {
          ...plainCollection,
          kind: 'map',
          name: 'by-network',
          keyTypes: ['ifname'],
          dataTypes: 'verdict',
          elements: [
            {
              key: interfaceName('br0'),
              data: { kind: 'verdict', verdict: { kind: 'jump', chain: 'gone' } },
              origins: [],
            },
          ],
        },
      ],
    }),
  ),
};

/** A table of someone else, with a chain at the place of one of ours. */
const foreign = `
  table inet foreign {
    set s { type mark; elements = { 1, 2 } }
    chain forward { type filter hook forward priority -5; policy accept; meta mark @s counter accept comment "theirs"; }
  }`;

const marker = '=====';

/** Loads the documents in turn over the rules of someone else; gives the listings, with handles, after each. */
async function listings(...documents: readonly string[]): Promise<readonly string[]> {
  const files = documents.map((document) => `nft -j -f - <<'END-OF-DOCUMENT'\n${document}END-OF-DOCUMENT\n`);
  const script = [`nft -f - <<'END-OF-DOCUMENT'\n${foreign}\nEND-OF-DOCUMENT\n`, ...files].join(
    `\nnft -j list ruleset; echo ${marker}\n`,
  );
  const outcome = await inNamespace(`set -e\n${script}\nnft -j list ruleset`, '');
  expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' });
  return outcome.stdout.split(`${marker}\n`);
}

interface Listed {
  readonly family?: string;
  readonly table?: string;
  readonly name?: string;
  readonly handle?: number;
}

/** The listed objects of one kind in a table, by name. */
function objects(listing: string, table: string, kind: 'chain' | 'rule' | 'set'): readonly Listed[] {
  const document: { readonly nftables: readonly Record<string, Listed>[] } = JSON.parse(listing);
  return document.nftables.flatMap((entry) => (entry[kind]?.table === table ? [entry[kind]] : []));
}

function handleOf(listing: string, chain: string): number | undefined {
  return objects(listing, 'ctfw', 'chain').find((entry) => entry.name === chain)?.handle;
}

function tablesOf(listing: string, name: string): readonly Table[] {
  const { ruleset, diagnostics } = parseNftJson(listing, 'listing');
  expect(diagnostics).toEqual([]);
  return ruleset.tables.filter((table) => table.name === name);
}

function expectOurs(listing: string, wanted: Ruleset): void {
  expect(asListed({ tables: tablesOf(listing, 'ctfw') })).toEqual(asListed(wanted));
}

describe.each(['whole', 'in place'])('a table is replaced %s', (way) => {
  const options = (existing: string): ReplaceOptions =>
    way === 'whole' ? {} : { inPlace: tablesOf(existing, 'ctfw') };

  test('exactly, whatever was there, and with the same outcome when loaded again', async () => {
    const [, before = ''] = await listings(emitJson(older));
    const change = emitJson(sampleRuleset, options(before));
    const [, , after = ''] = await listings(emitJson(older), change);
    expectOurs(after, sampleRuleset);
    const again = emitJson(sampleRuleset, options(after));
    const [, , , last = ''] = await listings(emitJson(older), change, again);
    expectOurs(last, sampleRuleset);
  });

  test('without touching the tables of others', async () => {
    const [, before = ''] = await listings(emitJson(older));
    const [start = '', , after = ''] = await listings(emitJson(older), emitJson(sampleRuleset, options(before)));
    for (const kind of ['chain', 'rule', 'set'] as const)
      expect(objects(after, 'foreign', kind)).toEqual(objects(start, 'foreign', kind));
  });
});

test('in place, a base chain stays registered; whole, it is a new one', async () => {
  const [, before = ''] = await listings(emitJson(older));
  const inPlace = emitJson(sampleRuleset, { inPlace: tablesOf(before, 'ctfw') });
  const [, first = '', changed = ''] = await listings(emitJson(older), inPlace);
  expect(handleOf(changed, 'forward')).toBe(handleOf(first, 'forward'));
  expect(handleOf(changed, 'translate')).not.toBe(handleOf(first, 'translate'));
  expect(handleOf(changed, 'gone-base')).toBe(undefined);
});

test('a change in place that the host does not fit is refused as a whole', async () => {
  const stale = emitJson(sampleRuleset, { inPlace: older.tables });
  const script = `nft -j -f - <<'END-OF-DOCUMENT'\n${emitJson(sampleRuleset)}END-OF-DOCUMENT\n
    nft -j list ruleset; echo ${marker}
    nft -j -f - <<'END-OF-DOCUMENT' 2>/dev/null && echo loaded\n${stale}END-OF-DOCUMENT\n
    nft -j list ruleset`;
  const outcome = await inNamespace(script, '');
  const [before, after] = outcome.stdout.split(`${marker}\n`);
  expect(after).toBe(before);
});

test('tables can be taken away, also where they are not', async () => {
  const gone = emitJson({ tables: [] }, { remove: [{ family: 'inet', name: 'ctfw' }] });
  const [, , once = '', twice = ''] = await listings(emitJson(sampleRuleset), gone, gone);
  expect(tablesOf(once, 'ctfw')).toEqual([]);
  expect(tablesOf(twice, 'ctfw')).toEqual([]);
  expect(tablesOf(twice, 'foreign')).toHaveLength(1);
});
