/** A host and a state directory in memory that fail at a chosen moment: the process dies, the disk is full, a tool refuses or hangs. */
import { StateError, type StateFiles } from '../../../src/apply/state/files.ts';
import type { Host, WriteResult } from '../../../src/host/contract/host.ts';
import type { MemoryMachine } from './memory.ts';

export type Fault =
  /** kill -9 just before or just after the operation. */
  | 'die-before'
  | 'die-after'
  /** kill -9 in the middle of a write: half of what is appended is on the disk, a half replaced file is as before. */
  | 'die-within'
  /** The tool says no. */
  | 'refuse'
  /** The tool does not come back, and had not done or had done what it was asked to. */
  | 'hang-before'
  | 'hang-after'
  /** No space from this write on, or for this write alone. */
  | 'disk-full'
  | 'disk-full-once'
  /** The files of all generations that there were before are damaged; kill -9 just after it, or nothing more. */
  | 'damage'
  | 'damage-and-die';

export const faultKinds: readonly Fault[] = [
  'die-before',
  'die-after',
  'die-within',
  'refuse',
  'hang-before',
  'hang-after',
  'disk-full',
  'disk-full-once',
  'damage',
  'damage-and-die',
];

/** The end of a process: nothing of it may catch this. */
export class Killed extends Error {}

type Operation = 'host' | 'host-read' | 'file' | 'append' | 'guard';

export class FaultyMachine {
  /** Names of the operations so far, in order: the points at which a fault can strike. */
  readonly points: string[] = [];
  fired = false;
  private dead = false;
  private full = false;
  private readonly generations: readonly string[];

  constructor(
    private readonly machine: MemoryMachine,
    private readonly at: number,
    private readonly fault: Fault | undefined,
  ) {
    this.generations = machine.files.list('generations');
    this.host = this.wrapHost();
    this.files = this.wrapFiles();
  }

  readonly host: Host;
  readonly files: StateFiles;
  readonly startGuard = async (): Promise<{ pid: number; startTime: string }> => {
    await this.hostWork('startGuard', 'guard', async () => ({ kind: 'done' }));
    return { pid: 1, startTime: '1' };
  };

  /** Whether the fault strikes now, if it can strike this kind of operation at all. */
  private strikes(name: string, operation: Operation): Fault | undefined {
    if (this.dead) throw new Killed();
    const strikes =
      this.points.push(name) - 1 === this.at && this.fault !== undefined && canStrike(this.fault, operation);
    if (!strikes) return undefined;
    this.fired = true;
    if (this.fault === 'damage' || this.fault === 'damage-and-die') damageGenerations(this.machine, this.generations);
    return this.fault;
  }

  private die(): never {
    this.dead = true;
    throw new Killed();
  }

  private async hostWork(name: string, operation: Operation, work: () => Promise<WriteResult>): Promise<WriteResult> {
    const fault = this.strikes(name, operation);
    if (fault === 'die-before') this.die();
    if (fault === 'refuse') return { kind: 'refused', message: 'it says no' };
    if (fault === 'hang-before') return { kind: 'unanswered', message: 'it does not answer' };
    const result = await work();
    if (fault === 'die-after' || fault === 'damage-and-die') this.die();
    return fault === 'hang-after' ? { kind: 'unanswered', message: 'it does not answer' } : result;
  }

  private wrapHost(): Host {
    const { host } = this.machine;
    const reading = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const fault = this.strikes(name, 'host-read');
      if (fault !== undefined && fault !== 'damage') this.die();
      return work();
    };
    return {
      read: (options) => reading('read', () => host.read(options)),
      readBesideRules: (earlier) => reading('read', () => host.readBesideRules(earlier)),
      watchRules: () => host.watchRules(),
      listTable: (table, detail) => reading('listTable', () => host.listTable(table, detail)),
      saveIptables: (tool) => reading('saveIptables', () => host.saveIptables(tool)),
      sysctl: (name) => reading('sysctl', () => host.sysctl(name)),
      connections: () => reading('connections', host.connections),
      runNftables: (document, mode) => this.hostWork(`nft ${mode}`, 'host', () => host.runNftables(document, mode)),
      restoreIptables: (tool, text, mode) =>
        this.hostWork(`${tool}-restore ${mode}`, 'host', () => host.restoreIptables(tool, text, mode)),
      setSysctl: (name, value) => this.hostWork(`set ${name}`, 'host', () => host.setSysctl(name, value)),
      removeConnection: (connection) =>
        this.hostWork('remove connection', 'host', () => host.removeConnection(connection)),
      now: () => host.now(),
      uptime: () => host.uptime(),
      wait: (milliseconds) => host.wait(milliseconds),
    };
  }

  private fileWork<T>(name: string, operation: Operation, work: () => T, within: () => void): T {
    const fault = this.strikes(name, operation);
    if (this.full) throw new StateError('the disk is full');
    if (fault === 'die-before') this.die();
    if (fault === 'disk-full' || fault === 'disk-full-once') {
      this.full = fault === 'disk-full';
      throw new StateError('the disk is full');
    }
    if (fault === 'die-within') {
      within();
      this.die();
    }
    const result = work();
    if (fault === 'die-after' || fault === 'damage-and-die') this.die();
    return result;
  }

  private wrapFiles(): StateFiles {
    const { files } = this.machine;
    return {
      read: (path) => {
        if (this.dead) throw new Killed();
        return files.read(path);
      },
      list: (folder) => {
        if (this.dead) throw new Killed();
        return files.list(folder);
      },
      write: (path, text) =>
        this.fileWork(
          `write ${path}`,
          'file',
          () => files.write(path, text),
          () => {},
        ),
      create: (path, text) =>
        this.fileWork(
          `create ${path}`,
          'file',
          () => files.create(path, text),
          () => {},
        ),
      append: (path, text) =>
        this.fileWork(
          `append ${path}`,
          'append',
          () => files.append(path, text),
          () => files.append(path, text.slice(0, Math.floor(text.length / 2))),
        ),
      remove: (path) =>
        this.fileWork(
          `remove ${path}`,
          'file',
          () => files.remove(path),
          () => {},
        ),
    };
  }
}

/** Something else stands in their rules: what is as long as before, and still JSON, is damaged all the same. */
export function damageGenerations({ files }: MemoryMachine, numbers = files.list('generations')): void {
  for (const number of numbers)
    for (const name of ['rules.json', 'rules.v4', 'rules.v6']) {
      const path = `generations/${number}/${name}`;
      const text = files.read(path);
      if (text !== undefined) files.write(path, text.replaceAll('drop', 'pass').replaceAll('DROP', 'PASS'));
    }
}

function canStrike(fault: Fault, operation: Operation): boolean {
  switch (fault) {
    case 'die-before':
    case 'damage':
    case 'damage-and-die':
      return true;
    case 'die-after':
      return operation !== 'host-read';
    case 'die-within':
      return operation === 'append';
    case 'refuse':
    case 'hang-before':
    case 'hang-after':
      return operation === 'host';
    case 'disk-full':
    case 'disk-full-once':
      return operation === 'file' || operation === 'append';
  }
}
