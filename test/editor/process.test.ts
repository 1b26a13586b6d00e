/** The server as editors start it: the program as it is built, as a process, over its standard input and output. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Hover, MarkupContent } from 'vscode-languageserver';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { Client } from './client.ts';
import { edge } from './policies.ts';

/** What there is to say about the example. */
const hints = ['CTFW3016', 'CTFW3018', 'CTFW3031'];

const root = resolve(import.meta.dirname, '../..');
let folder = '';
let program = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ctfw-lsp-'));
  program = join(folder, 'ctfw.js');
  execFileSync(process.execPath, [resolve(root, 'scripts/build.mjs'), folder], { cwd: root });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  readonly process: ChildProcessWithoutNullStreams;
  readonly client: Client;
  readonly said: () => string;
}

async function start(): Promise<Started> {
  const server = spawn(process.execPath, [program, 'lsp', '--stdio', `--clientProcessId=${process.pid}`]);
  let said = '';
  server.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<number>((resolve) => server.once('exit', (code) => resolve(code ?? -1)));
  const reader = new StreamMessageReader(server.stdout);
  const client = new Client(createMessageConnection(reader, new StreamMessageWriter(server.stdin)), ended);
  await client.initialize();
  return { process: server, client, said: () => said };
}

test('a whole session: diagnostics, expectations from the other thread, hover, and the end', async () => {
  const { client, said } = await start();
  const uri = pathToFileURL(join(folder, 'main.ctfw')).href;
  writeFileSync(join(folder, 'part.ctfw'), 'zone partner = 198.51.100.0/24\n');
  client.open(uri, `${edge}include "part.ctfw"\nexpect internet -> edge 8080/tcp blocked\n`);
  await client.untilCodes(uri, [...hints, 'CTFW5001']);
  const hover = await client.ask<Hover>('hover', uri, 'expect web      -> db 5432/tcp               all|owed');
  expect((hover.contents as MarkupContent).value).toContain('**holds**');
  expect(await client.stop()).toBe(0);
  expect(said()).toBe('');
}, 60_000);

test('the end of the input ends it', async () => {
  const { client, process: server, said } = await start();
  client.open('file:///x.ctfw', edge);
  await client.untilCodes('file:///x.ctfw', hints);
  server.stdin.end();
  expect(await client.ended).toBe(0);
  expect(said()).toBe('');
}, 60_000);

test('exit without shutdown is told by the exit code', async () => {
  const { client } = await start();
  await client.connection.sendNotification('exit');
  expect(await client.ended).toBe(1);
}, 60_000);
