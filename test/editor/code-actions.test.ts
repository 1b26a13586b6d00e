/** Quick fixes: what diagnostics suggest, all that is safe at once, and the comment that suppresses. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CodeAction } from 'vscode-languageserver';
import { type Client, editedFiles, startClient } from './client.ts';
import { uri } from './policies.ts';

let editor: Client;
beforeEach(async () => {
  editor = await startClient();
});
afterEach(() => editor.stop());

const network = 'network front { subnet 10.0.0.0/24 }\ncontainer web { attach front }\n';

function actionsAt(piece: string, only?: readonly string[]): Promise<CodeAction[]> {
  const start = editor.position(uri, piece);
  const context = { diagnostics: [], ...(only === undefined ? {} : { only }) };
  return editor.askDocument('codeAction', uri, { range: { start, end: start }, context });
}

function after(text: string, action: CodeAction | undefined): string | undefined {
  return editedFiles(new Map([[uri, text]]), action?.edit ?? {}).get(uri);
}

test('a suggested name is put in the place of the wrong one', async () => {
  const text = `${network}deny frnt -> any 25/tcp\n`;
  editor.open(uri, text);
  const [fix, ...others] = await actionsAt('deny fr|nt');
  expect(others).toEqual([]);
  expect(fix).toMatchObject({ title: 'Replace `frnt` with `front`', kind: 'quickfix', isPreferred: true });
  expect(fix?.diagnostics?.map(({ code }) => code)).toEqual(['CTFW2003']);
  expect(after(text, fix)).toBe(text.replace('frnt', 'front'));
  expect(await actionsAt('net|work')).toEqual([]);
});

test('all that is safe is mended at once, guesses are not', async () => {
  const text = `${network}deny frnt => any 25/tcp\ndeny front => any 26/tcp\n`;
  editor.open(uri, text);
  const [all, ...others] = await actionsAt('net|work', ['source.fixAll']);
  expect(others).toEqual([]);
  expect(all?.kind).toBe('source.fixAll.ctfw');
  expect(after(text, all)).toBe(text.replaceAll('=>', '->'));
});

test('a warning is suppressed by a comment above its line, which is then of use', async () => {
  const text = `${network}container db {\n  attach front\n  publish 80:80\n}\nlink web -> db\n`;
  editor.open(uri, text);
  const before = await warningCodes();
  const [code = ''] = before;
  const line = editor.diagnosticsOf(uri).find((diagnostic) => diagnostic.code === code)?.range.start;
  if (line === undefined) throw new Error('no warning');
  const actions = await editor.askDocument<CodeAction[]>('codeAction', uri, {
    range: { start: line, end: line },
    context: { diagnostics: [] },
  });
  const suppress = actions.find(({ title }) => title === `Suppress ${code} here`);
  const changed = after(text, suppress) ?? '';
  expect(changed.split('\n')[line.line]?.trim()).toBe(`# ctfw-ignore ${code}`);
  editor.close(uri);
  editor.open(uri, changed);
  await editor.untilCodes(uri, before.slice(1));
});

/** The codes of the open document, once they are known. */
async function warningCodes(): Promise<readonly string[]> {
  for (let round = 0; round < 200 && editor.diagnosticsOf(uri).length === 0; round++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return editor.codesOf(uri) ?? [];
}
