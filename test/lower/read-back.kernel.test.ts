/** What the kernel lists after loading our rules are our rules: of every scenario, and of random policies, loaded once and again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import { asListed } from '../../src/backends/nftables/listed.ts';
import { parseNftJson } from '../../src/backends/nftables/parse-json.ts';
import { compile } from '../../src/compile.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import type { Ruleset } from '../../src/ruleset/ruleset.ts';
import type { SourceFile } from '../../src/source/span.ts';
import { arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
import { inNamespace } from '../support/nftables-namespace.ts';

const seed = Number(process.env.CTFW_SEED ?? Date.now() % 1_000_000);

/** The rules of a policy without errors. */
function rulesOf(policy: SourceFile, read: Parameters<typeof compile>[1]): Ruleset | undefined {
  return compile(policy, read, emptyLock).compiled[0]?.ruleset;
}

async function expectReadBack(ruleset: Ruleset): Promise<void> {
  const script = `
    file=$(mktemp); trap 'rm -f "$file"' EXIT; cat > "$file"
    nft -j -f "$file" && nft -j list ruleset && nft -j -f "$file" && nft -j list ruleset`;
  const { status, stdout, stderr } = await inNamespace(script, emitJson(ruleset));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const listings = stdout.trim().split('\n');
  expect(listings).toHaveLength(2);
  for (const listing of listings) {
    const read = parseNftJson(listing, 'listing');
    expect(read.diagnostics).toEqual([]);
    expect(asListed(read.ruleset)).toEqual(asListed(ruleset));
  }
}

for (const fixture of fixturesOf('valid')) {
  test(fixture.name, async () => {
    const ruleset = rulesOf(fixture.policy, includeReader(fixture));
    if (ruleset === undefined) throw new Error('the scenario does not compile');
    await expectReadBack(ruleset);
  });
}

test(`random policies (CTFW_SEED=${seed})`, async () => {
  const property = fc.asyncProperty(arbitraryPolicyText, async (text) => {
    const ruleset = rulesOf({ name: 'policy.ctfw', text }, () => ({ error: 'nothing is included' }));
    fc.pre(ruleset !== undefined);
    if (ruleset !== undefined) await expectReadBack(ruleset);
  });
  await fc.assert(property, { seed, numRuns: 30 });
});
