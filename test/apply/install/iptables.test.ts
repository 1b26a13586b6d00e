/** Exchanging tables that cannot be exchanged together: the order, the lock, and every place where it can fail. */
import { expect, test } from 'vitest';
import type { Change } from '../../../src/apply/install/installer.ts';
import { iptablesInstaller as installer } from '../../../src/apply/install/iptables.ts';
import type { Failure, Host } from '../../../src/host/contract/host.ts';
import { memoryMachine, rulesOf } from '../support/memory.ts';
import { iptablesArtifactOf, policyText, withDeny } from '../support/policies.ts';

const [old, next] = [iptablesArtifactOf(policyText()), iptablesArtifactOf(withDeny)];
const loaded = { generation: 1, suffix: '' };
const refused: Failure = { kind: 'refused', message: 'it says no' };

function changeTo(artifact: typeof old): Change {
  return { from: { artifact: old, loaded }, to: { artifact, generation: 2 }, known: true, operatorPort: 2222 };
}

/** A machine with the old rules; its tools are told of, and fail from the given load on, or at it alone. */
async function machineWith(fails: { readonly at: number; readonly onwards?: boolean } = { at: -1 }) {
  const machine = memoryMachine();
  const load = async (host: Host, artifact: typeof old) => {
    const prepared = await installer.prepare(host, changeTo(artifact));
    if (prepared.kind === 'impossible') throw new Error(prepared.failure.message);
    return prepared.installation;
  };
  expect(await (await load(machine.host, old)).run(machine.host)).toEqual({ kind: 'done' });
  const before = rulesOf(machine);
  const loads: { readonly tool: string; readonly text: string }[] = [];
  const restoreIptables: Host['restoreIptables'] = async (tool, text, mode) => {
    if (mode === 'check') return machine.host.restoreIptables(tool, text, mode);
    const number = loads.push({ tool, text }) - 1;
    const isFailing = fails.at >= 0 && (fails.onwards === true ? number >= fails.at : number === fails.at);
    return isFailing ? refused : machine.host.restoreIptables(tool, text, mode);
  };
  const host = Object.assign(Object.create(machine.host) as Host, { restoreIptables });
  return { machine, host, before, loads, installation: await load(machine.host, next) };
}

const isLocked = (rules: string): boolean => rules.includes('CTFW-LOCK');

test('the lock comes first, filter last, and nothing is left of the lock', async () => {
  const { machine, host, loads, installation } = await machineWith();
  expect(await installation.run(host)).toEqual({ kind: 'done' });
  const ofFour = loads.filter(({ tool }) => tool === 'iptables-nft').map(({ text }) => text);
  expect(ofFour[0]).toContain(':CTFW-LOCK ');
  expect(ofFour[0]).toContain('--dport 2222');
  expect(ofFour.at(-1)).toContain('*filter');
  expect(ofFour.at(-1)).toContain('-X CTFW-LOCK');
  expect(isLocked(rulesOf(machine))).toBe(false);
  expect(await installation.check(host)).toEqual({ kind: 'same' });
});

test('the same rules need no load at all', async () => {
  const { machine } = await machineWith();
  const prepared = await installer.prepare(machine.host, changeTo(old));
  expect(prepared).toMatchObject({ kind: 'ready', installation: { summary: { how: 'nothing', bytes: 0 } } });
});

test('whichever load is refused, the old rules are there again without the lock', async () => {
  const whole = await machineWith();
  await whole.installation.run(whole.host);
  expect(whole.loads.length).toBeGreaterThan(3);
  for (const at of whole.loads.keys()) {
    const { machine, host, before, installation } = await machineWith({ at });
    expect(await installation.run(host)).toEqual({ kind: 'unchanged', failure: refused });
    expect(rulesOf(machine)).toBe(before);
  }
});

test('where the tools take nothing any more, the lock stays, is told, and is lifted by the next change', async () => {
  const whole = await machineWith();
  await whole.installation.run(whole.host);
  for (const at of whole.loads.keys()) {
    const { machine, host, before, installation } = await machineWith({ at, onwards: true });
    const ran = await installation.run(host);
    // before the lock is in force nothing has changed, which needs no tool to put back
    expect(ran.kind).toBe(rulesOf(machine) === before ? 'unchanged' : 'locked');
    if (ran.kind !== 'locked') continue;
    expect(isLocked(rulesOf(machine))).toBe(true);
    expect(await installer.verify(machine.host, { artifact: old, loaded })).toMatchObject({
      kind: 'differs',
      differences: expect.arrayContaining([expect.stringMatching(/is locked: new connections are dropped/)]),
    });
    const again = await installer.prepare(machine.host, changeTo(old));
    if (again.kind === 'impossible') throw new Error(again.failure.message);
    expect(await again.installation.run(machine.host)).toEqual({ kind: 'done' });
    expect(rulesOf(machine)).toBe(before);
  }
});

test('a tool that is not there matters only where it should have rules', async () => {
  const { machine } = await machineWith();
  const without = (tool: string): Host => {
    const saveIptables: Host['saveIptables'] = async (asked) =>
      asked === tool ? { kind: 'no-tool', message: `there is no ${tool}` } : machine.host.saveIptables(asked);
    return Object.assign(Object.create(machine.host) as Host, { saveIptables });
  };
  expect(await installer.prepare(without('ip6tables-nft'), changeTo(next))).toMatchObject({
    kind: 'impossible',
    failure: { kind: 'no-tool' },
  });
  const noBridge = { ...old, files: { ...old.files, 'rules.bridge': '' } };
  expect((await installer.prepare(without('ebtables-nft'), changeTo(noBridge))).kind).toBe('ready');
});

test('what somebody has added to our chains is told', async () => {
  const { machine } = await machineWith();
  const text = '*filter\n-I CTFW-FORWARD -j ACCEPT\nCOMMIT\n';
  await machine.host.restoreIptables('iptables-nft', text, 'apply');
  expect(await installer.verify(machine.host, { artifact: old, loaded })).toEqual({
    kind: 'differs',
    differences: ['iptables-nft table filter: it holds more, or in another order'],
  });
});
