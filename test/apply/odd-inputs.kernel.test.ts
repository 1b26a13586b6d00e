/** What people and machines do to apply: state directories of all kinds, signals, keys, closed terminals, plans that are none. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateOf } from '../../src/apply/engine/context.ts';
import { realFiles } from '../../src/apply/state/real-files.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';
import { inside } from './support/machine.ts';
import { policyText, withCache } from './support/policies.ts';
import { buildProgram, type TestProgram } from './support/program.ts';

const terminal = join(import.meta.dirname, 'support/terminal.py');
const opened: Namespace[] = [];
let program: TestProgram;
let policy: string;
let other: string;

beforeAll(async () => {
  program = await buildProgram();
  const anywhere = (text: string): string => text.replace(/ {2}interface.*\n/, '').replace(' on lan0', '');
  policy = program.writeFile('policy.ctfw', anywhere(policyText()));
  other = program.writeFile('other.ctfw', anywhere(withCache));
}, 120_000);

afterAll(() => {
  for (const namespace of opened) namespace.close();
  program.close();
});

async function open() {
  const namespace = await openNamespace();
  opened.push(namespace);
  await inside(namespace, ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  const state = program.newFolder('state');
  return {
    namespace,
    state,
    files: realFiles(state),
    tables: () => inside(namespace, ['nft', 'list', 'tables']),
    ctfw: (...args: readonly string[]) => program.run(namespace, [...args, '--state-dir', state], ['timeout', '30']),
    /** The same on a terminal, with keys. */
    typing: (keys: readonly string[], ...args: readonly string[]) =>
      program.run(namespace, [...args, '--state-dir', state], ['timeout', '40', 'python3', terminal, ...keys, '--']),
  };
}

const quick = ['--yes', '--allow-lockout', '--no-prove'] as const;
const forGood = [...quick, '--confirm-timeout', '0'] as const;

test.each(['/proc/nope', '/proc/nope/deeper', '/sys/nope', '/dev/null', '/dev/null/x', '/proc/self/fd'])(
  'a state directory that there cannot be, %s: a clear error at once, and no rules',
  async (folder) => {
    const { namespace, tables } = await open();
    const run = (...args: readonly string[]) =>
      program.run(namespace, [...args, '--state-dir', folder], ['timeout', '30']);
    for (const args of [['apply', policy, ...forGood], ['confirm']]) {
      const result = await run(...args);
      expect(result.stderr).toContain(folder);
      expect(result.stderr).not.toContain('fault of ctfw');
      expect([2, 3]).toContain(result.status); // 3: where it may not be made
    }
    // taking back does not need to write
    for (const command of [['rollback'], ['restore', '--fail-open'], ['status']]) {
      const result = await run(...command);
      expect(result.stderr).not.toContain('fault of ctfw');
      expect([0, 1, 2]).toContain(result.status);
    }
    expect(await tables()).toBe('');
  },
);

test('a state directory that somebody else could change is refused by all that loads rules', async () => {
  const { namespace, state, ctfw, tables } = await open();
  await inside(namespace, ['chown', '65534', state]);
  for (const args of [['apply', policy, ...forGood], ['rollback'], ['restore', '--fail-open'], ['confirm']]) {
    const result = await ctfw(...args);
    expect(result.stderr).toContain('belongs to user 65534');
    expect(result.status).toBe(2);
  }
  expect(await tables()).toBe('');
  // at the start of a machine it is then not known what was confirmed
  const closed = await ctfw('restore');
  expect(closed.stderr).toMatch(/belongs to user 65534.*new connections are locked out/s);
  expect(closed.status).toBe(2);
  expect(await tables()).toContain('table inet ctfw');
});

test('a state directory behind a link works like any other; a link to nowhere is told', async () => {
  const { namespace, state } = await open();
  const [link, nowhere] = [join(program.folder, 'link'), join(program.folder, 'nowhere')];
  symlinkSync(state, link);
  symlinkSync(join(program.folder, 'absent'), nowhere);
  const run = (folder: string) => program.run(namespace, ['apply', policy, ...forGood, '--state-dir', folder]);
  expect(await run(link)).toMatchObject({ status: 0 });
  expect(stateOf({ files: realFiles(state) }).confirmed).toBe(1);
  const refused = await run(nowhere);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain(nowhere);
});

test('a state directory on a read-only disk: a clear error, and no rules', async () => {
  const { namespace, state, tables } = await open();
  const mounted = `mount -t tmpfs -o ro,mode=700 none ${state} && exec "$@"`;
  const before = ['unshare', '-m', 'sh', '-c', mounted, 'sh'];
  const result = await program.run(namespace, ['apply', policy, ...forGood, '--state-dir', state], before);
  expect(result.stderr).toContain('the file system is read-only');
  expect(result.status).toBe(2);
  expect(await tables()).toBe('');
});

