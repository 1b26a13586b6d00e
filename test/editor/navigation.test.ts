/** Definitions, references, symbols, folding and formatting. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DocumentHighlight, DocumentSymbol, FoldingRange, Location, TextEdit } from 'vscode-languageserver';
import { type Client, diskOf, edited, startClient } from './client.ts';
import { edge, uri } from './policies.ts';

const partUri = 'file:///policies/part.ctfw';
let editor: Client;
beforeEach(async () => {
  editor = await startClient({ disk: diskOf({ '/policies/part.ctfw': 'network part { subnet 10.9.0.0/24 }\n' }) });
});
afterEach(() => editor.stop());

/** Places as `line:character`, counted from 0. */
const placesOf = (locations: readonly Location[]): readonly string[] =>
  locations.map(({ uri: where, range }) => `${where.split('/').at(-1)} ${range.start.line}:${range.start.character}`);

test.each([
  ['attach fr|ont 172', 'network front { bridge'],
  ['link  web -> d|b', 'container db '],
  ['container:|web', 'container web '],
  ['from off|ice', 'zone office '],
  ['front -> internet dn|s', 'service dns '],
  ['any on wan|0', 'interface wan0 '],
  ['group a|pps', 'group apps '],
])('the definition of %s', async (piece, declaration) => {
  editor.open(uri, edge);
  const offset = edge.indexOf(declaration) + declaration.indexOf(' ') + 1;
  const range = await editor.ask<Location[]>('definition', uri, piece);
  expect(range.map((found) => editor.document(uri).offsetAt(found.range.start))).toEqual([offset]);
});

test('an included file is opened at its beginning, and names are found in it', async () => {
  editor.open(uri, 'include "part.ctfw"\ncontainer web { attach part }\n');
  expect(placesOf(await editor.ask('definition', uri, 'include "pa|rt'))).toEqual(['part.ctfw 0:0']);
  expect(placesOf(await editor.ask('definition', uri, 'attach pa|rt'))).toEqual(['part.ctfw 0:8']);
});

test('references with and without the declaration, in all files', async () => {
  editor.open(uri, 'include "part.ctfw"\ncontainer web { attach part }\ndeny part -> any 25/tcp\n');
  editor.open(partUri, 'network part { subnet 10.9.0.0/24 }\n');
  const ask = async (includeDeclaration: boolean): Promise<readonly string[]> =>
    placesOf(await editor.ask('references', uri, 'attach pa|rt', { context: { includeDeclaration } })).toSorted();
  expect(await ask(true)).toEqual(['main.ctfw 1:23', 'main.ctfw 2:5', 'part.ctfw 0:8']);
  expect(await ask(false)).toEqual(['main.ctfw 1:23', 'main.ctfw 2:5']);
  const here = await editor.ask<DocumentHighlight[]>('documentHighlight', uri, 'attach pa|rt');
  expect(here.map(({ range }) => range.start.line)).toEqual([1, 2]);
});

test('a service and a subject of one name are two', async () => {
  editor.open(uri, 'zone dns = 10.1.0.0/16\nservice dns = 53/udp\nallow dns -> any dns\n');
  const ask = (piece: string): Promise<Location[]> =>
    editor.ask('references', uri, piece, { context: { includeDeclaration: true } });
  expect(placesOf(await ask('zone d|ns'))).toEqual(['main.ctfw 0:5', 'main.ctfw 2:6']);
  expect(placesOf(await ask('any dn|s'))).toEqual(['main.ctfw 1:8', 'main.ctfw 2:17']);
});

test('the outline has what the document declares, interfaces inside of their host', async () => {
  editor.open(uri, edge);
  const symbols = await editor.askDocument<DocumentSymbol[]>('documentSymbol', uri);
  expect(symbols.map(({ name, detail }) => `${detail} ${name}`)).toEqual([
    'host edge',
    'zone office',
    'zone internet',
    'network front',
    'network back',
    'container web',
    'container db',
    'container metrics',
    'container agent',
    'group apps',
    'service dns',
  ]);
  expect(symbols[0]?.children?.map(({ name }) => name)).toEqual(['lan0', 'wan0']);
});

test('blocks of several lines and runs of comments fold', async () => {
  editor.open(uri, '# one\n# two\nhost h {\n  transit off\n}\nnetwork n { subnet 10.0.0.0/24 }\n# alone\n');
  const ranges = await editor.askDocument<FoldingRange[]>('foldingRange', uri);
  expect(ranges.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
    [2, 3],
    [0, 1],
  ]);
});

const options = { options: { tabSize: 2, insertSpaces: true } };

test('formatting gives the layout of fmt and leaves the other lines alone', async () => {
  const text = 'zone a = 10.0.0.0/8\nzone   bb=10.0.0.0/8\n# end\n';
  editor.open(uri, text);
  const edits = await editor.askDocument<TextEdit[]>('formatting', uri, options);
  expect(edited(text, edits)).toBe('zone a  = 10.0.0.0/8\nzone bb = 10.0.0.0/8\n# end\n');
  expect(edits.map(({ range }) => range.end.line)).toEqual([2]);
});

test('a document that is laid out already, or has mistakes in it, is left as it is', async () => {
  editor.open(uri, 'zone a = 10.0.0.0/8\n');
  expect(await editor.askDocument('formatting', uri, options)).toEqual([]);
  editor.open(partUri, 'zone   a = \n');
  expect(await editor.askDocument('formatting', partUri, options)).toEqual([]);
});
