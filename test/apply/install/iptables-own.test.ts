/** What of iptables' tables is ours, and the file that changes it and nothing else. */
import { expect, test } from 'vitest';
import {
  changeTexts,
  foreignPart,
  ownPart,
  ownTexts,
  readRules,
  toolFiles,
} from '../../../src/apply/install/iptables-own.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { memoryMachine } from '../support/memory.ts';
import { iptablesArtifactOf, policyText, withDeny } from '../support/policies.ts';

const v4 = toolFiles[1];
const tool = 'iptables-nft';

/** Somebody else's rules in the same tables, before and after ours. */
const foreign = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -j RETURN
COMMIT
`;

const wanted = (policy: string): string => iptablesArtifactOf(policy).files['rules.v4'] ?? '';

async function machineWith(...texts: readonly string[]) {
  const { host } = memoryMachine();
  const load = async (text: string): Promise<Ruleset> => {
    expect(await host.restoreIptables(tool, text, 'apply')).toEqual({ kind: 'done' });
    const saved = await host.saveIptables(tool);
    return readRules(saved.kind === 'read' ? saved.value : '', v4, 'nft');
  };
  let present: Ruleset = { tables: [] };
  for (const text of texts) present = await load(text);
  return { load, present };
}

const namesIn = ({ tables }: Ruleset) =>
  tables.flatMap(({ chains }) => chains.filter(({ base }) => base === undefined).map(({ name }) => name));

test('ours and others’ together are all of it', async () => {
  const { present } = await machineWith(foreign, wanted(policyText()));
  expect(namesIn(ownPart(present)).every((name) => name.startsWith('CTFW-'))).toBe(true);
  expect(namesIn(foreignPart(present))).toEqual(['DOCKER-USER']);
  const rules = ({ tables }: Ruleset): number =>
    tables.flatMap(({ chains }) => chains.flatMap((chain) => chain.rules)).length;
  expect(rules(ownPart(present)) + rules(foreignPart(present))).toBe(rules(present));
  expect(rules(ownPart(present))).toBeGreaterThan(10);
});

test('tables of others alone are none of ours', async () => {
  const { present } = await machineWith(foreign);
  expect(ownPart(present).tables).toEqual([]);
  expect(ownTexts(present, v4).size).toBe(0);
});

test('the change turns one policy into the other, there and back, and leaves others as they are', async () => {
  const { load, present } = await machineWith(foreign, wanted(policyText()));
  const there = await machineWith(foreign, wanted(withDeny));
  const change = changeTexts(readRules(wanted(withDeny), v4, 'nft'), present, v4);
  expect([...change.keys()]).not.toEqual([]);
  const after = await load([...change.values()].join(''));
  expect(ownTexts(after, v4)).toEqual(ownTexts(there.present, v4));
  expect(foreignPart(after)).toEqual(foreignPart(present));
  expect(changeTexts(readRules(wanted(withDeny), v4, 'nft'), after, v4).size).toBe(0);
});

test('with nothing wanted, nothing of ours is left', async () => {
  const { load, present } = await machineWith(foreign, wanted(policyText()));
  const after = await load([...changeTexts({ tables: [] }, present, v4).values()].join(''));
  expect(ownPart(after).tables).toEqual([]);
  expect(foreignPart(after)).toEqual(foreignPart(present));
});

test('the order in which chains were made means nothing', async () => {
  const { present } = await machineWith(wanted(policyText()));
  const reversed = { tables: present.tables.map((table) => ({ ...table, chains: [...table.chains].reverse() })) };
  expect(ownTexts(reversed, v4)).toEqual(ownTexts(present, v4));
});

test.each([
  ['-A FORWARD -d 172.30.0.2/32 -j ACCEPT', true],
  ['-A FORWARD -j RETURN', true],
  ['-A FORWARD -j DOCKER-FORWARD', true],
  ['-A FORWARD -g DOCKER-USER', true],
  ['-A FORWARD -j DOCKER-USER', false],
  ['-A FORWARD -d 172.30.0.2/32 -j DROP', false],
])('our jump counts only where packets come to it: %s before it', async (rule, isPassed) => {
  const { load, present } = await machineWith(
    `*filter\n:DOCKER-USER - [0:0]\n:DOCKER-FORWARD - [0:0]\n-A DOCKER-USER -s 192.0.2.9/32 -j RETURN\n-A DOCKER-FORWARD -j DOCKER-USER\n-A DOCKER-FORWARD -j ACCEPT\nCOMMIT\n`,
    wanted(policyText()),
  );
  const rules = readRules(wanted(policyText()), v4, 'nft');
  expect(changeTexts(rules, present, v4).size).toBe(0);
  const before = await load(`*filter\n${rule.replace('-A FORWARD', '-I FORWARD')}\nCOMMIT\n`);
  const change = changeTexts(rules, before, v4);
  expect([...change.keys()]).toEqual(isPassed ? ['filter'] : []);
  const after = await load([...change.values()].join(''));
  expect(changeTexts(rules, after, v4).size).toBe(0);
  expect(foreignPart(after)).toEqual(foreignPart(before));
});
