import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { emitText } from '../../../src/backends/nftables/emit-text.ts';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { arbitraryRuleset } from '../../support/arbitrary-ruleset.ts';
import { everyStatement, rulesetOf } from '../../support/every-statement.ts';
import { inNamespace } from '../../support/nftables-namespace.ts';
import { sampleRuleset } from '../../support/sample-ruleset.ts';

/** Loads what is given, after trying it without effect, and again, and gives the listing of each time. */
async function listingsAfter(flag: '' | '-j', text: string): Promise<readonly string[]> {
  const script = `
    file=$(mktemp); trap 'rm -f "$file"' EXIT; cat > "$file"
    nft -c ${flag} -f "$file" && nft ${flag} -f "$file" && nft -j list ruleset &&
    nft ${flag} -f "$file" && nft -j list ruleset`;
  const outcome = await inNamespace(script, text);
  expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' });
  return outcome.stdout.trim().split('\n');
}

async function expectReadBack(ruleset: Ruleset, flag: '' | '-j'): Promise<void> {
  const listings = await listingsAfter(flag, flag === '-j' ? emitJson(ruleset) : emitText(ruleset));
  expect(listings).toHaveLength(2);
  for (const listing of listings) {
    const { ruleset: read, diagnostics } = parseNftJson(listing, 'listing');
    expect(diagnostics).toEqual([]);
    expect(asListed(read)).toEqual(asListed(ruleset));
  }
}

describe('the kernel lists what was written', () => {
  test('any ruleset, as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRuleset(), (ruleset) => expectReadBack(ruleset, '-j')),
      { numRuns: 100 },
    );
  });

  test('any ruleset, as text', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRuleset(), (ruleset) => expectReadBack(ruleset, '')),
      { numRuns: 60 },
    );
  });

  test('a ruleset made by hand', async () => {
    await expectReadBack(sampleRuleset, '-j');
    await expectReadBack(sampleRuleset, '');
  });

  test.each(everyStatement)('$name', async (given) => {
    await expectReadBack(rulesetOf(given), '-j');
    await expectReadBack(rulesetOf(given), '');
  });
});
