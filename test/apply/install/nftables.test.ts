/** Which transaction is chosen, and what happens when the kernel does not take it. */
import { expect, test } from 'vitest';
import { hasNoRules } from '../../../src/apply/artifact.ts';
import type { Change, Installed } from '../../../src/apply/install/installer.ts';
import { nftablesInstaller as installer } from '../../../src/apply/install/nftables.ts';
import type { Failure, Host } from '../../../src/host/contract/host.ts';
import type { MemoryHost } from '../../../src/host/memory/memory-host.ts';
import { memoryMachine } from '../support/memory.ts';
import { artifactOf, policyText, withCache, withDeny } from '../support/policies.ts';

function installed(policy: string | undefined, generation: number): Installed {
  const artifact = policy === undefined ? { target: 'nftables' as const, files: {} } : artifactOf(policy);
  return { artifact, loaded: { generation, suffix: '' } };
}

function changeTo(from: Installed, policy: string | undefined, rest: Partial<Change> = {}): Change {
  const { artifact } = installed(policy, from.loaded.generation + 1);
  return { from, to: { artifact, generation: from.loaded.generation + 1 }, known: true, ...rest };
}

async function ready(host: Host, change: Change) {
  const prepared = await installer.prepare(host, change);
  if (prepared.kind === 'impossible') throw new Error(prepared.failure.message);
  return prepared.installation;
}

async function hostWith(policy: string): Promise<{ readonly host: MemoryHost; readonly from: Installed }> {
  const { host } = memoryMachine();
  const installation = await ready(host, changeTo(installed(undefined, 0), policy));
  expect(await installation.run(host)).toEqual({ kind: 'done' });
  return { host, from: installed(policy, 1) };
}

const saying = (host: MemoryHost, runNftables: Host['runNftables']): Host =>
  Object.assign(Object.create(host) as Host, { runNftables });

test.each([
  ['the same rules', policyText(), 'nothing'],
  ['one container more', withCache, 'elements'],
  ['a deny more', withDeny, 'parts'],
  ['no rules', undefined, 'parts'],
])('%s: the least that has to be sent, after which it is as if it had been loaded alone', async (_, policy, how) => {
  const { host, from } = await hostWith(policyText());
  const change = changeTo(from, policy);
  const installation = await ready(host, change);
  expect(installation.summary.how).toBe(how);
  expect(await installation.run(host)).toEqual({ kind: 'done' });
  expect(await installation.check(host)).toEqual({ kind: 'same' });
  const now: Installed = { artifact: change.to.artifact, loaded: installation.loaded };
  expect(await installer.verify(host, now)).toEqual({ kind: 'same' });
  expect(host.nftables.size === 0).toBe(hasNoRules(change.to.artifact));
});

test('what is not known, or is to be loaded anew, is replaced whole', async () => {
  const { host, from } = await hostWith(policyText());
  for (const rest of [{ known: false }, { again: true }]) {
    const installation = await ready(host, changeTo(from, withCache, rest));
    expect(installation.summary.how).toBe('whole');
  }
});

test('where the kernel refuses the least, it is asked about the whole; what was tried before is not asked again', async () => {
  const { host, from } = await hostWith(policyText());
  const asked: string[] = [];
  const picky = saying(host, async (document, mode) => {
    asked.push(mode);
    return document.includes('"rule"') ? host.runNftables(document, mode) : { kind: 'refused', message: 'no' };
  });
  expect((await ready(picky, changeTo(from, withCache))).summary.how).toBe('whole');
  expect(asked).toEqual(['check', 'check']);
  expect((await ready(picky, changeTo(from, withCache, { tried: 'elements' }))).summary.how).toBe('elements');
  expect(asked).toHaveLength(2);
});

test('no privilege ends it at once; a tool that does not answer leaves nobody knowing', async () => {
  const { host, from } = await hostWith(policyText());
  const failing = (failure: Failure, mode: 'apply' | 'check'): Host =>
    saying(host, async (document, asked) => (asked === mode ? failure : host.runNftables(document, asked)));
  const noPrivilege: Failure = { kind: 'no-privilege', message: 'you are not root' };
  const impossible = await installer.prepare(failing(noPrivilege, 'check'), changeTo(from, withCache));
  expect(impossible).toEqual({ kind: 'impossible', failure: noPrivilege });
  const installation = await ready(host, changeTo(from, withCache));
  const silent: Failure = { kind: 'unanswered', message: 'it hangs' };
  expect(await installation.run(failing(silent, 'apply'))).toMatchObject({ kind: 'unknown' });
  expect(await installation.run(failing(noPrivilege, 'apply'))).toMatchObject({ kind: 'unchanged' });
});

test('elements are read back by asking: some less, some too much, other data', async () => {
  const { host, from } = await hostWith(policyText());
  const installation = await ready(host, changeTo(from, withCache));
  expect((await installation.check(host)).kind).toBe('differs'); // it has not run
  await installation.run(host);
  expect(await installation.check(host)).toEqual({ kind: 'same' });
  const back = await ready(host, { ...changeTo(installed(withCache, 2), policyText()) });
  expect(back.summary.how).toBe('elements');
  expect((await back.check(host)).kind).toBe('differs');
});

test('a host that was read and one that is listed give the same answer', async () => {
  const { host, from } = await hostWith(policyText());
  for (const [policy, kind] of [
    [policyText(), 'same'],
    [withDeny, 'differs'],
  ] as const) {
    const what = { ...from, artifact: artifactOf(policy) };
    expect((await installer.verify(host, what)).kind).toBe(kind);
    expect((await installer.comparison(host, what)(await host.read())).kind).toBe(kind);
  }
});
