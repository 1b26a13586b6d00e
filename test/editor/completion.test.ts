/** Completion: names of the right kind and the words that may stand there, and never what would be an error of kind. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CompletionItem } from 'vscode-languageserver';
import { complete } from '../../src/editor/completion/completion.ts';
import { placeFinder } from '../../src/editor/completion/place.ts';
import { analyse } from '../../src/editor/workspace/analysis.ts';
import { realDisk } from '../../src/editor/workspace/disk.ts';
import { Places } from '../../src/editor/workspace/places.ts';
import { Texts } from '../../src/editor/workspace/texts.ts';
import { endsWord } from '../../src/syntax/characters.ts';
import { type Client, edited, startClient } from './client.ts';
import { edge, uri } from './policies.ts';

let editor: Client;
beforeEach(async () => {
  editor = await startClient();
});
afterEach(() => editor.stop());

/** The labels offered at the `|` of a line that is added to the policy, or to the block that `after` ends in. */
async function offered(line: string, after?: string): Promise<readonly string[]> {
  const place = after === undefined ? edge.length : edge.indexOf(after) + after.length;
  const text = `${edge.slice(0, place)}\n${line}\n${edge.slice(place)}`;
  editor.open(uri, text.replace('|', ''));
  const position = editor.document(uri).positionAt(place + 1 + line.indexOf('|'));
  const items = await editor.askDocument<CompletionItem[]>('completion', uri, { position });
  return items.map(({ label }) => label);
}

const networks = ['front', 'back'];
const containers = ['web', 'db', 'metrics', 'agent'];
const subjects = ['edge', 'office', 'internet', ...networks, ...containers, 'apps', 'any'];
const services = ['dns', 'any', 'tcp', 'udp', 'sctp'];
const outcomes = ['allowed', 'blocked', 'rejected', 'reaches', 'leaves'];
const inWeb = 'expose 80/tcp, 443/tcp';
const inFront = 'network front {';

test.each<[string, readonly string[], string?]>([
  ['link web -> |', ['db', 'metrics', 'agent']],
  ['link |', containers],
  ['link web -> db |', ['as']],
  ['allow |', subjects],
  ['allow office -> |', subjects],
  ['allow office, front -> web, |', subjects],
  ['allow office -> web |', ['icmp', ...services, 'log']],
  ['deny office -> web |', ['icmp', ...services, 'log', 'reject']],
  ['deny office -> web dns reject |', ['log']],
  ['deny office -> web log "x" |', ['reject']],
  ['expect office -> web |', ['icmp', ...services, ...outcomes]],
  ['expect office -> web 80/tcp |', outcomes],
  ['expect office -> web 80/tcp reaches |', containers],
  ['expect office -> web reaches |', containers],
  ['expect office -> edge reaches web |', ['80/tcp', '443/tcp']],
  ['expect web -> internet leaves |', ['as']],
  ['expect web -> internet leaves as |', ['192.168.1.5', '203.0.113.10', '2001:db8:1::10']],
  ['group other = |', subjects],
  ['service other = dns, |', ['icmp', ...services]],
  ['zone other = |', ['any']],
  ['zone other = any on |', ['lan0', 'wan0']],
  ['connect |', ['edge', ...containers]],
  ['network other on |', ['edge']],
  ['network other on edge via |', ['lan0', 'wan0']],
  ['network |', []],
  ['container |', []],
  ['  attach |', [], inWeb],
  ['  attach |', ['front'], 'container db      {'],
  ['  publish 81:80 from |', subjects, inWeb],
  ['  publish |', ['all'], inWeb],
  ['  network |', ['host', 'none', 'container:db', 'container:metrics', 'container:agent'], inWeb],
  ['  alias www on |', networks, inWeb],
  ['  icc |', ['on', 'off'], inFront],
  ['  gateway-mode |', ['nat', 'routed', 'isolated'], inFront],
  ['  spoofing |', ['allowed'], inFront],
  ['  physical br1 on |', ['lan0', 'wan0'], inFront],
  ['  bridge |', [], inFront],
  ['  route |', ['default'], 'protect host'],
  ['  route default via 1.2.3.4 on |', ['lan0', 'wan0'], 'protect host'],
  ['  protect |', ['host'], 'protect host'],
  ['# a comment |', []],
  ['deny office -> web log "|"', []],
])('%s', async (line, labels, after) => {
  expect((await offered(line, after)).toSorted()).toEqual(labels.toSorted());
});

