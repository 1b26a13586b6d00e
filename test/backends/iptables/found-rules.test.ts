import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { normalizeIptables } from '../../../src/backends/iptables/normal/normalize.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { coverage } from '../../../src/ruleset/coverage.ts';

const conformance = process.env.CTFW_CONFORMANCE_DIR ?? '';
const folders = ['moby-iptables', 'iptables-semantics', 'engines'].map((name) => join(conformance, 'rules', name));
const available = conformance !== '' && folders.every((folder) => existsSync(folder));
const files = available
  ? folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name !== 'LICENSE' && !name.endsWith('.json'))
        .map((name) => join(folder, name)),
    )
  : [];

/** The text of a listing, as published: many hide link-layer addresses. */
function listing(file: string): string {
  return readFileSync(file, 'utf8');
}

function read(file: string, text = listing(file)) {
  const family = file.includes('ip6tables') ? 'ip6' : 'ip';
  return { family, ...parseIptablesSave(text, file, { family, engine: 'iptables-nft' }) } as const;
}

describe.skipIf(!available)('rules found on hosts', () => {
  test.each(files)('%s', (file) => {
    const text = listing(file);
    const { family, ruleset, diagnostics } = read(file, text);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const rules = text.split('\n').filter((line) => /^(\[\d+:\d+\] )?-A /.test(line));
    expect(coverage(ruleset).rules).toBe(rules.length);
    const written = emitIptables(ruleset);
    expect(written.diagnostics).toEqual([]);
    const hidden = (rules: string): number => rules.split('XX:XX:XX:XX:XX:XX').length - 1;
    expect(coverage(ruleset).redacted).toBe(hidden(text));
    expect(hidden(`${written.v4}${written.v6}`)).toBe(hidden(text));
    const back = read(file, family === 'ip' ? written.v4 : written.v6);
    expect(back.ruleset).toEqual(normalizeIptables(ruleset));
  });

  test('are understood nearly all', () => {
    let rules = 0;
    let modelled = 0;
    const unknown = new Map<string, number>();
    for (const file of files) {
      const found = coverage(read(file).ruleset);
      rules += found.rules;
      modelled += found.modelled;
      for (const [kind, count] of found.unknown) unknown.set(kind, (unknown.get(kind) ?? 0) + count);
    }
    const share = modelled / rules;
    console.info(`${modelled} of ${rules} rules (${(100 * share).toFixed(2)} %) are fully modelled`, unknown);
    expect(rules).toBeGreaterThan(19_000);
    expect(share).toBeGreaterThanOrEqual(0.97);
  });
});
