import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { normalizeIptables } from '../../../src/backends/iptables/normal/normalize.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import type { Ruleset, Table } from '../../../src/ruleset/ruleset.ts';
import { expressibleRulesets } from './arbitrary.ts';
import { comparable, kernelTakes, loadAndList } from './kernel.ts';

const conformance = process.env.CTFW_CONFORMANCE_DIR ?? '';
const engines = ['iptables-nft', 'iptables-legacy'] as const;

/** Only the tables and chains that were written: the kernel adds the other built-in ones. */
function restrictTo(read: Ruleset, written: Ruleset): Ruleset {
  const tables = written.tables.flatMap((table): Table[] => {
    const found = read.tables.find((candidate) => candidate.name === table.name);
    if (found === undefined) return [];
    const names = new Set(table.chains.map((chain) => chain.name));
    return [{ ...found, chains: found.chains.filter((chain) => names.has(chain.name)) }];
  });
  return { tables };
}

describe.each(engines)('%s', (engine) => {
  describe.skipIf(!kernelTakes('iptables', engine))('rules that can be said', () => {
    test.each(['ip', 'ip6'] as const)('%s: the kernel takes them and lists the same', (family) => {
      fc.assert(
        fc.property(expressibleRulesets(family, engine, 12), (ruleset) => {
          const { v4, v6, diagnostics } = emitIptables(ruleset);
          expect(diagnostics).toEqual([]);
          const loaded = loadAndList(family === 'ip' ? 'iptables' : 'ip6tables', engine, family === 'ip' ? v4 : v6);
          expect(loaded.error).toBe(undefined);
          if (loaded.error !== undefined) return;
          const back = parseIptablesSave(loaded.listing, 'kernel', { family, engine });
          expect(restrictTo(back.ruleset, ruleset)).toEqual(withoutCounters(normalizeIptables(ruleset)));
        }),
        { numRuns: 60 },
      );
    });
  });
});

/** The save command lists no counters unless asked. */
function withoutCounters(ruleset: Ruleset): Ruleset {
  return {
    tables: ruleset.tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({
        ...chain,
        rules: chain.rules.map((rule) => ({
          ...rule,
          statements: rule.statements.filter((statement) => statement.kind !== 'counter'),
        })),
      })),
    })),
  };
}

const folders = ['moby-iptables', 'iptables-semantics', 'engines'].map((name) => join(conformance, 'rules', name));

describe.skipIf(conformance === '' || !folders.every(existsSync))('rules found on hosts', () => {
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name !== 'LICENSE' && !name.endsWith('.json'))
      .map((name) => join(folder, name)),
  );

  test.each(engines)('%s lists what we write as it lists the original', (engine) => {
    let compared = 0;
    for (const file of files) {
      const family = file.includes('ip6tables') ? 'ip6' : 'ip';
      const tool = family === 'ip' ? 'iptables' : 'ip6tables';
      // Published listings hide link-layer addresses.
      const text = readFileSync(file, 'utf8').replaceAll('XX:XX:XX:XX:XX:XX', '02:00:00:00:00:01');
      const original = loadAndList(tool, engine, text);
      const { ruleset } = parseIptablesSave(text, file, { family, engine });
      const { v4, v6 } = emitIptables(ruleset);
      const ours = loadAndList(tool, engine, family === 'ip' ? v4 : v6);
      // Old listings have options that today's tools refuse; ours are then refused as well.
      if (original.error !== undefined) expect([file, ours.error === undefined]).toEqual([file, false]);
      else {
        expect([file, ours.error]).toEqual([file, undefined]);
        if (ours.error === undefined) expect(comparable(ours.listing)).toEqual(comparable(original.listing));
        compared++;
      }
    }
    expect(compared).toBe(files.length - 2);
  });
});
