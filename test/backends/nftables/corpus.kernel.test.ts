/** Loads the rulesets of recorded scenarios (CTFW_CONFORMANCE_DIR), reads what the kernel lists, and loads what was read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { emitText } from '../../../src/backends/nftables/emit-text.ts';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { inNamespace } from '../../support/nftables-namespace.ts';
import { isUnderstood, rulesOf } from '../../support/understood.ts';

const folder = process.env.CTFW_CONFORMANCE_DIR;

/** The nft scripts of a scenario, however deep. */
function scriptsIn(json: unknown): readonly string[] {
  if (typeof json !== 'object' || json === null) return [];
  if ('type' in json && json.type === 'nft' && 'text' in json && typeof json.text === 'string') return [json.text];
  return Object.values(json).flatMap(scriptsIn);
}

/** What the kernel lists after loading a document; undefined when it refuses it. */
async function listingOf(flag: '' | '-j', document: string): Promise<Ruleset | undefined> {
  const { status, stdout } = await inNamespace(`cat | nft ${flag} -f - && nft -j list ruleset`, document);
  if (status !== 0) return undefined;
  const { ruleset, diagnostics } = parseNftJson(stdout, 'listing');
  expect(diagnostics.filter(({ severity }) => severity !== 'hint')).toEqual([]);
  return ruleset;
}

/** Without statements that refer to named counters, which are not read and so not written. */
function withoutUnknown(ruleset: Ruleset): Ruleset {
  return {
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({
        ...chain,
        rules: chain.rules.map((rule) => ({
          ...rule,
          statements: rule.statements.filter((statement) => statement.kind !== 'unknown'),
        })),
      })),
    })),
  };
}

describe.skipIf(folder === undefined)('rulesets of scenarios', () => {
  const scenarios = join(folder ?? '', 'kernel/scenarios');
  const names = folder === undefined ? [] : readdirSync(scenarios);

  test('are understood, and what was read does the same', async () => {
    let loaded = 0;
    for (const name of names) {
      for (const script of scriptsIn(JSON.parse(readFileSync(join(scenarios, name), 'utf8')))) {
        const read = await listingOf('', script);
        if (read === undefined) continue;
        loaded++;
        expect(rulesOf(read).filter(({ rule }) => !isUnderstood(rule))).toEqual([]);
        const ours = withoutUnknown(read);
        for (const again of [await listingOf('-j', emitJson(ours)), await listingOf('', emitText(ours))])
          expect(again === undefined ? name : asListed(again)).toEqual(asListed(ours));
      }
    }
    console.log(`${loaded} rulesets loaded, listed, read and loaded again`);
    expect(loaded).toBeGreaterThan(100);
  });
});

/** The listing of what a document loads, without handles; undefined when the kernel refuses it. */
async function plainListing(document: string): Promise<string | undefined> {
  const { status, stdout } = await inNamespace('cat | nft -j -f - && nft list ruleset', document);
  return status === 0 ? stdout.replaceAll(/ # handle \d+/g, '') : undefined;
}

/** nft lists verdict maps before the chains that they lead to, and does not load that again: the same objects in an order that loads. */
function loadable(text: string): string {
  const { nftables } = JSON.parse(text) as { readonly nftables: readonly object[] };
  const place = (object: object): number =>
    ['metainfo', 'table', 'chain', 'set', 'map', 'element', 'rule'].indexOf(Object.keys(object)[0] ?? '');
  return JSON.stringify({ nftables: [...nftables].sort((left, right) => place(left) - place(right)) });
}

describe.skipIf(folder === undefined)('listings of engines', () => {
  const files = ['moby-nft-json', 'engines'].flatMap((name) => {
    const path = join(folder ?? '', 'rules', name);
    return folder === undefined
      ? []
      : readdirSync(path)
          .filter((file) => file.endsWith('.json'))
          .map((file) => join(path, file));
  });

  test('what was read and written is listed as the original is', async () => {
    let compared = 0;
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      const original = await plainListing(loadable(text));
      const { ruleset } = parseNftJson(text, file);
      if (original === undefined || rulesOf(ruleset).some(({ rule }) => !isUnderstood(rule))) continue;
      expect([file, await plainListing(emitJson(ruleset))]).toEqual([file, original]);
      compared++;
    }
    console.log(`${compared} of ${files.length} listings loaded, read, written and listed alike`);
    expect(compared).toBeGreaterThan(files.length / 2);
  });
});
