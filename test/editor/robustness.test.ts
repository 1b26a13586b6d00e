/** Half-typed and hostile text: every request is answered, whatever stands in the document. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, diskOf, startClient } from './client.ts';
import { edge, uri } from './policies.ts';

let editor: Client;
beforeEach(async () => {
  editor = await startClient({ disk: diskOf({}) });
});
afterEach(() => editor.stop());

const zero = { line: 0, character: 0 };
const options = { tabSize: 2, insertSpaces: true };

/** Asks everything about a place; a request that fails rejects. */
async function askAll(offset: number): Promise<void> {
  const document = editor.document(uri);
  const position = document.positionAt(offset);
  const end = document.positionAt(document.getText().length);
  const more = { position, context: { includeDeclaration: true } };
  await Promise.all([
    ...['completion', 'hover', 'definition', 'references', 'documentHighlight'].map((method) =>
      editor.askDocument(method, uri, more),
    ),
    ...['documentSymbol', 'foldingRange'].map((method) => editor.askDocument(method, uri)),
    editor.askDocument('formatting', uri, { options }),
    editor.askDocument('codeAction', uri, { range: { start: zero, end }, context: { diagnostics: [] } }),
    editor.askDocument('prepareRename', uri, { position }).catch(refused),
    editor.askDocument('rename', uri, { position, newName: 'fresh' }).catch(refused),
  ]);
}

/** Renaming may be refused with a reason; anything else is a fault. */
function refused(error: unknown): void {
  expect(error).toMatchObject({ code: -32600 });
}

test('the policy typed letter by letter, asked at the cursor', async () => {
  editor.open(uri, '');
  for (let length = 0; length < edge.length; length++) {
    editor.edit(uri, length, length, edge.charAt(length));
    if (length % 31 === 0) await askAll(length + 1);
  }
  await editor.untilCodes(uri, ['CTFW3016', 'CTFW3018', 'CTFW3031']);
  expect(editor.document(uri).getText()).toBe(edge);
});

const piece = fc.constantFrom(
  ...['host ', 'network ', 'container ', 'attach ', 'include "', '"', '{', '}', '->', '=>', ',', ';', '\n', '\r', '#'],
  ...[
    'ctfw-ignore ',
    'CTFW3001',
    'web',
    'front',
    'any',
    ' log ',
    ' reaches ',
    'icmp ',
    '\u{1f600}',
    '\ud800',
    '\u0000',
    '__proto__',
    'constructor',
  ],
);

test('anything deleted and anything written, anywhere', async () => {
  editor.open(uri, edge);
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.array(piece, { maxLength: 6 })), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(edits, fc.nat(), async (all, where) => {
      for (const [place, length, pieces] of all) {
        const size = editor.document(uri).getText().length;
        const start = place % (size + 1);
        editor.edit(uri, start, Math.min(size, start + length), pieces.join(''));
      }
      await askAll(where % (editor.document(uri).getText().length + 1));
    }),
    { numRuns: 60 },
  );
});

test('a document that is not open has no answers, and no fault', async () => {
  for (const method of ['completion', 'hover', 'definition', 'documentSymbol', 'foldingRange'])
    expect([null, []]).toContainEqual(await editor.askDocument(method, 'file:///nowhere.ctfw', { position: zero }));
  expect([null, []]).toContainEqual(await editor.askDocument('hover', 'not a uri', { position: zero }));
});

test('includes in a circle, of itself and of folders', async () => {
  editor.open('file:///a.ctfw', 'include "b.ctfw"\n');
  editor.open('file:///b.ctfw', 'include "a.ctfw"\ninclude "b.ctfw"\ninclude "/"\ninclude ""\n');
  await editor.untilCodes('file:///a.ctfw', ['CTFW1061']);
  expect(await editor.askDocument('documentSymbol', 'file:///b.ctfw')).toEqual([]);
});
