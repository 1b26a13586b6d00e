/** `ctfw who-can` and `ctfw matrix` as users meet them, over policies and over rules found on a host. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { foreignFolder, foreignRules } from '../support/foreign-rules.ts';
import { type Program, programInFolder } from './in-process.ts';
import { schemaErrors } from './schema.ts';

vi.mock('../../src/cli/io/files.ts', async (original) => (await import('./capturing.ts')).capturing(original));

const policy = `host edge {
  interface wan0 { address 203.0.113.10/24 }
  route default via 203.0.113.1
  protect host
}
zone internet = any on wan0
network front { subnet 172.17.0.0/16; icc off }
container web { attach front 172.17.0.2; publish 8080:80 }
container db { attach front 172.17.0.3; expose 5432/tcp }
link web -> db
`;

let program: Program;

beforeAll(async () => {
  program = programInFolder();
  program.write('edge.ctfw', policy);
  await program.run('compile', '--no-prove', '-o', 'rules.json', 'edge.ctfw');
});
afterAll(() => program.remove());

const cells = (stdout: string): readonly (readonly string[])[] =>
  stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}/));

describe('who-can', () => {
  test('directly, and by the port that is published', async () => {
    const { status, stdout } = await program.run('who-can', 'edge.ctfw', 'web', '80/tcp');
    expect(status).toBe(0);
    expect(cells(stdout)).toEqual([
      ['edge', 'web', '80/tcp (IPv4)'],
      ['anyone but front', 'edge', '8080/tcp (IPv4)', 'reaches web (172.17.0.2) port 80'],
      ['front', 'edge', '8080/tcp (IPv4)', 'reaches web (172.17.0.2) port 80, seen as 172.17.0.1'],
    ]);
  });

  test('which published port becomes which, though one container has them all', async () => {
    const ports = 'publish 9000-9002:8000-8002; publish 80:1080; publish 8080:1080; publish 8443:443';
    program.write('ports.ctfw', policy.replace('publish 8080:80', ports));
    const { stdout } = await program.run('who-can', 'ports.ctfw', 'internet', 'web');
    expect(cells(stdout).map(([, , service, how]) => [service, how])).toEqual([
      ['80/tcp, 8080/tcp (IPv4)', 'reaches web (172.17.0.2) port 1080'],
      ['8443/tcp (IPv4)', 'reaches web (172.17.0.2) port 443'],
      ['9000-9002/tcp (IPv4)', 'reaches web (172.17.0.2) port 8000-8002'],
    ]);
  });

  test('one source, in either place', async () => {
    const answer = 'internet cannot reach db 5432/tcp\n';
    expect((await program.run('who-can', 'edge.ctfw', 'internet', 'db', '5432/tcp')).stdout).toBe(answer);
    expect((await program.run('who-can', '--from', 'internet', 'edge.ctfw', 'db', '5432/tcp')).stdout).toBe(answer);
    expect(cells((await program.run('who-can', 'edge.ctfw', 'web', 'db')).stdout)).toEqual([
      ['web', 'db', '5432/tcp (IPv4)'],
    ]);
  });

  test('rules without a policy: places are interfaces and addresses', async () => {
    const { stdout, stderr } = await program.run('who-can', '172.17.0.3', '5432/tcp', '--rules', 'rules.json');
    expect(stderr).toMatch(/no view of the host/);
    expect(stdout).toMatch(/172\.17\.0\.2 on br-front/);
  });

  test.each([
    [['edge.ctfw', 'dbb', '5432/tcp'], 1, /there is no "dbb"; did you mean db\?/],
    [['edge.ctfw', 'db', '5432'], 2, /did you mean 5432\/tcp\?/],
    [['edge.ctfw', 'db', 'web', 'tcp/99999'], 2, /is no port/],
    [['nowhere.ctf', 'db'], 2, /cannot read nowhere\.ctf/],
    [['edge.ctfw'], 2, /takes a destination/],
    [['edge.ctfw', 'web', 'db', 'x', '80/tcp'], 2, /one word too many/],
  ])('mistake: %j', async (words, status, message) => {
    const ran = await program.run('who-can', ...words);
    expect([ran.status, ran.stderr]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe('matrix', () => {
  test('a table', async () => {
    const { stdout } = await program.run('matrix', 'edge.ctfw');
    expect(stdout).toMatch(/^FROM +TO +WHAT +HOW\n/);
    expect(cells(stdout)).toContainEqual([
      'anyone but front',
      'edge',
      '8080/tcp (IPv4)',
      'reaches web (172.17.0.2) port 80',
    ]);
  });

  test('CSV', async () => {
    const { stdout } = await program.run('matrix', 'edge.ctfw', '--format', 'csv');
    expect(stdout).toMatch(/^from,to,services,families,arrives,certain\n/);
    expect(stdout).toContain('\nfront,edge,8080/tcp,ipv4,"reaches web (172.17.0.2) port 80, seen as 172.17.0.1",yes\n');
  });

  test('JSON is as published', async () => {
    for (const words of [
      ['matrix', 'edge.ctfw'],
      ['who-can', 'edge.ctfw', 'db'],
    ]) {
      const { stdout } = await program.run(...words, '--format', 'json');
      expect(schemaErrors('matrix', JSON.parse(stdout))).toEqual([]);
    }
  });

  test('what is meant is what the rules do', async () => {
    const meant = await program.run('matrix', 'edge.ctfw', '--format', 'csv');
    const done = await program.run('matrix', 'edge.ctfw', '--rules', 'rules.json', '--format', 'csv');
    const reached = (text: string): readonly string[] =>
      text
        .split('\n')
        .filter((line) => line.includes('reaches'))
        .sort();
    expect(reached(done.stdout)).toEqual(reached(meant.stdout));
  });

  test('nothing to ask', async () => {
    expect(await program.run('matrix')).toMatchObject({ status: 2 });
  });
});

describe.skipIf(foreignFolder === undefined)('rules of others', () => {
  const files = foreignRules();

  test('a matrix of each of them', { timeout: 900_000 }, async () => {
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const { status, stdout, stderr } = await program.run('matrix', '--rules', file);
      expect([file, status]).toEqual([file, 0]);
      expect([file, stderr]).toEqual([file, expect.stringMatching(/no view of the host/)]);
      expect([file, stdout]).toEqual([file, expect.stringMatching(/^FROM +TO +WHAT +HOW\n./)]);
    }
  });
});
