/** Rules in pieces: the last one counts, and what fails before it leaves what was there. */
import { expect, test } from 'vitest';
import type { Change } from '../../../src/apply/install/installer.ts';
import { stagedInstallation } from '../../../src/apply/install/nftables-staged.ts';
import { withSuffix } from '../../../src/apply/transaction/suffix.ts';
import { tablesOfDocument } from '../../../src/apply/transaction/tables.ts';
import type { Host } from '../../../src/host/contract/host.ts';
import { memoryMachine, rulesOf } from '../support/memory.ts';
import { artifactOf, policyText, withDeny } from '../support/policies.ts';

const [old, next] = [artifactOf(policyText()), artifactOf(withDeny)];
const tablesOf = ({ files }: typeof old) => tablesOfDocument(files['rules.json']);

async function staged(suffix = '') {
  const machine = memoryMachine();
  await machine.host.runNftables(old.files['rules.json'] ?? '', 'apply');
  const before = withSuffix(tablesOf(old), '');
  const change: Change = {
    from: { artifact: old, loaded: { generation: 1, suffix } },
    to: { artifact: next, generation: 2 },
    known: true,
  };
  const prepared = await stagedInstallation(machine.host, before, tablesOf(next), change);
  if (prepared.kind === 'impossible') throw new Error(prepared.failure.message);
  return { machine, installation: prepared.installation };
}

/** What packets can meet: base chains, and what they lead to. */
const baseRules = ({ host }: ReturnType<typeof memoryMachine>): string =>
  JSON.stringify(
    [...host.nftables.values()].flatMap(({ chains }) =>
      [...chains.values()]
        .filter(({ body }) => body.hook !== undefined)
        .map(({ rules }) => rules.map(({ body }) => body.expr ?? null)),
    ),
  );

test('nothing that a packet meets changes before the last transaction; afterwards nothing is left of the old ones', async () => {
  const { machine, installation } = await staged();
  const { documents } = installation.summary;
  const before = baseRules(machine);
  for (const document of documents.slice(0, -1)) {
    expect(await machine.host.runNftables(document, 'apply')).toEqual({ kind: 'done' });
    expect(baseRules(machine)).toBe(before);
  }
  expect(await machine.host.runNftables(documents.at(-1) ?? '', 'apply')).toEqual({ kind: 'done' });
  expect(baseRules(machine)).not.toBe(before);
  expect(await installation.check(machine.host)).toEqual({ kind: 'same' });
  const names = [...machine.host.nftables.values()].flatMap(({ collections }) => [...collections.keys()]);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !name.endsWith('.2'))).toEqual([]);
});

test('a name that is loaded already is not taken', async () => {
  expect((await staged()).installation.loaded).toEqual({ generation: 2, suffix: '.2' });
  expect((await staged('.2')).installation.loaded).toEqual({ generation: 2, suffix: '.2.again' });
});

test('whichever piece is refused, what was there is there again and nothing besides', async () => {
  const { installation } = await staged();
  for (const at of installation.summary.documents.keys()) {
    const { machine } = await staged();
    const before = rulesOf(machine);
    let runs = 0;
    const runNftables: Host['runNftables'] = async (document, mode) =>
      runs++ === at ? { kind: 'refused', message: 'no' } : machine.host.runNftables(document, mode);
    const host = Object.assign(Object.create(machine.host) as Host, { runNftables });
    expect(await installation.run(host)).toMatchObject({ kind: 'unchanged' });
    expect(rulesOf(machine)).toBe(before);
  }
});

test('a last piece that is not answered leaves nobody knowing', async () => {
  const { machine, installation } = await staged();
  const last = installation.summary.documents.at(-1);
  const runNftables: Host['runNftables'] = async (document, mode) =>
    document === last ? { kind: 'unanswered', message: 'it hangs' } : machine.host.runNftables(document, mode);
  const host = Object.assign(Object.create(machine.host) as Host, { runNftables });
  expect(await installation.run(host)).toMatchObject({ kind: 'unknown' });
});
