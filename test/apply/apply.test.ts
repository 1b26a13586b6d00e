/** Applying to a host in memory: what comes into force, what is written down, what is taken back. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/engine/apply.ts';
import { confirm } from '../../src/apply/engine/confirm.ts';
import { stateOf } from '../../src/apply/engine/context.ts';
import { guardStep } from '../../src/apply/engine/guard.ts';
import { takeBack } from '../../src/apply/engine/take-back.ts';
import { statusOf } from '../../src/apply/status/status.ts';
import type { Host } from '../../src/host/contract/host.ts';
import type { Connection } from '../../src/host/gather/gathered.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';
import {
  forGood,
  type MemoryMachine,
  memoryMachine,
  newProcess,
  planFor,
  rulesOf,
  withConfirmation,
} from './support/memory.ts';
import { policyText, withCache, withDeny } from './support/policies.ts';

test('the first apply loads everything; one container more sends elements only', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  const first = await applyPlan(context, await planFor(machine, policyText()), forGood);
  expect(first).toMatchObject({ kind: 'applied', generation: 1, deadline: undefined });
  const second = await applyPlan(context, await planFor(machine, withCache), forGood);
  expect(second).toMatchObject({ kind: 'applied', generation: 2, installation: { how: 'elements' } });
  const sent = machine.host.documents.at(-1) ?? '';
  expect(sent).toContain('172.30.0.4');
  expect(sent).not.toContain('172.30.0.3');
  expect(sent).not.toContain('"rule"');
  const whole = memoryMachine();
  await applyPlan(newProcess(whole).context, await planFor(whole, withCache), forGood);
  expect(rulesOf(machine)).toBe(rulesOf(whole));
});

test('the same policy again changes nothing', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  const again = await applyPlan(context, await planFor(machine, policyText()), withConfirmation);
  expect(again).toMatchObject({ kind: 'applied', deadline: undefined, installation: { how: 'nothing' } });
  expect(machine.host.documents).toHaveLength(1);
});

test('what is not confirmed is taken back', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  const before = rulesOf(machine);
  const result = await applyPlan(context, await planFor(machine, withDeny), withConfirmation);
  expect(result).toMatchObject({ kind: 'applied', generation: 2 });
  expect(rulesOf(machine)).not.toBe(before);
  expect(await guardStep(context)).toEqual({ kind: 'again' });
  machine.host.time += 61_000;
  expect(await guardStep(context)).toEqual({ kind: 'over' });
  expect(rulesOf(machine)).toBe(before);
  expect(stateOf(context)).toMatchObject({ confirmed: 1, state: { kind: 'settled', loaded: { generation: 1 } } });
});

test('what is confirmed stays; a confirmation from a new connection is told from one in the old terminal', async () => {
  for (const [connection, age, fresh] of [
    ['192.0.2.9:50000 192.0.2.1:22', 0, false],
    ['192.0.2.9:50001 192.0.2.1:22', 0, true],
    ['192.0.2.9:50001 192.0.2.1:22', 1000, false], // another terminal, but opened before
    ['192.0.2.9:50001 192.0.2.1:22', undefined, false],
    [undefined, undefined, false],
  ] as const) {
    const machine = memoryMachine();
    const { context } = newProcess(machine);
    await applyPlan(context, await planFor(machine, policyText()), withConfirmation);
    const since = age === undefined ? undefined : machine.host.uptime() - age;
    const confirmed = await confirm(context, 'tester', { connection, since });
    expect(confirmed).toEqual({ kind: 'confirmed', generation: 1, fresh });
    machine.host.time += 61_000;
    expect(await guardStep(context)).toEqual({ kind: 'over' });
    expect(stateOf(context)).toMatchObject({ confirmed: 1 });
  }
});

test('a plan of another base is stale and changes nothing', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  const plan = await planFor(machine, policyText());
  await machine.host.runNftables('{"nftables":[{"add":{"table":{"family":"inet","name":"other"}}}]}', 'apply');
  const result = await applyPlan(context, plan, forGood);
  expect(result).toEqual({ kind: 'stale', moved: ['table nftables inet other'] });
  expect(rulesOf(machine)).toBe('[]');
});

test('settings are set after the rules and put back by a rollback', async () => {
  const machine = memoryMachine();
  machine.host.sysctls.set('net.ipv4.ip_forward', '0');
  const { context } = newProcess(machine);
  const sysctls = [{ name: 'net.ipv4.ip_forward', before: '0', after: '1', why: 'test' }];
  await applyPlan(context, await planFor(machine, policyText(), { sysctls }), withConfirmation);
  expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('1');
  machine.host.time += 61_000;
  await guardStep(context);
  expect(machine.host.sysctls.get('net.ipv4.ip_forward')).toBe('0');
  expect(rulesOf(machine)).toBe('[]');
});

test('rules that were changed behind our back are replaced whole', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  await machine.host.runNftables('{"nftables":[{"flush":{"table":{"family":"inet","name":"ctfw"}}}]}', 'apply');
  const result = await applyPlan(context, await planFor(machine, withCache), forGood);
  expect(result).toMatchObject({ kind: 'applied', installation: { how: 'whole' } });
});

test('where one transaction is too long, parts are staged and one flip activates them', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  const many = Array.from(
    { length: 600 },
    (_, index) => `container c${index} { attach front; publish ${20000 + index}:80 }`,
  );
  const large = policyText(`deny lan -> web 80/tcp\n${many.join('\n')}`).replace('172.30.0.0/24', '172.30.0.0/16');
  const whole = memoryMachine();
  await applyPlan(newProcess(whole).context, await planFor(whole, large), forGood);
  machine.host.maximumDocument = 70_000;
  const result = await applyPlan(context, await planFor(machine, large), forGood);
  expect(result).toMatchObject({ kind: 'applied', installation: { how: 'staged' } });
  const plain = (text: string): string => text.replaceAll(/\.2(?=")/g, '');
  expect(plain(rulesOf(machine))).toBe(plain(rulesOf(whole)));
  const flips = machine.host.documents.filter((document) => document.includes('"hook":"forward"'));
  expect(flips).toHaveLength(2); // the first apply, and the flip
  machine.host.maximumDocument = Number.POSITIVE_INFINITY;
  const next = await applyPlan(context, await planFor(machine, large.replace('172.30.0.3;', '172.30.99.3;')), forGood);
  expect(next).toMatchObject({ kind: 'applied', installation: { how: 'elements' } });
});

/** From a neighbour to the published port of web, at port 80 of the container. */
function published(sourcePort: number, container = '172.30.0.2'): Connection {
  const [client, host, target] = [parsed('192.0.2.9'), parsed('192.0.2.1'), parsed(container)];
  return {
    ...{ family: 'ipv4', protocol: 6, state: 'ESTABLISHED', timeout: 100 },
    original: { source: client, destination: host, sourcePort, destinationPort: 8080 },
    reply: { source: target, destination: client, sourcePort: 80, destinationPort: sourcePort },
    ...{ assured: true, unreplied: false, offloaded: false, mark: 0, zone: 0 },
  };
}

