import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emitJson } from '../../../src/backends/nftables/emit-json.ts';
import { emitText } from '../../../src/backends/nftables/emit-text.ts';
import { asListed } from '../../../src/backends/nftables/listed.ts';
import { parseNftJson } from '../../../src/backends/nftables/parse-json.ts';
import { type Expression, payload } from '../../../src/ruleset/expression.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { accept, counter, differs, equals, type Statement } from '../../../src/ruleset/statement.ts';
import { integer } from '../../../src/ruleset/value.ts';
import { arbitraryRuleset } from '../../support/arbitrary-ruleset.ts';
import { everyStatement, rulesetOf } from '../../support/every-statement.ts';
import { inNamespace } from '../../support/nftables-namespace.ts';
import { baseChain, sampleRuleset } from '../../support/sample-ruleset.ts';

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

/** What the only rule of a ruleset is compiled to. */
async function compiled(...statements: readonly Statement[]): Promise<string> {
  const ruleset = rulesetOf({ name: '', family: 'inet', base: baseChain('filter', 'forward', 0), statements });
  const outcome = await inNamespace('cat | nft --debug=netlink -j -f -', emitJson(ruleset));
  expect(outcome.stderr).toBe('');
  return outcome.stdout;
}

test('comparisons of neighbouring fields are not joined', async () => {
  const port = (field: string): Expression => payload('udp', field);
  const unequal = await compiled(differs(port('sport'), integer(5)), differs(port('dport'), integer(7)), accept);
  expect(unequal.match(/payload load \w+ @ transport header/g)).toEqual([
    'payload load 2b @ transport header',
    'payload load 2b @ transport header',
  ]);
  const counted = await compiled(equals(port('sport'), integer(5)), counter, equals(port('dport'), integer(7)), accept);
  expect(counted.indexOf('counter')).toBeLessThan(counted.lastIndexOf('payload load 2b'));
});

test('what a reject needs is asked for after what stands before it', async () => {
  const text = await compiled(counter, { kind: 'reject', with: 'tcp-reset', code: undefined });
  expect(text.indexOf('counter')).toBeLessThan(text.indexOf('meta load l4proto'));
});

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
