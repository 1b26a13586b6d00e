/** Hovering: what things are and what statements cover, in words, with the addresses and ports that were given out. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hover, MarkupContent } from 'vscode-languageserver';
import { type Client, diskOf, startClient } from './client.ts';
import { edge, path, uri } from './policies.ts';

const lock = 'ctfw-lock 1\naddress back web 172.18.0.77\n';
let editor: Client;
beforeEach(async () => {
  editor = await startClient({ disk: diskOf({ [`${path}.lock`]: lock }) });
});
afterEach(() => editor.stop());

async function hover(piece: string): Promise<string> {
  const found = await editor.ask<Hover | null>('hover', uri, piece);
  if (found === null) return '';
  return (found.contents as MarkupContent).value;
}

test('a container: its addresses, those of the lock file too, and its published ports', async () => {
  editor.open(uri, edge);
  const text = await hover('container we|b');
  expect(text).toContain('on `front`: `172.17.0.2`, `fd00:17::2`');
  expect(text).toContain('on `back`: `172.18.0.77`');
  expect(text).toContain('exposes `80/tcp`, `443/tcp`');
  expect(text).toContain('publishes `8080/tcp` on every address of the host → port `80`');
  expect(text).toContain('publishes `8443/tcp` on `192.168.1.5` → port `443`, for zone `office`');
  expect(text).toContain('is linked to `db`');
  expect(await hover('link  we|b')).toBe(text);
});

test('a free host port is the one that was given', async () => {
  editor.open(uri, `${edge.replace('publish 8080:80', 'publish 80')}`);
  expect(await hover('publish 8|0')).toContain('`49000/tcp` on every address of the host → port `80`');
});

test.each([
  [
    'network fro|nt',
    ['subnet `172.17.0.0/16`, gateway `172.17.0.1`', 'bridge `docker0`', '`icc off`', '`web` `172.17.0.2`'],
  ],
  ['network ba|ck', ['bridge `br-back`', '`internal`: nothing leaves']],
  ['host ed|ge', ['`wan0`: `203.0.113.10/24`', '`protect host`']],
  ['zone off|ice', ['`192.168.1.0/24`', 'through `lan0`']],
  ['group ap|ps', ['container `web`']],
  ['service dn|s', ['`53/udp`, `53/tcp`']],
  ['container met|rics', ['uses the network of `web`']],
  ['container age|nt', ["the host's own network"]],
  [
    'al|low office',
    ['from zone `office`', 'to the host `edge`', 'on `22/tcp`', 'a `deny` that covers the same beats it'],
  ],
  ['de|ny  any', ['dropped without an answer', 'on `25/tcp`', 'logged as `smtp`', 'published ports are closed too']],
  ['de|ny  front', ['TCP with a reset']],
  [
    'li|nk  web',
    [
      '`web` may open connections to `db`',
      'on what it exposes: `5432/tcp`',
      'over `back`: `172.18.0.77` → `172.18.0.2`',
    ],
  ],
  ['pub|lish 8080', ['`172.17.0.2`, `fd00:17::2` on `front`', 'without `from` it serves the outside']],
  ['att|ach back  ', ['`web` is on `back` as `172.18.0.77`']],
  ['exp|ose 80/tcp', ['expose PORT']],
  ['auto-|ports', ['auto-ports FIRST-LAST']],
  ['add|ress 192', ['address ADDRESS/LENGTH']],
  ['expect internet -> edge 8080/tcp             rea|ches', ['reaches `web` on port `80`', '**holds**']],
])('%s', async (piece, parts) => {
  editor.open(uri, edge);
  const text = await hover(piece);
  for (const part of parts) expect(text).toContain(part);
});

test('an expectation that does not hold says why', async () => {
  editor.open(uri, `${edge}expect internet -> edge 8080/tcp blocked\n`);
  expect(await hover('8080/tcp bl|ocked')).toMatch(/\*\*does not hold\*\*.*it is allowed.*decided by/);
});

test('while there are errors the model is shown as far as it goes', async () => {
  editor.open(
    uri,
    `${edge}allow ->\ncontainer more { attach nowhere; attach back 172.18.0.9 }\nexpect web -> db allowed\n`,
  );
  expect(await hover('container mo|re')).toContain('on `back`: `172.18.0.9`');
  expect(await hover('expect web -> db all|owed')).toContain('not known yet');
});

test('a code in a comment has its title, and other places nothing', async () => {
  editor.open(uri, `# ctfw-ignore CTFW3009\n\n${edge}`);
  expect(await hover('CTFW30|09')).toContain('**CTFW3009** (warning): ');
  expect(await hover('ctfw-ig|nore')).toBe('');
  expect(await hover('\n|\n')).toBe('');
});

test('a log text cannot break out of its quotation marks', async () => {
  editor.open(uri, 'zone a = 10.0.0.0/8\ndeny a -> any log "`[x](http://x)"\n');
  expect(await hover('de|ny')).toContain("logged as `'[x](http://x)`");
});

test('an editor that takes no Markdown gets plain text', async () => {
  await editor.stop();
  editor = await startClient({ capabilities: { textDocument: {} } });
  editor.open(uri, edge);
  expect(await editor.ask('hover', uri, 'container we|b')).toMatchObject({ contents: { kind: 'plaintext' } });
});

test('the host: its rules are proved', async () => {
  editor.open(uri, edge);
  expect(await hover('host ed|ge')).toMatch(/its rules are \*\*proved\*\*: for every packet of \d+ kinds/);
  expect(await hover('deny  front -> ed|ge')).toContain('are **proved**');
});
