/** Diagnostics while typing: of every file of a policy, gone when the mistake is gone, with the expectations that fail. */
import { afterEach, expect, test } from 'vitest';
import { check } from '../../src/compile.ts';
import { analyse } from '../../src/editor/workspace/analysis.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { fixturesOf, includeReader } from '../support/fixtures.ts';
import { type Client, type ClientOptions, diskOf, startClient } from './client.ts';
import { path, uri } from './policies.ts';

let client: Client | undefined;
const start = async (options: ClientOptions = {}): Promise<Client> => {
  client = await startClient(options);
  return client;
};
afterEach(async () => {
  await client?.stop();
  client = undefined;
});

const partUri = 'file:///policies/part.ctfw';
const network = 'network front { subnet 10.0.0.0/24 }\n';
const web = 'container web { attach front }\n';

test('a mistake is shown where it is, and is gone when it is mended', async () => {
  const editor = await start();
  editor.open(uri, `${network}container web { attach frnt }\n`);
  await editor.untilCodes(uri, ['CTFW2003']);
  const [diagnostic] = editor.diagnosticsOf(uri);
  expect(diagnostic?.range).toEqual({ start: { line: 1, character: 23 }, end: { line: 1, character: 27 } });
  expect(diagnostic?.message).toContain('did you mean `front`?');
  const offset = editor.document(uri).getText().indexOf('frnt');
  editor.edit(uri, offset, offset + 4, 'front');
  await editor.untilCodes(uri, []);
});

test('positions count UTF-16 units, and lines end where the editor says', async () => {
  const editor = await start();
  editor.open(uri, `${network}# \u{1f600}\r# \u{1f600}\r\n"\u{1f600}" x\n`);
  await editor.untilCodes(uri, ['CTFW1001', 'CTFW1010']);
  const unknown = editor.diagnosticsOf(uri).find(({ code }) => code === 'CTFW1010');
  expect(unknown?.range.start).toEqual({ line: 3, character: 0 });
});

test('a failing expectation is shown when there is no error, and only then', async () => {
  const editor = await start();
  const expectation = 'expect web -> any allowed\n';
  editor.open(uri, `${network}${web}deny web -> any\n${expectation}`);
  await editor.untilCodes(uri, ['CTFW5001']);
  expect(editor.diagnosticsOf(uri)[0]?.message).toContain('does not hold');
  expect(editor.diagnosticsOf(uri)[0]?.relatedInformation?.map(({ location }) => location.range.start.line)).toEqual([
    2,
  ]);
  editor.edit(uri, 0, 0, 'nonsense\n');
  await editor.untilCodes(uri, ['CTFW1010']);
  editor.edit(uri, 0, 'nonsense\n'.length, '');
  await editor.untilCodes(uri, ['CTFW5001']);
});

test('included files are read from open documents first, then from the disk, and carry their own diagnostics', async () => {
  const disk = diskOf({ '/policies/part.ctfw': 'container db { attach nowhere }\n' });
  const editor = await start({ disk });
  editor.open(uri, `${network}${web}include "part.ctfw"\n`);
  await editor.untilCodes(partUri, ['CTFW2003']);
  expect(editor.codesOf(uri)).toEqual([]);
  editor.open(partUri, 'container db { attach front }\n');
  await editor.untilCodes(partUri, []);
  editor.close(partUri);
  await editor.untilCodes(partUri, ['CTFW2003']);
  const text = editor.document(uri).getText();
  editor.edit(uri, text.indexOf('include'), text.length, '');
  await editor.untilCodes(partUri, []);
});

test('a file that another one includes is seen as a part of it, also when that one is not open', async () => {
  const editor = await start({ disk: diskOf({ [path]: `${network}include "part.ctfw"\n` }) });
  editor.open(partUri, 'container db { attach front }\ncontainer x { attach frnt }\n');
  await editor.untilCodes(partUri, ['CTFW2003']);
});

test('a file on the disk that changes is read again', async () => {
  const disk = diskOf({});
  const editor = await start({ disk });
  editor.open(uri, `include "part.ctfw"\n${web}`);
  await editor.untilCodes(uri, ['CTFW1060', 'CTFW2003']);
  disk.files.set('/policies/part.ctfw', network);
  await editor.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [] });
  await editor.untilCodes(uri, []);
});

test('a closed document has no diagnostics left', async () => {
  const editor = await start();
  editor.open(uri, 'nonsense\n');
  await editor.untilCodes(uri, ['CTFW1010']);
  editor.close(uri);
  await editor.untilCodes(uri, []);
});

test('a lock file that cannot be read is said so in the lock file', async () => {
  const editor = await start({ disk: diskOf({ [`${path}.lock`]: 'something else\n' }) });
  editor.open(uri, network);
  await editor.untilCodes(`${uri}.lock`, ['CTFW2041']);
});

test('a document that is not saved includes nothing', async () => {
  const editor = await start({ disk: diskOf({ 'part.ctfw': network, '/part.ctfw': network }) });
  editor.open('untitled:Untitled-1', `${web}include "part.ctfw"\n`);
  await editor.untilCodes('untitled:Untitled-1', ['CTFW1060', 'CTFW2003']);
});

for (const fixture of [...fixturesOf('valid'), ...fixturesOf('invalid')]) {
  test(`says what check says: ${fixture.name}`, () => {
    const read = includeReader(fixture);
    expect(analyse(fixture.policy, read, undefined).diagnostics).toEqual(
      check(fixture.policy, read, emptyLock).diagnostics,
    );
  });
}
