/** The state directory: the lock, the journal and what is folded from it, generations, and files on a real disk. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stateOf } from '../../src/apply/engine/context.ts';
import { StateError } from '../../src/apply/state/files.ts';
import {
  generationNumbers,
  pruneGenerations,
  readGeneration,
  writeGeneration,
} from '../../src/apply/state/generations.ts';
import {
  appendJournal,
  type JournalEvent,
  journalName,
  nothingLoaded,
  readJournal,
} from '../../src/apply/state/journal.ts';
import { lockOwner, type Processes, takeLock } from '../../src/apply/state/lock.ts';
import { MemoryFiles } from '../../src/apply/state/memory-files.ts';
import { realFiles } from '../../src/apply/state/real-files.ts';
import { summarize } from '../../src/apply/state/state.ts';

function machine(): { readonly running: Set<number>; readonly as: (pid: number) => Processes } {
  const running = new Set<number>();
  const as = (pid: number): Processes => ({
    self: () => ({ pid, startTime: '1' }),
    isRunning: (identity) => running.has(identity.pid),
  });
  return { running, as };
}

test('one holds the lock; it is free when released, and when its owner has ended', () => {
  const files = new MemoryFiles();
  const { running, as } = machine();
  running.add(1).add(2);
  const first = takeLock(files, 'apply', as(1));
  expect(first.kind).toBe('held');
  expect(takeLock(files, 'confirm', as(2))).toMatchObject({
    kind: 'busy',
    owner: { command: 'apply', process: { pid: 1 } },
  });
  if (first.kind === 'held') first.lock.release();
  expect(lockOwner(files, as(2))).toBeUndefined();
  expect(takeLock(files, 'apply', as(1)).kind).toBe('held');
  running.delete(1); // kill -9
  expect(takeLock(files, 'apply', as(2)).kind).toBe('held');
  expect(files.list('').filter((name) => name.startsWith('lock.'))).toHaveLength(1);
});

test('the lock is never held twice, however stale what one of two has seen', () => {
  // between every operation of one process another takes the lock, works, and releases it or is killed
  for (let moment = 0; moment < 8; moment++)
    for (const ends of ['released', 'killed', 'running']) {
      const files = new MemoryFiles();
      const { running, as } = machine();
      running.add(1).add(2);
      takeLock(files, 'old', as(3)); // a stale lock of a process that has ended
      let operations = 0;
      let other: ReturnType<typeof takeLock> | undefined;
      const step = <T>(work: () => T): T => {
        if (operations++ === moment) {
          other = takeLock(files, 'other', as(2));
          if (other.kind === 'held' && ends === 'released') other.lock.release();
          if (other.kind === 'held' && ends === 'killed') running.delete(2);
        }
        return work();
      };
      const mine = takeLock(
        {
          ...files,
          list: (folder) => step(() => files.list(folder)),
          read: (path) => step(() => files.read(path)),
          create: (path, text) => step(() => files.create(path, text)),
          remove: (path) => step(() => files.remove(path)),
        },
        'mine',
        as(1),
      );
      const both = mine.kind === 'held' && other?.kind === 'held' && ends === 'running';
      expect(both, `at ${moment}, the other ${ends}`).toBe(false);
      if (mine.kind === 'held') expect(lockOwner(files, as(1))?.command).toBe('mine');
    }
});

const events: readonly JournalEvent[] = [
  { kind: 'begin', generation: 1, previous: nothingLoaded, confirmSeconds: 60, login: undefined },
  { kind: 'guard', pid: 7, startTime: '8' },
  { kind: 'changing', loaded: { generation: 1, suffix: '' } },
  { kind: 'sysctl', name: 'net.ipv4.ip_forward', before: '0', after: '1' },
  { kind: 'applied', generation: 1, deadline: 60_000 },
  { kind: 'confirmed', generation: 1, by: 'me', freshConnection: true },
];

test('cut anywhere, the journal says what its whole lines say, and goes on from there', () => {
  const whole = new MemoryFiles();
  for (const event of events) appendJournal(whole, 1, event);
  const text = whole.read(journalName) ?? '';
  const property = fc.property(fc.nat(text.length), (length) => {
    const files = new MemoryFiles();
    files.write(journalName, text.slice(0, length));
    const complete = text.slice(0, length).split('\n').length - 1;
    const journal = readJournal(files);
    expect(journal.lines.map(({ event }) => event)).toEqual(JSON.parse(JSON.stringify(events.slice(0, complete))));
    expect(journal.damaged).toBe(0);
    appendJournal(files, 2, { kind: 'abandoned', generation: 1, why: 'test' });
    expect(readJournal(files).lines).toHaveLength(complete + 1);
    expect(readJournal(files)).toMatchObject({ damaged: 0, torn: false });
  });
  fc.assert(property);
});

test('a damaged line in the middle is told', () => {
  const files = new MemoryFiles();
  for (const event of events) appendJournal(files, 1, event);
  files.write(journalName, (files.read(journalName) ?? '').replace('"pid":7', '"pid":9'));
  expect(readJournal(files)).toMatchObject({ damaged: 1, torn: false });
});

test('the state is folded from the lines', () => {
  const kinds = events.map((_, index) => {
    const lines = events.slice(0, index + 1).map((event) => ({ at: 1, event }));
    return summarize(lines).state.kind;
  });
  expect(kinds).toEqual(['unfinished', 'unfinished', 'unfinished', 'unfinished', 'waiting', 'settled']);
  expect(summarize(events.map((event) => ({ at: 1, event })))).toMatchObject({ confirmed: 1, highest: 1 });
});

test('a generation without its description is none; the oldest are pruned', () => {
  const files = new MemoryFiles();
  const meta = { formatVersion: 1, policy: 'p', host: 'h', at: 1, by: 'me', version: '1', sysctls: {} } as const;
  for (let number = 1; number <= 6; number++)
    writeGeneration(
      files,
      { number, meta, artifact: { target: 'nftables', files: { 'rules.json': `${number}` } } },
      { policy: '', lock: '', plan: '' },
    );
  expect(readGeneration(files, 3)).toMatchObject({ number: 3, artifact: { files: { 'rules.json': '3' } } });
  files.remove('generations/3/meta.json');
  expect(readGeneration(files, 3)).toBeUndefined();
  pruneGenerations(files, 2, new Set([1]));
  expect(generationNumbers(files)).toEqual([1, 5, 6]);
});

test('where the journal was lost, the numbers of generations that are there are not given out again', () => {
  const files = new MemoryFiles();
  files.write('generations/3/meta.json', '{}');
  expect(stateOf({ files }).highest).toBe(3);
});

test('files on a disk: whole or not at all, made once, for their owner alone', () => {
  const root = mkdtempSync(join(tmpdir(), 'ctfw-state-test-'));
  try {
    const files = realFiles(join(root, 'state'));
    expect(files.read('journal')).toBeUndefined();
    expect(files.list('')).toEqual([]);
    files.append('journal', 'a\n');
    files.append('journal', 'b\n');
    expect(files.read('journal')).toBe('a\nb\n');
    files.write('generations/1/x', 'one');
    files.write('generations/1/x', 'two');
    expect(files.read('generations/1/x')).toBe('two');
    expect(files.create('lock.1', 'mine')).toBe(true);
    expect(files.create('lock.1', 'yours')).toBe(false);
    expect(files.read('lock.1')).toBe('mine');
    expect(readdirSync(join(root, 'state')).sort()).toEqual(['generations', 'journal', 'lock.1']);
    expect(statSync(join(root, 'state')).mode & 0o077).toBe(0);
    expect(statSync(join(root, 'state/journal')).mode & 0o077).toBe(0);
    files.remove('generations/1');
    expect(files.list('generations')).toEqual([]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('a folder that others can change is not used, neither to read nor to write', () => {
  const root = mkdtempSync(join(tmpdir(), 'ctfw-state-test-'));
  try {
    const folder = join(root, 'state');
    const refusal = (path: string): string => {
      const files = realFiles(path);
      const said = [() => files.read('journal'), () => files.list(''), () => files.append('journal', 'x')].map(
        (work) => {
          try {
            work();
            return '';
          } catch (error) {
            return error instanceof StateError ? error.message : `thrown: ${error}`;
          }
        },
      );
      expect(new Set(said).size).toBe(1);
      return said[0] ?? '';
    };
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(refusal(folder)).toContain('may be written by others');
    chmodSync(folder, 0o755);
    symlinkSync(folder, join(root, 'link'));
    expect(refusal(join(root, 'link'))).toBe('');
    writeFileSync(join(root, 'file'), '');
    expect(refusal(join(root, 'file'))).toContain('is no folder');
    if (process.geteuid?.() !== 0) return; // only root can give things away
    lchownSync(join(root, 'link'), 65_534, 65_534);
    expect(refusal(join(root, 'link'))).toContain('belongs to user 65534');
    chownSync(folder, 65_534, 65_534);
    expect(refusal(folder)).toContain('belongs to user 65534');
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('what is no file, or what others could have written, is told and not waited for', () => {
  const root = mkdtempSync(join(tmpdir(), 'ctfw-state-test-'));
  try {
    const files = realFiles(root);
    const said = (path: string): string => {
      try {
        return `read: ${files.read(path)}`;
      } catch (error) {
        return error instanceof StateError ? error.message : `thrown: ${error}`;
      }
    };
    mkdirSync(join(root, 'folder'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    for (const name of ['folder', 'pipe']) expect(said(name)).toContain('it is no file');
    files.write('generations/1/rules.json', 'rules');
    expect(said('generations/1/rules.json')).toBe('read: rules');
    symlinkSync('rules.json', join(root, 'generations/1/link'));
    expect(said('generations/1/link')).toBe('read: rules');
    chmodSync(join(root, 'generations/1/rules.json'), 0o666);
    expect(said('generations/1/rules.json')).toContain('may be written by others');
    chmodSync(join(root, 'generations/1/rules.json'), 0o600);
    if (process.geteuid?.() !== 0) return;
    chownSync(join(root, 'generations/1/rules.json'), 65_534, 65_534);
    expect(said('generations/1/rules.json')).toContain('belongs to user 65534');
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 5000);