test('a disk of 64 kB, or a little more, with less and less left: applied, or the rules from before and a clear error', async () => {
  const { namespace, state } = await open();
  // one mount for all that follows: what is told afterwards is read from the same disk
  const script = `mount -t tmpfs -o size=$2k,mode=700 none ${state} || exit 99
    ctfw() { node ${program.path} "$@" --state-dir ${state}; echo "status $?"; }
    ctfw apply ${policy} ${forGood.join(' ')} 2>&1
    dd if=/dev/zero of=${state}/filler bs=4k count=$1 2>/dev/null
    echo free $(df -k --output=avail ${state} | tail -1)
    echo ---; ctfw apply ${other} ${quick.join(' ')} --confirm-timeout 2 2>&1
    echo ---; sleep 3; nft list map inet ctfw published4 2>/dev/null | grep -c 6379
    rm -f ${state}/filler
    echo ---; ctfw rollback --allow-lockout --no-prove 2>&1
    echo ---; ctfw status 2>&1 | head -3`;
  const outcomes = new Set<string>();
  for (const [size, filled] of [
    [64, 6],
    [112, 0],
    [112, 7],
    [112, 9],
    [112, 10],
    [112, 12],
  ] as const) {
    await inside(namespace, ['nft', 'flush', 'ruleset']);
    const text = await inside(namespace, ['unshare', '-m', 'sh', '-c', script, 'sh', `${filled}`, `${size}`]);
    const [first = '', second = '', , , status = ''] = text.split('---\n');
    expect(first, text).toContain('status 0');
    const ended = /status (\d)/.exec(second)?.[1] ?? '';
    outcomes.add(ended);
    expect(second, text).not.toContain('fault of ctfw');
    expect(['2', '5'], text).toContain(ended); // 5: in force, and taken back by the guard
    if (ended === '2') expect(second, text).toContain('the disk is full');
    expect(status, text).toContain('generation 1');
    expect(status, text).toContain('in sync');
  }
  expect([...outcomes].sort()).toEqual(['2', '5']);
}, 240_000);

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s while it waits: it says what happens, and the guard takes it back',
  async (signal) => {
    const { namespace, state, files, tables } = await open();
    const child = program.start(namespace, ['apply', policy, ...quick, '--confirm-timeout', '4', '--state-dir', state]);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    await until(() => stateOf({ files }).state.kind === 'waiting' && said.includes('taken back in'));
    child.kill(signal);
    expect(await ended).toBe(2);
    expect(said).toMatch(/no longer waiting here: in \d s generation 1 is taken back, unless `ctfw confirm` keeps it/);
    expect(await tables()).toContain('ctfw');
    await until(() => stateOf({ files }).state.kind === 'settled');
    expect(await tables()).toBe('');
  },
);

test('what was left waiting by a signal can still be confirmed', async () => {
  const { namespace, state, files, ctfw, tables } = await open();
  const child = program.start(namespace, ['apply', policy, ...quick, '--confirm-timeout', '30', '--state-dir', state]);
  const ended = new Promise((done) => child.once('exit', done));
  await until(() => stateOf({ files }).state.kind === 'waiting');
  child.kill('SIGINT');
  await ended;
  expect(await ctfw('confirm')).toMatchObject({ status: 0 });
  expect(await tables()).toContain('ctfw');
});

test('on a terminal: Ctrl-C and Ctrl-D at the question change nothing', async () => {
  const { typing, tables } = await open();
  for (const key of ['\\x03', '\\x04']) {
    const result = await typing(['for a yes', key], 'apply', policy, '--allow-lockout', '--no-prove');
    expect(result.stdout).toContain('nothing was changed');
    expect(result.status).toBe(1);
  }
  expect(await tables()).toBe('');
});

test('on a terminal: "confirm" keeps, "rollback" takes back, Ctrl-C says what happens, a closed terminal leaves it to the guard', async () => {
  const { files, typing, tables, ctfw } = await open();
  const waiting = ['apply', policy, ...quick, '--confirm-timeout', '5'];
  const interrupted = await typing(['or type', '\\x03'], ...waiting);
  expect(interrupted.stdout).toContain('no longer waiting here');
  expect(interrupted.status).toBe(2);
  await until(() => stateOf({ files }).state.kind === 'settled');
  expect(await tables()).toBe('');
  await typing(['or type', 'hang up'], ...waiting);
  expect(await tables()).toContain('ctfw');
  await until(() => stateOf({ files }).state.kind === 'settled');
  expect(await tables()).toBe('');
  const taken = await typing(['or type', 'rollback\\r'], ...waiting);
  expect(taken.status).toBe(5);
  const kept = await typing(['or type', 'confirm\\r'], ...waiting);
  expect(kept.stdout).toContain('is confirmed');
  expect(kept.status).toBe(0);
  expect((await ctfw('status')).status).toBe(0);
});

