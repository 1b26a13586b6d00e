/** Reads rules that engines wrote, where they are at hand (CTFW_CONFORMANCE_DIR). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { isUnderstood, rulesOf } from '../../support/understood.ts';

const folder = process.env.CTFW_CONFORMANCE_DIR;

interface Document {
  readonly name: string;
  readonly text: string;
}

function listingsIn(path: string): readonly Document[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, text: readFileSync(join(path, name), 'utf8') }));
}

/** The listings that stand beside the rulesets of recorded scenarios, however deep. */
function listingsOfScenario(name: string, json: unknown): readonly Document[] {
  if (typeof json !== 'object' || json === null) return [];
  if ('json' in json && 'type' in json && (json.type === 'nft' || json.type === 'nft-json'))
    return [{ name, text: JSON.stringify(json.json) }];
  return Object.values(json).flatMap((value) => listingsOfScenario(name, value));
}

function documents(root: string): readonly Document[] {
  const scenarios = join(root, 'kernel/scenarios');
  return [
    ...listingsIn(join(root, 'rules/moby-nft-json')),
    ...listingsIn(join(root, 'rules/engines')),
    ...readdirSync(scenarios).flatMap((name) =>
      listingsOfScenario(name, JSON.parse(readFileSync(join(scenarios, name), 'utf8'))),
    ),
  ];
}

describe.skipIf(folder === undefined)('rules of others', () => {
  const all = folder === undefined ? [] : documents(folder);

  test('all can be read, and what nftables itself wrote is understood', () => {
    const seen = { rules: 0, understood: 0, iptables: 0 };
    for (const { name, text } of all) {
      const { ruleset, diagnostics } = parseNftJson(text, name);
      expect(diagnostics.filter(({ severity }) => severity !== 'hint')).toEqual([]);
      for (const { table, rule } of rulesOf(ruleset)) {
        if (table.engine === 'nftables') seen.rules++;
        else seen.iptables++;
        if (table.engine === 'nftables' && isUnderstood(rule)) seen.understood++;
      }
    }
    console.log(
      `${all.length} documents: ${seen.understood} of ${seen.rules} rules understood, ${seen.iptables} more of iptables-nft`,
    );
    expect(seen.understood / seen.rules).toBeGreaterThanOrEqual(0.97);
  });

  test('what was read can be written and read again', () => {
    for (const { name, text } of all) {
      const { ruleset } = parseNftJson(text, name);
      expect(parseNftJson(emitJson(ruleset), name)).toEqual({ ruleset, diagnostics: [] });
      expect(asListed(parseNftJson(emitJson(ruleset), name).ruleset)).toEqual(asListed(ruleset));
    }
  });
});
