/** Diagnostics while typing: of every file of a policy, gone when the mistake is gone, with the expectations that fail. */
import { afterEach, expect, test } from 'vitest';
import { type Client, type ClientOptions, diskOf, startClient } from './client.ts';

let client: Client | undefined;
const start = async (options: ClientOptions = {}): Promise<Client> => {
  client = await startClient(options);
  return client;
};
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

const uri = 'file:///policies/main.ctfw';
const fine = 'network front { subnet 10.0.0.0/24 }\ncontainer web { attach front }\n';

test('a mistake is shown where it is, and is gone when it is mended', async () => {
  const editor = await start();
  editor.open(uri, fine.replace('attach front', 'attach frnt'));
  await editor.untilCodes(uri, ['CTFW2002']);
  const [diagnostic] = editor.diagnosticsOf(uri);
  expect(diagnostic?.range).toEqual({ start: { line: 1, character: 23 }, end: { line: 1, character: 27 } });
  expect(diagnostic?.message).toContain('did you mean `front`?');
  const offset = editor.document(uri).getText().indexOf('frnt');
  editor.edit(uri, offset, offset + 4, 'front');
  await editor.untilCodes(uri, []);
});

test('positions count UTF-16 units', async () => {
  const editor = await start();
  editor.open(uri, 'network front { subnet 10.0.0.0/24 } # \u{1f600}\n# \u{1f600}\u{1f600}\ndeny front -> any log "\u{1f600}" nope\n');
  await editor.untilCodes(uri, ['CTFW1002']);
  expect(editor.diagnosticsOf(uri)[0]?.range.start).toEqual({ line: 2, character: 27 });
});