test.each<[string, readonly string[], string?]>([
  ['|', ['host', 'allow', 'expect', 'include']],
  ['  |', ['attach', 'expose', 'publish', 'network', 'dns'], inWeb],
  ['  |', ['subnet', 'icc', 'internal', 'on'], inFront],
  ['  |', ['interface', 'route', 'protect', 'transit'], 'protect host'],
  ['deny office -> web icmp |', ['echo-request', 'reject']],
  ['# ctfw-ignore |', ['CTFW3009']],
])('%s offers among others', async (line, labels, after) => {
  expect(await offered(line, after)).toEqual(expect.arrayContaining([...labels]));
});

test('networks that the container is not attached to yet', async () => {
  expect(await offered('container more {\n  attach |\n}')).toEqual(networks);
  editor.close(uri);
  expect(await offered('container more {\n  attach back\n  attach |\n}')).toEqual(['front']);
});

test('the whole word is replaced, also from its middle', async () => {
  editor.open(uri, `${edge}link web -> dbase\n`);
  const items = await editor.ask<CompletionItem[]>('completion', uri, 'link web -> d|base');
  const db = items.find(({ label }) => label === 'db');
  const edit = db?.textEdit;
  if (edit === undefined || !('range' in edit)) throw new Error('no edit');
  expect(edited(`${edge}link web -> dbase\n`, [edit])).toBe(`${edge}link web -> db\n`);
});

test('included names are offered, and errors elsewhere do not matter', async () => {
  editor.open('file:///policies/part.ctfw', 'network part { subnet 10.9.0.0/24 }\n');
  editor.open(uri, 'include "part.ctfw"\nallow ->\nhost {\ncontainer web {\n  attach \n');
  const items = await editor.ask<CompletionItem[]>('completion', uri, '  attach |');
  expect(items.map(({ label }) => label)).toEqual(['part']);
});

/** What is said about a name or word that cannot stand where it does. */
const errorsOfKind = new Set([
  'CTFW1010',
  'CTFW1011',
  'CTFW1013',
  'CTFW1016',
  'CTFW1053',
  'CTFW2003',
  'CTFW2004',
  'CTFW2006',
  'CTFW2007',
]);

test('nothing is offered, at any word of the policy, that would be an error of kind there', () => {
  const findPlace = placeFinder();
  const places = new Places(new Texts({ all: () => [] }, realDisk));
  const read = (): { readonly error: string } => ({ error: 'none' });
  let offers = 0;
  for (let offset = 0; offset < edge.length; offset++) {
    const isStart = !endsWord(edge.charCodeAt(offset)) && (offset === 0 || endsWord(edge.charCodeAt(offset - 1)));
    if (!isStart) continue;
    const analysis = analyse({ name: 'p.ctfw', text: edge }, read, undefined);
    const [file] = analysis.files;
    if (file === undefined) throw new Error('no file');
    for (const { label, textEdit } of complete({ analysis, file }, offset, findPlace, places)) {
      if (textEdit === undefined || !('range' in textEdit)) throw new Error('no edit');
      const isInside = file.statements.every(({ span }) => span.start !== offset);
      if (!isInside) continue;
      // `log` alone is not finished yet: a text belongs behind it.
      const newText = label === 'log' ? 'log "x"' : textEdit.newText;
      const text = edited(edge, [{ ...textEdit, newText }]);
      const wrong = analyse({ name: 'p.ctfw', text }, read, undefined).diagnostics.filter(
        ({ code, span }) => errorsOfKind.has(code) && span.start <= offset && offset < span.end,
      );
      expect(wrong.map(({ message }) => `${label}: ${message}`)).toEqual([]);
      offers++;
    }
  }
  expect(offers).toBeGreaterThan(300);
});
