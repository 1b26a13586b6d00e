/** Renaming: every place of a name in every file and the lock file, nothing else, and never into a mistake. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WorkspaceEdit } from 'vscode-languageserver';
import { hasErrors } from '../../src/diagnostics/report.ts';
import { rename, replaced } from '../../src/editor/features/rename.ts';
import { type Analysis, analyse } from '../../src/editor/workspace/analysis.ts';
import { formatLock } from '../../src/lock/format.ts';
import { resolve } from '../../src/model/resolve.ts';
import { arbitraryPolicyText } from '../support/arbitrary-policy.ts';
import { type Client, diskOf, editedFiles, startClient } from './client.ts';
import { edge, uri } from './policies.ts';

const partUri = 'file:///policies/part.ctfw';
const lockUri = `${uri}.lock`;
const part = 'network part { subnet 10.9.0.0/24 }\n';
const main =
  'include "part.ctfw"\n# part\ncontainer web { attach part }\ncontainer db { attach part }\ndeny part -> any 25/tcp log "part"\n';
const lock = 'ctfw-lock 1\naddress part db 10.9.0.7\naddress part web 10.9.0.8\nport web * tcp 80 49153\n';

let editor: Client;
beforeEach(async () => {
  editor = await startClient({ disk: diskOf({ '/policies/part.ctfw': part, '/policies/main.ctfw.lock': lock }) });
});
afterEach(() => editor.stop());

const ask = (piece: string, newName: string, where = uri): Promise<WorkspaceEdit> =>
  editor.ask('rename', where, piece, { newName });

test('all places in all files and the lock file, no comment and no text', async () => {
  editor.open(uri, main);
  const before = new Map([
    [uri, main],
    [partUri, part],
    [lockUri, lock],
  ]);
  const after = editedFiles(before, await ask('attach pa|rt', 'lan'));
  expect(after.get(partUri)).toBe(part.replace('part', 'lan'));
  expect(after.get(uri)).toBe(main.replaceAll('attach part', 'attach lan').replace('deny part', 'deny lan'));
  expect(after.get(lockUri)).toBe(lock.replaceAll(' part ', ' lan '));
});

test('a container keeps its locked address and port', async () => {
  editor.open(uri, main);
  const after = editedFiles(new Map([[lockUri, lock]]), await ask('container we|b', 'shop'));
  expect(after.get(lockUri)).toBe(lock.replaceAll('web', 'shop'));
});

test('from within an included file', async () => {
  editor.open(uri, main);
  editor.open(partUri, part);
  const edit = await ask('network pa|rt', 'lan', partUri);
  expect(Object.keys(edit.changes ?? {}).toSorted()).toEqual([lockUri, uri, partUri].toSorted());
});

test('versions of open documents are named where the editor wants them', async () => {
  await editor.stop();
  const workspaceEdit = { documentChanges: true };
  editor = await startClient({ capabilities: { workspace: { workspaceEdit } } });
  editor.open(uri, part);
  const { documentChanges } = await ask('network pa|rt', 'lan');
  expect(documentChanges).toMatchObject([{ textDocument: { uri, version: 1 }, edits: [{ newText: 'lan' }] }]);
});

test.each([
  ['db', 'already the name'],
  ['part', 'already the name'],
  ['', 'at least one letter'],
  ['a b', 'cannot be part of a name'],
  ['1web', 'does not begin with a letter'],
  ['any', 'means everything'],
  ['10.0.0.1', 'is an address'],
  ['x}\ndeny any -> any', 'cannot be part of a name'],
])('%j is refused', async (name, reason) => {
  editor.open(uri, main);
  await expect(ask('container we|b', name)).rejects.toThrow(reason);
});

test('a name that leads to an error is refused', async () => {
  editor.open(uri, 'network front { subnet 10.0.0.0/24 }\n');
  await expect(ask('network fr|ont', 'a-name-longer-than-interfaces')).rejects.toThrow('CTFW');
});

test.each([
  ['container web { attach nowhe|re }\n', 'nothing is declared'],
  ['zone a = 10.0.0.0/8\nzone a| = 10.0.0.0/8\n', 'more than once'],
  ['zone a| = 10.0.0.0/8\nallow a ->\n', 'mistakes in it'],
  ['host h { interface lan|0 { address 10.0.0.1/8 } }\n', 'what the host calls an interface'],
])('in %j nothing is renamed', async (text, reason) => {
  editor.open(uri, text.replace('|', ''));
  const piece = text.slice(Math.max(0, text.indexOf('|') - 3), text.indexOf('|') + 3);
  await expect(ask(piece, 'other')).rejects.toThrow(reason);
  await expect(editor.ask('prepareRename', uri, piece)).rejects.toThrow(reason);
});

test('what is no name cannot be renamed', async () => {
  editor.open(uri, main);
  expect(await editor.ask('prepareRename', uri, 'att|ach')).toBeNull();
  expect(await editor.ask('prepareRename', uri, 'attach pa|rt')).toMatchObject({ placeholder: 'part' });
});

function analysisOf(text: string, lockText?: string): Analysis {
  const lockSource = lockText === undefined ? undefined : { name: 'p.ctfw.lock', text: lockText };
  return analyse({ name: 'p.ctfw', text }, () => ({ error: 'none' }), lockSource);
}

/** The model with one name put in the place of another wherever it stands for itself, which names made from it follow. */
function modelText(analysis: Analysis, from: string, to: string): string {
  const made = new Map([
    [from, to],
    [`br-${from}`, `br-${to}`],
    ...['', ...'23456789'].map((number): [string, string] => [`wire-${from}${number}`, `wire-${to}${number}`]),
  ]);
  const plain = (value: unknown, depth: number): unknown => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'string') return made.get(value) ?? value;
    if (Array.isArray(value)) return value.map((item) => plain(item, depth));
    if (typeof value !== 'object' || value === null) return value;
    // What has a name is written out where it is declared, and named everywhere else: the model goes in circles.
    const isNamed = 'kind' in value && 'name' in value && typeof value.name === 'string';
    if (isNamed && depth > 0) return plain(value.name, depth);
    const entries = Object.entries(value).filter(([key]) => key !== 'span');
    return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner, depth + 1)]));
  };
  return JSON.stringify(Object.entries(analysis.model).map(([key, value]) => [key, plain(value, 0)]));
}

