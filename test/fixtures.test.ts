/** Walks fixtures/valid: each policy compiles to the rules for nftables and iptables, the lock and the remarks beside it. */
import { expect, test } from 'vitest';
import { emitIptables } from '../src/backends/iptables/emit.ts';
import { emitText } from '../src/backends/nftables/emit-text.ts';
import { compile } from '../src/compile.ts';
import { renderDiagnostics } from '../src/diagnostics/render.ts';
import { hasErrors } from '../src/diagnostics/report.ts';
import { formatLock } from '../src/lock/format.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { defaultLowerOptions } from '../src/lower/context.ts';
import { chainPrefix } from '../src/lower/iptables/chain-names.ts';
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
    const nameFor = (host: string, name: string): string =>
      compiled.length === 1 ? name : name.replace('rules', `rules.${host}`);
    for (const { host, ruleset } of compiled) expectFile(fixture, nameFor(host.name, 'rules.nft'), emitText(ruleset));
    const iptables = compile(fixture.policy, includeReader(fixture), emptyLock, {
      ...defaultLowerOptions,
      target: 'iptables',
    });
    for (const { host, ruleset } of iptables.compiled) {
      const files = emitIptables(ruleset, { ownChains: chainPrefix });
      expect(files.diagnostics).toEqual([]);
      expectFile(fixture, nameFor(host.name, 'rules.v4'), files.v4);
      expectFile(fixture, nameFor(host.name, 'rules.v6'), files.v6);
      expectFile(fixture, nameFor(host.name, 'rules.bridge'), files.bridge ?? '');
    }
  });
}

test('fixtures are laid out as fmt lays them out', () => {
  const otherwise = fixturesOf('valid').filter(({ policy }) => printPolicy(parsePolicy(policy).file) !== policy.text);
  expect(otherwise.map(({ name }) => name)).toEqual([]);
});
