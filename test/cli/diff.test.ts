/** `ctfw diff` as users meet it: policies, rules of either syntax, and the likeliest mistakes. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Program, programInFolder } from './in-process.ts';
import { schemaErrors } from './schema.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const policy = `host edge {
  interface wan0 { address 203.0.113.10/24 }
  route default via 203.0.113.1
}
zone internet = any on wan0
network front { subnet 172.17.0.0/16; icc off }
container web { attach front 172.17.0.2; publish 8080:80 }
container db { attach front 172.17.0.3; expose 5432/tcp }
`;

let program: Program;

beforeAll(async () => {
  program = programInFolder();
  program.write('old.ctfw', policy);
  program.write('new.ctfw', `# a line more\n${policy}link web -> db\n`);
  program.write('same.ctfw', `# a line more\n${policy}`);
  program.write('broken.ctfw', `${policy}allow nobody -> web\n`);
  program.write('text.nft', 'table inet filter {\n}\n');
  await program.run('compile', '--no-prove', '-o', 'old.json', 'old.ctfw');
  await program.run('compile', '--no-prove', '-o', 'new.json', 'new.ctfw');
});
afterAll(() => program.remove());

const diff = (...words: readonly string[]) => program.run('diff', ...words);

describe('what changes', () => {
  test('flows, an example that was simulated, and the texts', async () => {
    const { status, stdout } = await diff('old.ctfw', 'new.ctfw');
    expect(status).toBe(0);
    expect(stdout).toContain('from old.ctfw to new.ctfw: 1 change for packets');
    expect(stdout).toMatch(
      /\+ opens: web -> db 5432\/tcp {2}\(IPv4\)\n {4}blocked -> delivered\n {4}such as 172\.17\.0\.2 port/,
    );
    expect(stdout).toMatch(/^--- nft$/m);
    expect(stdout).toMatch(/^\+.*172\.17\.0\.2 \. 172\.17\.0\.3 \. tcp \. 5432/m);
  });

  test('the other way round it closes', async () => {
    expect((await diff('new.ctfw', 'old.ctfw', '--no-text')).stdout).toMatch(/- closes: web -> db 5432\/tcp/);
  });

  test('--exit-code is for scripts', async () => {
    expect((await diff('old.ctfw', 'new.ctfw', '--exit-code')).status).toBe(1);
    expect((await diff('old.ctfw', 'same.ctfw', '--exit-code')).status).toBe(0);
  });

  test('nothing: lines that moved are no difference', async () => {
    expect((await diff('old.ctfw', 'same.ctfw')).stdout).toBe(
      'nothing changes for packets from old.ctfw to same.ctfw; the rules are the same\n',
    );
  });

  test('a policy against rules, and rules against rules by what they say of their host', async () => {
    expect((await diff('old.ctfw', 'old.json')).stdout).toMatch(/^nothing changes/);
    expect((await diff('old.ctfw', 'new.json')).stdout).toMatch(/opens: web -> db 5432\/tcp/);
    const { stdout, stderr } = await diff('old.json', 'new.json');
    expect(stderr).toMatch(/no view of the host \(--host-view\)/);
    expect(stdout).toMatch(/opens: .*-> 172\.17\.0\.3 5432\/tcp/);
  });

  test('JSON is as published', async () => {
    const { stdout } = await diff('old.ctfw', 'new.ctfw', '--format', 'json');
    const document = JSON.parse(stdout);
    expect(schemaErrors('diff', document)).toEqual([]);
    expect(document.changes).toMatchObject([
      { change: 'opens', from: { names: ['web'], except: false }, to: { names: ['db'] }, services: ['5432/tcp'] },
    ]);
    expect(document.changes[0].example.confirmed).toBe(true);
  });
});

test.each([
  [['old.ctfw'], 2, /missing required argument/],
  [['old.ctfw', 'nowhere.json'], 2, /no such file.*`live` is this host/],
  [['old.ctfw', 'broken.ctfw'], 1, /no .*`nobody`|nobody/],
  [['old.ctfw', 'text.nft'], 1, /nft's own text.*nft -j list ruleset/],
  [['old.ctfw', '.'], 1, /neither nft.json nor rules.v4/],
  [['old.ctfw', 'new.ctfw', '--host', 'nobody'], 1, /no host "nobody"/],
  [['old.ctfw', 'new.ctfw', '-t', 'pf'], 2, /unknown target "pf"/],
])('mistake: %j', async (words, status, message) => {
  const ran = await diff(...words);
  expect(ran.status).toBe(status);
  expect(ran.stderr).toMatch(message);
});