function expectRenamed(text: string, from: string): void {
  const first = analysisOf(text);
  expect(hasErrors(first.diagnostics)).toBe(false);
  const lockText = formatLock(resolve(first.files, first.lock).lock);
  const analysis = analysisOf(text, lockText);
  const [file] = analysis.files;
  const declaration = analysis.names.occurrencesOf('subject', from).find(({ declares }) => declares);
  if (file === undefined || declaration === undefined) throw new Error(`no ${from}`);
  const renaming = rename([{ analysis, file }], declaration.span.start, 'fresh');
  if ('refused' in renaming) throw new Error(renaming.refused);
  const lockSource = analysis.lockSource;
  const after = analysisOf(
    replaced(file.source, renaming.replacements),
    lockSource && replaced(lockSource, renaming.replacements),
  );
  expect(modelText(after, from, 'fresh')).toBe(modelText(analysis, from, 'fresh'));
  expect(after.diagnostics.map(({ code }) => code)).toEqual(analysis.diagnostics.map(({ code }) => code));
}

test.each(['edge', 'office', 'internet', 'front', 'back', 'web', 'db', 'metrics', 'agent', 'apps'])(
  'after renaming %s the model is the same up to the name',
  (name) => expectRenamed(edge, name),
);

test('after renaming anything in any policy the model is the same up to the name', () => {
  fc.assert(
    fc.property(arbitraryPolicyText, fc.nat(), (text, pick) => {
      const declared = analysisOf(text).files.flatMap(({ statements }) =>
        statements.flatMap((statement) => ('name' in statement ? [statement.name.text] : [])),
      );
      fc.pre(declared.length > 0 && !hasErrors(analysisOf(text).diagnostics));
      expectRenamed(text, declared[pick % declared.length] ?? '');
    }),
    { numRuns: 40 },
  );
});
