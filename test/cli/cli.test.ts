/** The command line as users meet it: the bundle as a process of its own. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'ctfw-cli-'));
const bundle = join(folder, 'dist', 'ctfw.js');
const example = join(root, 'examples/edge.ctfw');

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), join(folder, 'dist')], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(built.stderr).toBe('');
  expect(built.status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

function ctfw(args: readonly string[], options: { readonly input?: string; readonly cwd?: string } = {}) {
  const environment = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle, ...args], {
    encoding: 'utf8',
    env: environment,
    input: options.input ?? '',
    cwd: options.cwd ?? folder,
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const small = 'network n { subnet 10.0.0.0/24 }\ncontainer a { attach n 10.0.0.2 }\n';

const twoHosts = `host a { interface eth0 { address 192.168.1.4/24 } }
host b { interface eth0 { address 192.168.1.6/24 } }
network front on a { subnet 172.17.0.0/16 }
network back on b { subnet 172.18.0.0/16 }
container web { attach front 172.17.0.2 }
container db { attach back 172.18.0.2 }
`;

describe('compile for several hosts', () => {
  test('all of them into a folder, which is made', () => {
    const into = join(folder, 'rules', 'of-hosts');
    const { status, stdout, stderr } = ctfw(['compile', file('two.ctfw', twoHosts), '-o', into]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(into).sort()).toEqual(['a.nft.json', 'b.nft.json']);
    const text = readFileSync(join(into, 'a.nft.json'), 'utf8');
    expect([text.includes('172.17.0.2'), text.includes('172.18.0.2')]).toEqual([true, false]);
    expect(ctfw(['compile', file('two.ctfw', twoHosts), '-t', 'nft', '-o', into]).status).toBe(0);
    expect(readdirSync(into).sort()).toEqual(['a.nft', 'a.nft.json', 'b.nft', 'b.nft.json']);
  });

  test('one of them by its name', () => {
    const { status, stdout } = ctfw(['compile', file('two.ctfw', twoHosts), '--host', 'b']);
    expect([status, stdout.includes('172.18.0.2'), stdout.includes('172.17.0.2')]).toEqual([0, true, false]);
  });

  test('without a choice, with a wrong one, and into a file', () => {
    const policy = file('two.ctfw', twoHosts);
    const none = ctfw(['compile', policy]);
    expect([none.status, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toContain('--host');
    const wrong = ctfw(['compile', policy, '--host', 'c']);
    expect([wrong.status, wrong.stderr]).toEqual([1, 'ctfw: the policy has no host "c": it has "a", "b"\n']);
    const taken = ctfw(['compile', policy, '-o', file('taken', '')]);
    expect([taken.status, taken.stderr.includes('it is a file')]).toEqual([2, true]);
  });
});

describe('compile for iptables', () => {
  test('writes three files that say what they are', () => {
    const policy = file('tables.ctfw', small);
    const { status, stdout } = ctfw(['compile', policy, '-t', 'iptables', '-o', 'tables']);
    expect([status, stdout]).toEqual([0, '']);
    expect(readdirSync(join(folder, 'tables')).sort()).toEqual(['rules.bridge', 'rules.v4', 'rules.v6']);
    for (const name of ['rules.v4', 'rules.v6', 'rules.bridge']) {
      const text = readFileSync(join(folder, 'tables', name), 'utf8');
      const rules = text
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n');
      expect(text).toMatch(/^# proved: true$/m);
      expect(text).toMatch(/^# policyHash: sha256:[0-9a-f]{64}$/m);
      expect(text).toContain(`# fileHash: sha256:${createHash('sha256').update(rules).digest('hex')}\n`);
    }
    const { stdout: report, status: understood } = ctfw([
      'check-rules',
      '--deny-unknown',
      'tables/rules.v4',
      'tables/rules.v6',
      'tables/rules.bridge',
    ]);
    expect(understood).toBe(0);
    expect(report).toMatch(
      /rules\.v4 \(iptables-save\).*100\.00 %[\s\S]*rules\.v6 \(ip6tables-save\).*100\.00 %[\s\S]*rules\.bridge \(ebtables-save\).*100\.00 %/,
    );
  });

  test('wants a folder', () => {
    const policy = file('folder.ctfw', small);
    for (const more of [[], ['-o', '-']]) {
      const { status, stderr, stdout } = ctfw(['compile', policy, '-t', 'iptables', ...more]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain('name a folder for them with -o');
    }
    expect(ctfw(['compile', policy, '-t', 'iptables', '-o', policy]).status).toBe(2);
  });
});

describe('check-rules', () => {
  const listing =
    '*filter\n:INPUT DROP [0:0]\n-A INPUT -m mac --mac-source XX:XX:XX:XX:XX:XX -j ACCEPT\n-A INPUT -m u32 --u32 "0=1" -j ACCEPT\nCOMMIT\n';

  test('says what is understood, what is hidden, and what is not understood', () => {
    const { status, stdout } = ctfw(['check-rules', '-'], { input: listing });
    expect(status).toBe(0);
    expect(stdout).toBe(
      '<stdin> (iptables-save): 2 rules, 1 fully modelled (50.00 %), 1 of them with a blacked-out value\n' +
        '  not modelled:     1  -m u32  first at ip filter INPUT rule 2: -m u32 --u32 "0=1"\n',
    );
    expect(ctfw(['check-rules', '--deny-unknown', '-'], { input: listing }).status).toBe(1);
  });

  test('as JSON', () => {
    const { stdout } = ctfw(['check-rules', '--format', 'json', '-'], { input: listing });
    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: '1.0',
      rules: 2,
      modelled: 1,
      redacted: 1,
      files: [{ file: '<stdin>', form: 'iptables-save', read: true, unknown: [{ kind: '-m u32', count: 1 }] }],
    });
  });

  test('what cannot be read, or is empty, is never clean', () => {
    for (const input of ['', '{}', 'table inet x { }\n', '*filter\n-Q\nCOMMIT\n'])
      expect([input, ctfw(['check-rules', '-'], { input }).status]).toEqual([input, 1]);
    expect(ctfw(['check-rules', 'missing.json']).status).toBe(2);
    expect(ctfw(['check-rules']).status).toBe(2);
    expect(ctfw(['check-rules', '--as', 'ferm', '-'], { input: listing }).status).toBe(2);
  });
});

describe('compile', () => {
  test('prints one document that says what it is and what was proved', () => {
    const { status, stdout } = ctfw(['compile', example, '--lock', join(root, 'examples/edge.ctfw.lock'), '--locked']);
    expect(status).toBe(0);
    const [head] = (JSON.parse(stdout) as { nftables: { metainfo: Record<string, unknown> }[] }).nftables;
    expect(head?.metainfo).toMatchObject({
      host: 'edge',
      proved: true,
      rulesHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      policyHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });
  test('gives the same bytes for the same input', () => {
    const lock = join(root, 'examples/edge.ctfw.lock');
    expect(ctfw(['compile', example, '--lock', lock]).stdout).toBe(ctfw(['compile', example, '--lock', lock]).stdout);
  });
  test('emits nothing when an expectation fails', () => {
    const { status, stdout, stderr } = ctfw([
      'compile',
      file('fails.ctfw', `${small}container b { attach n 10.0.0.3 }\nexpect a -> b 80/tcp blocked\n`),
    ]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(
      'error[CTFW5001]: this does not hold: for 10.0.0.2 on br-n -> 10.0.0.3 tcp/80 it is allowed',
    );
  });
  test('emits nothing and leaves an older file alone when the policy is wrong', () => {
    const out = file('old.json', 'old');
    expect(ctfw(['compile', file('wrong.ctfw', 'container a { attach nowhere }\n'), '-o', out]).status).toBe(1);
    expect(readFileSync(out, 'utf8')).toBe('old');
  });
  test('refuses what it does not compile yet', () => {
    const { status, stderr } = ctfw([
      'compile',
      file('lan.ctfw', 'network lan { physical br0 on eno1; subnet 192.168.1.0/24; internal }\n'),
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain('error[CTFW4001]');
  });
  test('writes the lock when addresses are given out, and only then', () => {
    const policy = file('given.ctfw', 'network n { subnet 10.0.0.0/24 }\ncontainer a { attach n }\n');
    expect(ctfw(['compile', policy, '--locked']).status).toBe(1);
    expect(existsSync(`${policy}.lock`)).toBe(false);
    expect(ctfw(['compile', policy]).status).toBe(0);
    expect(readFileSync(`${policy}.lock`, 'utf8')).toContain('10.0.0.2');
    expect(ctfw(['compile', policy, '--locked']).status).toBe(0);
    const fixed = file('fixed.ctfw', small);
    expect(ctfw(['compile', fixed]).status).toBe(0);
    expect(existsSync(`${fixed}.lock`)).toBe(false);
  });
  test('takes a policy on standard input, which needs a lock file only when something is given out', () => {
    expect(ctfw(['compile', '-'], { input: small }).status).toBe(0);
    const { status, stderr } = ctfw(['compile', '-'], {
      input: 'network n { subnet 10.0.0.0/24 }\ncontainer a { attach n }\n',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('--lock PATH');
  });
  test('leaves no temporary file behind where it cannot write', () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    const { status, stderr } = ctfw([
      'compile',
      file('to-closed.ctfw', small),
      '-o',
      join(closed, 'missing', 'out.json'),
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('cannot write');
    chmodSync(closed, 0o755);
    expect(readdirSync(closed)).toEqual([]);
  });
  test('takes one bit for the mark, and nothing else', () => {
    expect(ctfw(['compile', file('mark.ctfw', small), '--mark-bit', '0x3']).status).toBe(2);
    const marked = ctfw([
      'compile',
      file('mark2.ctfw', small.replace('/24', '/24; icc off')),
      '--mark-bit',
      '0x80000000',
      '-t',
      'nft',
    ]);
    expect(marked.status).toBe(0);
    expect(marked.stdout).toContain('0x80000000');
  });
});

describe('check', () => {
  test('says every error of every file, and fails', () => {
    const { status, stderr } = ctfw([
      'check',
      file('one.ctfw', 'container a { attach fron }\nnetwork front { subnet 300.0.0.0/8 }\n'),
      file('two.ctfw', 'zone z = nope\n'),
    ]);
    expect(status).toBe(1);
    expect(stderr.match(/^error\[/gm)?.length).toBeGreaterThanOrEqual(3);
  });
  test('is quiet and fine for a good policy; warnings fail on demand', () => {
    expect(ctfw(['check', file('good.ctfw', small)])).toMatchObject({ status: 0, stdout: '' });
    const warns = file('warns.ctfw', `${small}container b { attach n 10.0.0.3 }\nlink a -> b\n`);
    expect(ctfw(['check', warns]).status).toBe(0);
    expect(ctfw(['check', '--deny-warnings', warns]).status).toBe(1);
  });
  test('speaks JSON with its version', () => {
    const { stderr } = ctfw(['check', '--format', 'json', file('json.ctfw', 'container a { attach nowhere }\n')]);
    const report = JSON.parse(stderr) as {
      formatVersion: string;
      diagnostics: { code: string; severity: string; range: unknown }[];
    };
    expect(report.formatVersion).toBe('1.0');
    expect(report.diagnostics[0]).toMatchObject({ severity: 'error', code: expect.stringMatching(/^CTFW2/) });
  });
});

describe('usage', () => {
  test('what cannot be read is never clean', () => {
    for (const path of [join(folder, 'missing.ctfw'), folder]) expect(ctfw(['check', path]).status).toBe(2);
    const binary = join(folder, 'binary.ctfw');
    writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    expect(ctfw(['check', binary])).toMatchObject({ status: 2, stderr: expect.stringContaining('not UTF-8') });
  });
  test('a device that never ends is read up to a bound', () => {
    expect(ctfw(['check', '/dev/zero'])).toMatchObject({ status: 2, stderr: expect.stringContaining('larger than') });
  });
  test('unknown commands, options and targets are usage errors', () => {
    for (const args of [
      ['nonsense'],
      ['compile'],
      ['compile', example, '--nope'],
      ['compile', example, '-t', 'pf'],
      ['check'],
    ])
      expect(ctfw(args).status).toBe(2);
  });
  test('--version and --help are fine', () => {
    expect(ctfw(['--version'])).toMatchObject({
      status: 0,
      stdout: `${(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version}\n`,
    });
    expect(ctfw(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('compile') });
  });
  test('a reader that goes away ends the program quietly', () => {
    const { status, stderr } = spawnSync(
      'sh',
      [
        '-c',
        `"${process.execPath}" "${bundle}" compile "${example}" --lock "${join(root, 'examples/edge.ctfw.lock')}" 2>"${join(folder, 'err')}" | head -c 1 >/dev/null; cat "${join(folder, 'err')}" >&2`,
      ],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    expect(stderr).not.toContain('EPIPE');
    expect(stderr).not.toContain('fault of ctfw');
  });
});

describe('explain, fmt, import', () => {
  test('explain knows every code, in either spelling, and lists all', () => {
    expect(ctfw(['explain', 'ctfw5001']).stdout).toContain('An expectation does not hold');
    expect(ctfw(['explain', '4001']).stdout).toContain('Not compiled');
    expect(ctfw(['explain', 'CTFW9999'])).toMatchObject({ status: 1, stdout: '' });
    expect(ctfw(['explain']).stdout.split('\n').length).toBeGreaterThan(100);
  });
  test('fmt rewrites in place, checks, and passes standard input through', () => {
    const policy = file('loose.ctfw', 'network   n {subnet 10.0.0.0/24}\n');
    expect(ctfw(['fmt', '--check', policy]).status).toBe(1);
    expect(ctfw(['fmt', policy]).status).toBe(0);
    expect(ctfw(['fmt', '--check', policy]).status).toBe(0);
    expect(ctfw(['fmt', '-'], { input: 'network   n {subnet 10.0.0.0/24}\n' }).stdout).toBe(
      readFileSync(policy, 'utf8'),
    );
  });
  test('import compose gives a policy and says what it left out', () => {
    const compose = file('compose.yaml', 'services:\n  web:\n    image: nginx\n    ports: ["8080:80"]\n');
    const { status, stdout, stderr } = ctfw(['import', 'compose', compose]);
    expect(status).toBe(0);
    expect(stdout).toContain('publish 8080:80');
    expect(stderr).toContain('image (1 service)');
    expect(ctfw(['compile', file('imported.ctfw', stdout)]).status).toBe(0);
  });
  test('what import compose gives is laid out as fmt lays it out, even when it is nothing', () => {
    for (const services of ['{}', '{ web: { image: nginx } }']) {
      const { stdout } = ctfw(['import', 'compose', '-'], { input: `services: ${services}\n` });
      expect(ctfw(['fmt', '--check', '-'], { input: stdout }).status).toBe(0);
    }
  });
});
