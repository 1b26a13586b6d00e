/** The lock of an exchange: it comes first, it can be seen, and taken away it leaves what was there. */
import { expect, test } from 'vitest';
import { isLocked, lockText, unlockText, withoutLock } from '../../../src/apply/install/iptables-lock.ts';
import { flowSimulation } from '../../../src/apply/preflight/flow-simulation.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { hostViewOf } from '../../../src/host-view/from-model.ts';
import { parseAddress } from '../../../src/net/address.ts';
import { memoryMachine } from '../support/memory.ts';
import { compiledOf, policyText } from '../support/policies.ts';

const tool = 'iptables-nft';
const before = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 23 -j DROP\nCOMMIT\n';

async function machineWith(...texts: readonly string[]) {
  const { host } = memoryMachine();
  for (const text of texts) expect(await host.restoreIptables(tool, text, 'apply')).toEqual({ kind: 'done' });
  const saved = await host.saveIptables(tool);
  const { ruleset } = parseIptablesSave(saved.kind === 'read' ? saved.value : '', 'saved', {
    family: 'ip',
    engine: tool,
  });
  return { host, saved, ruleset };
}

test('it is seen while it is there, and what is read without it is what was there', async () => {
  const old = await machineWith(before);
  const locked = await machineWith(before, lockText(22));
  expect([isLocked(old.ruleset), isLocked(locked.ruleset)]).toEqual([false, true]);
  expect(withoutLock(locked.ruleset)).toEqual(withoutLock(old.ruleset));
});

test('lifted alone or together with other rules, nothing of it is left', async () => {
  const change = '*filter\n-A INPUT -p tcp -m tcp --dport 24 -j DROP\nCOMMIT\n';
  const lifted = await machineWith(before, lockText(22), unlockText(undefined));
  const changed = await machineWith(before, lockText(22), unlockText(change));
  expect(lifted.saved).toEqual((await machineWith(before)).saved);
  expect(changed.saved).toEqual((await machineWith(before, change)).saved);
});

test('what starts a connection is dropped but for logins, which are left to the rules that were there', async () => {
  const { model, host } = compiledOf(policyText());
  const view = hostViewOf(model, host);
  const [source, destination, container] = ['192.0.2.9', '192.0.2.1', '172.30.0.2'].map(parseAddress);
  if (source === undefined || destination === undefined || container === undefined) throw new Error('no address');
  const reaches = async (to: typeof source, destinationPort: number, operatorPort: number) => {
    const { ruleset } = await machineWith(before, lockText(operatorPort));
    const flow = {
      arrivesBy: 'lan0',
      source,
      destination: to,
      protocol: 6,
      sourcePort: 40_000,
      destinationPort,
      icmpType: undefined,
    };
    return flowSimulation(view, [ruleset], 'known')(flow)?.kind;
  };
  expect(await reaches(destination, 22, 22)).toBe('passes');
  expect(await reaches(destination, 23, 23)).toBe('stopped');
  expect(await reaches(destination, 80, 22)).toBe('stopped');
  expect(await reaches(container, 22, 22)).toBe('stopped');
});
