/** `ctfw report` as users meet it: one page that holds what the other commands say, and nothing from elsewhere. */
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fixturesFolder } from '../support/fixtures.ts';
import { type Program, programInFolder } from './in-process.ts';
import { pageProblems, rowsOf } from './report/page.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const root = resolve(import.meta.dirname, '../..');
let program: Program;

beforeAll(() => {
  program = programInFolder();
  for (const name of ['edge.ctfw', 'edge.ctfw.lock'])
    copyFileSync(join(root, 'examples', name), join(program.folder, name));
});
afterAll(() => program.remove());

async function report(
  text: string,
): Promise<{ readonly status: number; readonly page: string; readonly stderr: string }> {
  program.write('policy.ctfw', text);
  const { status, stdout, stderr } = await program.run('report', 'policy.ctfw', '--html');
  return { status, page: stdout, stderr };
}

describe('the page of the example', () => {
  let page = '';
  beforeAll(async () => {
    const { status, stdout, stderr } = await program.run('report', 'edge.ctfw', '--html');
    expect([status, stderr]).toEqual([0, '']);
    page = stdout;
  }, 60_000);

  test('is well-formed, links to its own lines alone, and is the same each time', async () => {
    expect(pageProblems(page)).toEqual([]);
    expect((await program.run('report', 'edge.ctfw')).stdout).toBe(page);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('tells each expectation with the verdict of every judge, and its line', () => {
    const rows = rowsOf(page, 'expectations');
    expect(rows[0]).toEqual(['expect internet -> edge 8080/tcp reaches web 80/tcp', 'holds', 'holds', 'holds', '37']);
    expect(rows.length).toBe(6);
  });

  test('tells what was proved and what the proof takes for granted', () => {
    expect(rowsOf(page, 'proof').map((row) => row.slice(0, 2))).toEqual([
      ['nft rules of edge', 'proved'],
      ['iptables rules of edge', 'proved'],
    ]);
    expect(page).toContain('<li>no other tables are loaded, and nothing else changes packets</li>');
  });

  test('tells findings, and what is open without an expectation', () => {
    expect(rowsOf(page, 'findings').map((row) => [row[0], row[1], row[3]])).toEqual([
      ['CTFW3016: a statement can never matter', 'warning', '33'],
      ['Open to the outside', 'warning', '32'],
      ['Open to the outside', 'fine', ''],
    ]);
  });

  test('has the rows of the matrix', async () => {
    const { stdout } = await program.run('matrix', 'edge.ctfw', '--format', 'json');
    const { reaches } = JSON.parse(stdout) as { readonly reaches: readonly { readonly services: readonly string[] }[] };
    const rows = rowsOf(page, 'matrix');
    expect(rows.length).toBe(reaches.length);
    expect(rows.map((row) => row[2]?.replace(/ \(IPv.\)$/, ''))).toEqual(
      reaches.map(({ services }) => services.join(', ')),
    );
    const published = rows.find((row) => row[3] === 'reaches web (172.17.0.2) port 443');
    expect(published?.slice(0, 3)).toEqual(['office', '192.168.1.5', '8443/tcp (IPv4)']);
    expect(published?.slice(5)).toEqual(['22']);
  });

  test('has containers, networks, ports and the text, line by line', () => {
    expect(rowsOf(page, 'publications').map((row) => row.slice(0, 3))).toEqual([
      ['every address of the host, 8080/tcp', 'web 80/tcp', 'the outside, the host, networks that are not internal'],
      ['192.168.1.5:8443/tcp', 'web 443/tcp', 'office'],
    ]);
    expect(rowsOf(page, 'containers')[0]).toEqual([
      'web',
      'front: 172.17.0.2, fd00:17::2 back: 172.18.0.2',
      '80/tcp, 443/tcp',
      '',
      '17',
    ]);
    expect(rowsOf(page, 'networks').map(([name, , subnets]) => [name, subnets])).toEqual([
      ['front', '172.17.0.0/16 fd00:17::/64'],
      ['back', '172.18.0.0/16'],
    ]);
    const lines = readFileSync(join(root, 'examples/edge.ctfw'), 'utf8').trimEnd().split('\n');
    expect([...page.matchAll(/<li id="L/g)].length).toBe(lines.length);
    const line = lines.findIndex((one) => one.startsWith('network front')) + 1;
    expect(page).toContain(`<li id="L${line}"><a href="#L${line}">${line}</a><code>network front { bridge docker0;`);
  });
});

test('an expectation that fails is shown with its packet, and the command says so', async () => {
  const { status, page } = await report(
    'host box {\n  interface eth0 { address 192.0.2.10/24 }\n}\nzone world = any on eth0\nnetwork front { subnet 172.20.0.0/16 }\ncontainer web { attach front 172.20.0.2; publish 80:80 }\nexpect world -> box 80/tcp blocked\n',
  );
  expect(status).toBe(1);
  expect(pageProblems(page)).toEqual([]);
  const [row] = rowsOf(page, 'expectations');
  expect(row?.slice(1)).toEqual(['FAILS', 'FAILS', 'FAILS', '7']);
  expect(row?.[0]).toContain('it is allowed (published, line 6)');
  expect(page).toContain('its way through the rules (nft)');
});

test('a policy with errors makes no page', async () => {
  const { status, page, stderr } = await report('container web { attach nowhere }\n');
  expect([status, page]).toEqual([1, '']);
  expect(stderr).toContain('nowhere');
});

test('no text of a policy becomes markup', async () => {
  const { page } = await report(
    `# <script>alert(1)</script> "'&\nnetwork front { subnet 172.20.0.0/16 }\nzone world = any\ndeny front -> world 25/tcp log "</code><img src=x onerror=y>"\nexpect front -> world 25/tcp blocked # </li>\n`,
  );
  expect(pageProblems(page)).toEqual([]);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

test('included files have their own text and anchors', async () => {
  program.write('more.ctfw', 'container web { attach front }\n');
  const { page } = await report('include "more.ctfw"\nnetwork front { subnet 172.20.0.0/16 }\n');
  expect(pageProblems(page)).toEqual([]);
  expect(rowsOf(page, 'containers')[0]?.at(-1)).toBe('more.ctfw:1');
  expect(page).toContain('<li id="F2-L1">');
});

test('-o writes the page', async () => {
  expect(await program.run('report', 'edge.ctfw', '-o', 'page.html')).toMatchObject({ status: 0, stdout: '' });
  expect(readFileSync(join(program.folder, 'page.html'), 'utf8')).toMatch(/^<!doctype html>/);
});

describe('scenarios', () => {
  const folder = join(fixturesFolder, 'valid');
  // One of each kind of network, and several hosts.
  const names = [
    'c1-wire-between-containers',
    'c2-macvlan',
    'c2-physical',
    'c3-vlans',
    'c6-overlay',
    'routed-network',
    'two-hosts',
    'm4-plumbed-by-hand',
  ];

  test.each(names)('%s', async (name) => {
    const path = join(folder, name, 'policy.ctfw');
    const { status, stdout } = await program.run('report', path);
    expect(status).toBe(0);
    expect(pageProblems(stdout)).toEqual([]);
    expect(rowsOf(stdout, 'containers').length).toBeGreaterThan(0);
  });
});
