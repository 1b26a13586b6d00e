/** Walks fixtures/valid: each policy compiles to the rules, the lock and the remarks beside it. */
import { expect, test } from 'vitest';
import { emitText } from '../src/backends/nftables/emit-text.ts';
import { compile } from '../src/compile.ts';
import { renderDiagnostics } from '../src/diagnostics/render.ts';
import { hasErrors } from '../src/diagnostics/report.ts';
import { formatLock } from '../src/lock/format.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { parsePolicy } from '../src/syntax/parse.ts';
import { printPolicy } from '../src/syntax/print.ts';
import { expectFile, fixturesOf, includeReader } from './support/fixtures.ts';

for (const fixture of fixturesOf('valid')) {
  test(`valid/${fixture.name}`, () => {
    const { compiled, diagnostics, lock } = compile(fixture.policy, includeReader(fixture), emptyLock);
    expectFile(fixture, 'diagnostics.txt', renderDiagnostics(diagnostics, { color: false }));
    expect(hasErrors(diagnostics)).toBe(false);
    expectFile(fixture, 'policy.ctfw.lock', formatLock(lock));
    expect(compiled.length).toBeGreaterThan(0);
    for (const { host, ruleset } of compiled)
      expectFile(fixture, compiled.length === 1 ? 'rules.nft' : `rules.${host.name}.nft`, emitText(ruleset));
  });
}

test('fixtures are laid out as fmt lays them out', () => {
  const otherwise = fixturesOf('valid').filter(({ policy }) => printPolicy(parsePolicy(policy).file) !== policy.text);
  expect(otherwise.map(({ name }) => name)).toEqual([]);
});