/** To a program of the host itself, which nobody translates. */
function plain(sourcePort: number): Connection {
  const { original, ...others } = published(sourcePort);
  const { source, destination } = original;
  const [here, there] = [
    { ...original, destinationPort: 22 },
    { source: destination, destination: source },
  ];
  return { ...others, original: here, reply: { ...there, sourcePort: 22, destinationPort: sourcePort } };
}

function parsed(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}

const portsOf = (machine: MemoryMachine) => machine.host.tracked.map(({ original }) => original.sourcePort);

const takenBack: readonly (readonly [how: string, take: (machine: MemoryMachine) => Promise<unknown>])[] = [
  [
    'by the guard',
    (machine) => {
      machine.host.time += 61_000;
      return guardStep(newProcess(machine).context);
    },
  ],
  ['by a rollback', (machine) => takeBack(newProcess(machine).context, 'tester')],
];

test.each(takenBack)('taken back %s, connections go that the rules of before forbid', async (_, take) => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, withDeny), forGood);
  await applyPlan(context, await planFor(machine, policyText()), withConfirmation);
  machine.host.tracked = [published(1000), plain(1001)];
  await take(machine);
  expect(portsOf(machine)).toEqual([1001]);
});

test.each(takenBack)('taken back %s, connections go that the rules of before translate otherwise', async (_, take) => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  const moved = policyText().replace('172.30.0.2', '172.30.0.7');
  await applyPlan(context, await planFor(machine, moved), withConfirmation);
  machine.host.tracked = [published(1000, '172.30.0.7'), published(1001), plain(1002)];
  await take(machine);
  expect(portsOf(machine)).toEqual([1001, 1002]);
});

test.each(takenBack)('taken back %s to no rules, connections go that ours alone translated', async (_, take) => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), withConfirmation);
  machine.host.tracked = [published(1000), plain(1001), published(1002, '192.0.2.77')];
  await take(machine);
  expect(portsOf(machine)).toEqual([1001, 1002]); // the last is of somebody else
});

test.each(takenBack)('taken back %s, connections stay where the apply was told to keep them', async (_, take) => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, withDeny), forGood);
  await applyPlan(context, await planFor(machine, policyText()), { ...withConfirmation, keepConnections: true });
  machine.host.tracked = [published(1000)];
  await take(machine);
  expect(portsOf(machine)).toEqual([1000]);
});

