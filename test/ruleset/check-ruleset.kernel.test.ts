/** What is refused here is refused by nft, so that nothing is refused that could work. */
import { expect, test } from 'vitest';
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import { inNamespace } from '../support/nftables-namespace.ts';
import { refusedRulesets } from '../support/refused-rulesets.ts';

test.each(refusedRulesets.filter(({ byNft }) => byNft))('nft refuses $name', async ({ ruleset }) => {
  const { status, stderr } = await inNamespace('cat | nft -j -f -', emitJson(ruleset));
  expect(stderr).toMatch(/Error|error/);
  expect(status).toBe(1);
});