test('without a terminal nobody can be asked', async () => {
  const { ctfw, tables } = await open();
  const result = await ctfw('apply', policy, '--allow-lockout', '--no-prove');
  expect(result.stderr).toContain('add --yes');
  expect(result.status).toBe(2);
  expect(await tables()).toBe('');
});

test('a rollback with bad options is refused before anything is taken back', async () => {
  const { namespace, state, files, ctfw } = await open();
  await ctfw('apply', policy, ...forGood);
  const child = program.start(namespace, ['apply', other, ...quick, '--confirm-timeout', '60', '--state-dir', state]);
  const ended = new Promise((done) => child.once('exit', done));
  await until(() => stateOf({ files }).state.kind === 'waiting');
  for (const [options, said] of [
    [['-5'], 'a generation is a number'],
    [['one'], 'a generation is a number'],
    [['7'], 'there is no generation 7'],
    [['1', '--operator', 'me'], '--operator takes an address'],
    [['1', '--operator', '192.0.2.9', '--operator-port', '0'], '--operator-port takes a port'],
    [['1', '--confirm-timeout', 'soon'], '--confirm-timeout takes seconds'],
    [['1', '2'], 'too many arguments'],
    [['--no-such-option'], 'unknown option'],
  ] as const) {
    const result = await ctfw('rollback', ...options);
    expect(result.stderr).toContain(said);
    expect([1, 2]).toContain(result.status);
    expect(stateOf({ files }).state.kind).toBe('waiting');
  }
  expect(await ctfw('rollback')).toMatchObject({ status: 0 });
  await ended;
  const nothing = await ctfw('rollback', '0', '--allow-lockout', '--confirm-timeout', '0');
  expect(nothing.status).toBe(0);
});

test('plans that were cut off, edited or made by others are refused before anything is changed', async () => {
  const { ctfw, tables, state } = await open();
  const path = join(state, '..', 'made.plan');
  await ctfw('plan', policy, '--allow-lockout', '--no-prove', '-o', path);
  const text = readFileSync(path, 'utf8');
  const plan = JSON.parse(text) as { artifact: { files: Record<string, string> }; policy: { text: string } };
  const rules = plan.artifact.files['rules.json'] ?? '';
  const withRules = (changed: string): string =>
    JSON.stringify({ ...plan, artifact: { ...plan.artifact, files: { 'rules.json': changed } } });
  const flush = rules.replace('{"metainfo"', '{"flush":{"ruleset":null}},\n{"metainfo"');
  const hidden = rules.replace(/^(\{"metainfo".*\}),$/m, '$1,{"flush":{"ruleset":null}},');
  expect(flush).not.toBe(rules);
  expect(hidden).not.toBe(rules);
  const cases: Readonly<Record<string, string>> = {
    empty: '',
    truncated: text.slice(0, text.length / 2),
    almost: text.trimEnd().slice(0, -1),
    foreign: '{"formatVersion":1,"artifact":{}}',
    nested: `{"formatVersion":1,"artifact":${'['.repeat(100_000)}`,
    newer: text.replace('"formatVersion": 1', '"formatVersion": 99'),
    flush: withRules(flush),
    hidden: withRules(hidden),
    opened: withRules(rules.replaceAll('"drop"', '"accept"')),
    bridge: JSON.stringify({
      ...plan,
      artifact: { target: 'iptables-nft', files: { 'rules.v4': '*filter\nCOMMIT\n' } },
    }),
    policy: JSON.stringify({ ...plan, policy: { ...plan.policy, text: 'host edge { transit on }' } }),
    broken: JSON.stringify({ ...plan, policy: { ...plan.policy, text: 'nonsense' } }),
    elsewhere: JSON.stringify({ ...plan, host: 'nowhere' }),
  };
  for (const [name, content] of Object.entries(cases)) {
    const file = program.writeFile(`${name}.plan`, content);
    const result = await ctfw('apply', file, ...forGood);
    expect([1, 2], `${name}: ${result.stderr}`).toContain(result.status);
    expect(result.stderr, name).not.toContain('fault of ctfw');
    expect(result.stderr, name).not.toBe('');
    expect(await tables(), name).toBe('');
  }
  mkdirSync(join(state, 'folder'));
  expect((await ctfw('apply', join(state, 'folder'), ...forGood)).status).toBe(2);
  writeFileSync(join(state, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
  expect((await ctfw('apply', join(state, 'binary'), ...forGood)).status).toBe(2);
  expect((await ctfw('apply', path, ...forGood)).status).toBe(0);
});
