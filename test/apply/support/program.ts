/** The program as it is shipped, run in the namespaces of a test. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Namespace } from '../../support/namespace.ts';

const root = resolve(import.meta.dirname, '../../..');
const sessions = join(import.meta.dirname, 'session.py');

export interface ProgramResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestProgram {
  /** What node runs. */
  readonly path: string;
  /** Where it and the files of the test are. */
  readonly folder: string;
  readonly newFolder: (name: string) => string;
  readonly writeFile: (name: string, text: string) => string;
  /** `before`: words that run it otherwise, such as `setpriv`. */
  readonly run: (namespace: Namespace, args: readonly string[], before?: readonly string[]) => Promise<ProgramResult>;
  /** Starts it and does not wait; its standard error is a pipe. */
  readonly start: (namespace: Namespace, args: readonly string[]) => ChildProcess;
  readonly close: () => void;
}

export async function buildProgram(): Promise<TestProgram> {
  const temporary = mkdtempSync(join(tmpdir(), 'ctfw-apply-test-'));
  await new Promise<void>((done, failed) => {
    execFile('node', ['scripts/build.mjs', join(temporary, 'dist')], { cwd: root }, (error) =>
      error ? failed(error) : done(),
    );
  });
  const path = join(temporary, 'dist/ctfw.js');
  return {
    path,
    folder: temporary,
    newFolder: (name) => mkdtempSync(join(temporary, `${name}-`)),
    writeFile: (name, text) => {
      writeFileSync(join(temporary, name), text);
      return join(temporary, name);
    },
    run: (namespace, args, before = []) => runIn(namespace, [...before, 'node', path, ...args]),
    start: ({ enter: [enter, ...words] }, args) =>
      spawn(enter, [...words, 'node', path, ...args], { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] }),
    close: () => rmSync(temporary, { recursive: true, force: true }),
  };
}

/** Without the variable of whoever runs the tests. */
function environment(): NodeJS.ProcessEnv {
  const { SSH_CONNECTION: _ours, ...others } = process.env;
  return others;
}

function runIn(namespace: Namespace, command: readonly string[], input = ''): Promise<ProgramResult> {
  const [enter, ...words] = namespace.enter;
  return new Promise((done) => {
    const child = execFile(
      enter,
      [...words, ...command],
      { env: environment(), cwd: '/', maxBuffer: 1 << 26 },
      (error, stdout, stderr) =>
        done({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

/** A server that people log in to. */
export async function startSessions(namespace: Namespace, port: number): Promise<ChildProcess> {
  const [enter, ...words] = namespace.enter;
  const child = spawn(enter, [...words, 'python3', '-u', sessions, 'serve', `${port}`], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((ready, failed) => {
    child.stdout?.once('data', () => ready());
    child.once('exit', (status) => failed(new Error(`the server ended with ${status}`)));
  });
  return child;
}

/** Logs in from there and runs a script of the shell; what it printed. */
export async function logIn(from: Namespace, address: string, port: number, script: string): Promise<string> {
  const { stdout, stderr } = await runIn(from, ['python3', sessions, 'login', address, `${port}`], `${script}\n`);
  return stdout + stderr;
}