test('connections that were opened after the plan are judged as well; what it listed and is gone is no failure', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), forGood);
  for (const keepConnections of [true, false]) {
    const gone = [{ connection: published(999), why: 'of the plan' }];
    const plan = await planFor(machine, withDeny, { connections: keepConnections ? [] : gone });
    machine.host.tracked = [published(1000), plain(1001)];
    const result = await applyPlan(context, plan, { ...forGood, keepConnections });
    expect(result).toMatchObject({ kind: 'applied', removedConnections: keepConnections ? 0 : 1 });
    expect(portsOf(machine)).toEqual(keepConnections ? [1000, 1001] : [1001]);
  }
});

test('where the connections cannot be listed again, those of the plan are removed and it is said', async () => {
  const machine = memoryMachine();
  const connections: Host['connections'] = async () => ({ kind: 'no-tool', message: 'there is no conntrack' });
  const { context, said } = newProcess(machine, { host: Object.assign(Object.create(machine.host), { connections }) });
  machine.host.tracked = [published(1000), published(1001)];
  const plan = await planFor(machine, withDeny, { connections: [{ connection: published(1000), why: 'of the plan' }] });
  expect(await applyPlan(context, plan, forGood)).toMatchObject({ kind: 'applied', removedConnections: 1 });
  expect(portsOf(machine)).toEqual([1001]);
  expect(said.join()).toContain('there is no conntrack');
});

test('a rollback keeps connections where it is told to itself', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, withDeny), forGood);
  await applyPlan(context, await planFor(machine, policyText()), withConfirmation);
  machine.host.tracked = [published(1000)];
  await takeBack(context, 'tester', true);
  expect(portsOf(machine)).toEqual([1000]);
});

test('where the policy of before cannot judge, its rules come back all the same and the reason is said', async () => {
  const machine = memoryMachine();
  const { context, said } = newProcess(machine);
  await applyPlan(context, await planFor(machine, withDeny), forGood);
  const before = rulesOf(machine);
  await applyPlan(context, await planFor(machine, policyText()), withConfirmation);
  machine.host.tracked = [published(1000)];
  const judgeConnections = () => ({ problem: 'it does not compile' });
  expect(await takeBack({ ...context, judgeConnections }, 'tester')).toMatchObject({
    kind: 'back',
    loaded: { generation: 1 },
  });
  expect(rulesOf(machine)).toBe(before);
  expect(said.join()).toContain('could not be judged: it does not compile');
});

test.each([-86_400_000, 86_400_000])(
  'a clock that is set by %i ms meanwhile takes nothing back early or late',
  async (step) => {
    const machine = memoryMachine();
    const { context } = newProcess(machine);
    await applyPlan(context, await planFor(machine, policyText()), forGood);
    const before = rulesOf(machine);
    await applyPlan(context, await planFor(machine, withDeny), withConfirmation);
    machine.host.clockError = step;
    machine.host.time += 50_000;
    expect(await guardStep(context)).toEqual({ kind: 'again' });
    expect((await statusOf(context, () => [])).remaining).toBe(10_000);
    machine.host.time += 11_000;
    expect(await guardStep(context)).toEqual({ kind: 'over' });
    expect(rulesOf(machine)).toBe(before);
  },
);

test('what waited when the machine went down is over, whatever its clock says', async () => {
  const machine = memoryMachine();
  const { context } = newProcess(machine);
  await applyPlan(context, await planFor(machine, policyText()), withConfirmation);
  machine.host.reboot();
  machine.host.clockError = -86_400_000;
  expect(await guardStep(context)).toEqual({ kind: 'over' });
  expect(rulesOf(machine)).toBe('[]');
});

test('status tells of a generation whose plan can no longer be read or was altered: nothing is compared with it then', async () => {
  for (const damage of [
    (text: string) => text.slice(0, text.length / 2),
    (text: string) => text.replace('"markBit"', '"markbit"'),
    (text: string) => text.replace('"host": "edge"', '"host": "other"'),
  ]) {
    const machine = memoryMachine();
    const { context } = newProcess(machine);
    await applyPlan(context, await planFor(machine, policyText()), forGood);
    expect((await statusOf(context, () => [])).drift).toEqual([]);
    const path = 'generations/1/plan.json';
    const text = machine.files.read(path) ?? '';
    expect(damage(text)).not.toBe(text);
    machine.files.write(path, damage(text));
    expect((await statusOf(context, () => [])).drift).toEqual([
      'the plan of generation 1 is gone from the state directory, or damaged: addresses, settings and rules of others are not compared with it',
    ]);
  }
});
