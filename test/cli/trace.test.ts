/** `ctfw trace` as users meet it: the path, the deciding rule and line, and the likeliest mistakes. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hostViewOf } from '../../src/host-view/from-model.ts';
import { formatHostView } from '../../src/host-view/json.ts';
import { compiledPolicy } from '../support/compiled.ts';
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
container web {
  attach front 172.17.0.2
  publish 8080:80
}
container db { attach front 172.17.0.3; expose 5432/tcp }
link web -> db
deny front -> internet 25/tcp  reject
expect internet -> db 5432/tcp  blocked
`;

let program: Program;

beforeAll(() => {
  program = programInFolder();
  program.write('edge.ctfw', policy);
  const { model, host } = compiledPolicy(policy);
  program.write('view.json', formatHostView(hostViewOf(model, host)));
});
afterAll(() => program.remove());

const trace = (...words: readonly string[]) => program.run('trace', ...words);

describe('one packet', () => {
  test('a published port: translated, accepted, and the line that did it', async () => {
    const { status, stdout, stderr } = await trace('edge.ctfw', 'internet', 'edge', 'tcp/8080');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(`internet (198.51.100.1 on wan0) -> edge (203.0.113.10) tcp/8080

  wan0        198.51.100.1:40000 > 203.0.113.10:8080
  prerouting  a new connection
              dnat
                ${ruleLine(stdout, 'inet ctfw publish')}
              destination changes to 172.17.0.2:80
  forward     from wan0 to br-front
              accept                                                    edge.ctfw:10
                ${ruleLine(stdout, 'inet ctfw network')}
  web         198.51.100.1:40000 > 172.17.0.2:80

allowed: delivered to container web as 172.17.0.2 port 80 from 198.51.100.1
  --> edge.ctfw:10:3
   |
10 |   publish 8080:80
   |   ^^^^^^^^^^^^^^^ by this line

the policy says: allowed (line 10, published)
`);
  });

  test.each([
    [['web', 'internet', '25/tcp'], 'rejected: a rule rejects it', 'line 14, denied'],
    [['web', 'db', '5432/tcp'], 'allowed: delivered to container db', 'line 13, allowed'],
    [['web', 'db', 'tcp/80'], 'blocked: a rule drops it', 'icc off'],
    [['web', 'internet', 'udp/53'], 'from 203.0.113.10', 'container to outside'],
    [['internet:198.51.100.77', 'edge', 'tcp/22'], 'blocked: a rule drops it', 'protect host'],
    [['172.17.0.3', '8.8.8.8', 'icmp'], 'allowed: delivered to the outside (wan0)', 'container to outside'],
    [['edge', 'web', 'tcp/80'], 'allowed: delivered to container web', 'host to anything'],
    [['172.17.0.9 on wan0', 'web', 'tcp/80'], 'blocked: a rule drops it', 'a forged source'],
    [['internet', 'web'], 'blocked: a rule drops it', 'outside to container'],
  ])('%j', async (words, verdict, because) => {
    for (const target of ['nft', 'iptables']) {
      const { status, stdout } = await trace('edge.ctfw', ...words, '-t', target);
      expect(stdout).toContain(verdict);
      expect(stdout.split('the policy says: ')[1]).toContain(because);
      expect(status).toBe(0);
    }
  });

  test('-v names every rule that was met, and what of it did not hold', async () => {
    const { stdout } = await trace('edge.ctfw', 'internet', 'edge', 'tcp/8080', '-v');
    expect(stdout).toMatch(/no match {2}inet ctfw source-check rule 1: iifname "lo"/);
    expect(stdout.split('\n').length).toBeGreaterThan(40);
  });

  test('the reply and a later packet of the connection', async () => {
    const { stdout } = await trace('edge.ctfw', 'internet', 'edge', 'tcp/8080', '--reply', '--state', 'established');
    const [, reply = '', later = ''] = stdout.split(/^the reply$|^a later packet of the connection$/m);
    expect(reply).toContain('allowed: delivered to the outside (wan0) as 198.51.100.1 port 40000 from 203.0.113.10');
    expect(later).toContain('a known connection');
    expect(later).toContain('allowed: delivered to container web as 172.17.0.2 port 80');
  });

  test('JSON is as published', async () => {
    const { stdout } = await trace('edge.ctfw', 'web', 'internet', '25/tcp', '--json');
    const document = JSON.parse(stdout);
    expect(schemaErrors('trace', document)).toEqual([]);
    expect(document).toMatchObject({
      formatVersion: '1.0',
      flow: { arrivesBy: 'br-front', source: '172.17.0.2', destinationPort: 25 },
      ways: [{ verdict: 'rejected', answer: { protocol: 'tcp' } }],
      policy: { verdict: 'rejected', line: 14, agrees: true },
    });
    const reply = await trace(
      'edge.ctfw',
      'internet',
      'edge',
      'tcp/8080',
      '--json',
      '--reply',
      '--state',
      'established',
    );
    expect(schemaErrors('trace', JSON.parse(reply.stdout))).toEqual([]);
    expect(schemaErrors('trace', { ...document, ways: [] })).not.toEqual([]);
  });

  test('a policy whose expectations fail can be traced: that is when one asks', async () => {
    program.write('failing.ctfw', `${policy}expect internet -> edge 8080/tcp blocked\n`);
    expect(await trace('failing.ctfw', 'internet', 'edge', 'tcp/8080')).toMatchObject({ status: 0 });
  });
});

describe('rules found on a host', () => {
  const docker = `# Generated by iptables-save v1.8.9 (nf_tables)
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A POSTROUTING -s 172.17.0.0/16 ! -o br-front -j MASQUERADE
COMMIT
*filter
:FORWARD DROP [0:0]
:USER - [0:0]
-A FORWARD -j USER
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j ACCEPT
-A USER -p tcp -m recent --update --seconds 60 --name x -j DROP
COMMIT
`;

  beforeAll(() => {
    program.write('rules.v4', docker);
    program.write('plain.v4', docker.replace(/^.*recent.*\n/m, ''));
    program.write('legacy.v4', '# Generated by iptables-save v1.8.9 on today\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n');
  });

  test('without a policy, by addresses', async () => {
    const words = ['198.51.100.7', '203.0.113.10', 'tcp/8080', '--host-view', 'view.json', '--rules'];
    const { status, stdout } = await trace(...words, 'plain.v4');
    expect(stdout).toContain(
      'iptables-nft ip nat PREROUTING rule 1: -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
    );
    expect(stdout).toContain('allowed: delivered to bridge port');
    expect(stdout).not.toContain('the policy says');
    expect(status).toBe(0);
    expect(
      (
        await trace(
          '198.51.100.7',
          '203.0.113.10',
          'tcp/22',
          '--host-view',
          'view.json',
          '--rules',
          'plain.v4',
          'legacy.v4',
        )
      ).stdout,
    ).toContain('blocked: a rule drops it (iptables-legacy ip filter INPUT policy)');
  });

  test('what is not modelled gives every way, and its text', async () => {
    const { status, stdout } = await trace(
      '198.51.100.7',
      '203.0.113.10',
      'tcp/8080',
      '--host-view',
      'view.json',
      '--rules',
      'rules.v4',
    );
    expect(stdout).toContain('way 1 of 2');
    expect(stdout).toMatch(/it cannot be told: .*depending on\n {2}-m recent --update --seconds 60 --name x/);
    expect(status).toBe(0);
  });

  test('which of two chains of a priority comes first, no listing says: what depends on it is unknown', async () => {
    const forward = (rule: string) => `*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${rule}\nCOMMIT\n`;
    const engine = (name: string) => `# Generated by iptables-save v1.8.9 ${name}\n`;
    program.write('drops.v4', engine('(nf_tables)') + forward('-m mark --mark 1 -j DROP'));
    program.write('marks.v4', engine('on today') + forward('-p tcp -m tcp --dport 81 -j MARK --set-mark 1'));
    const found = ['--host-view', 'view.json', '--rules', 'drops.v4', 'marks.v4'];
    const open = await trace('172.17.0.2', '203.0.113.1', 'tcp/81', ...found);
    expect(open.stdout).toMatch(
      /^unknown: .*\(the order of chains with the same priority is not known, and it decides\)$/m,
    );
    const clear = await trace('172.17.0.2', '203.0.113.1', 'tcp/82', ...found);
    expect(clear.stdout).toContain('allowed:');
  });

  test('rules that do something else than the policy: told, and exit 1', async () => {
    const { status, stdout } = await trace('edge.ctfw', 'web', 'internet', '25/tcp', '--rules', 'plain.v4');
    expect(stdout).toContain('policy and rules differ\n  meant: rejected (denied)');
    expect(status).toBe(1);
    expect(
      JSON.parse((await trace('edge.ctfw', 'web', 'internet', '25/tcp', '--json', '--rules', 'plain.v4')).stdout)
        .policy,
    ).toMatchObject({ agrees: false });
  });
});

describe('the likeliest mistakes', () => {
  beforeAll(() => {
    program.write('rules.nft', 'table inet filter {\n\tchain input {\n\t}\n}\n');
    program.write('cut.json', '{"nftables": [');
    program.write('listing.txt', 'Chain INPUT (policy ACCEPT)\ntarget prot opt source destination\n');
    program.write('other-view.json', '{"formatVersion": "2.0", "kind": "host-view"}');
    const { view } = compiledPolicy(policy);
    const interfaces = view.interfaces.filter(({ name }) => name === 'lo');
    program.write(
      'empty-view.json',
      formatHostView({ ...view, name: 'other', source: 'gathered', interfaces, routes: [] }),
    );
    program.write('broken.ctfw', 'container web { attach nowhere }\n');
  });

  test.each<[words: string[], status: number, message: RegExp]>([
    [['edge.ctfw', 'wbe', 'db', 'tcp/80'], 1, /nothing called "wbe"; did you mean web\?/],
    [['edge.ctfw', 'front', 'nothing', 'tcp/80'], 1, /nothing called "nothing"/],
    [['edge.ctfw', 'web', 'db', '80'], 2, /"80" is no service: .*did you mean tcp\/80\?/],
    [['edge.ctfw', 'web', 'db', 'tpc/80'], 2, /did you mean tcp\?/],
    [['edge.ctfw', 'web', 'db', 'tcp'], 2, /says no port: write it as tcp\/443/],
    [['edge.ctfw', 'web', 'db', 'tcp/80-90'], 2, /names a range/],
    [['edge.ctfw', 'web', 'db', 'tcp/70000'], 2, /"70000" is no port/],
    [['edge.ctfw', 'web', 'db', 'gre/80'], 2, /gre has no ports/],
    [['edge.ctfw', 'web', 'db', 'icmp/300'], 2, /no ICMP type/],
    [['edge.ctfw', 'web', 'db:5432'], 2, /a port stands alone/],
    [['edge.ctfw', 'web', '10.0.0.0/8', 'tcp/80'], 2, /is a whole prefix/],
    [['edge.ctfw', 'web', '10.0.0.256', 'tcp/80'], 2, /"10\.0\.0\.256" is no IP address/],
    [['edge.ctfw', '10.0.0.1', '2001:db8::1'], 1, /no packet goes from 10\.0\.0\.1 to 2001:db8::1/],
    [['edge.ctfw', 'web'], 2, /takes a policy, a source and a destination/],
    [['web', 'db', 'tcp/80'], 2, /cannot read web: .*the policy comes first/],
    [['nothere.ctfw', 'web', 'db'], 2, /cannot read nothere\.ctfw: there is no such file/],
    [['broken.ctfw', 'web', 'db'], 1, /nowhere/],
    [['edge.ctfw', 'web', 'db', '--rules', 'rules.nft'], 1, /nft's own text, .*`nft -j list ruleset`/],
    [['edge.ctfw', 'web', 'db', '--rules', 'listing.txt'], 1, /`iptables -L` prints, .*`iptables-save`/],
    [['edge.ctfw', 'web', 'db', '--rules', 'edge.ctfw'], 1, /holds no rules/],
    [['edge.ctfw', 'web', 'db', '--rules', 'cut.json'], 1, /CTFW8001/],
    [['edge.ctfw', 'web', 'db', '--rules', 'absent.json'], 2, /cannot read absent\.json/],
    [['--rules', 'rules.nft', 'edge.ctfw', 'web', 'db'], 2, /--rules takes every word behind it/],
    [['edge.ctfw', 'web', 'db', '--host-view', 'edge.ctfw'], 1, /is no host view .*\n.*not JSON/],
    [['edge.ctfw', 'web', 'db', '--host-view', 'other-view.json'], 1, /format version 2\.0/],
    [['edge.ctfw', 'web', 'db', '--host-view', 'empty-view.json'], 1, /is it the view of another host\?/],
    [['web', 'db', '--host-view', 'view.json', '--rules', 'rules.nft'], 1, /nft's own text/],
    [['10.0.0.1', '10.0.0.2', '--host-view', 'view.json'], 2, /--rules has to say/],
    [['edge.ctfw', 'web', 'db', '--from-interface', 'eth9'], 1, /no interface "eth9"/],
    [['edge.ctfw', 'web', 'db', '-t', 'pf'], 2, /unknown target "pf"/],
    [['edge.ctfw', 'web', 'db', '--state', 'old'], 2, /Allowed choices are new, established/],
    [['edge.ctfw', 'web', 'db', '--host', 'core'], 1, /no host "core"/],
  ])('%j', async (words, status, message) => {
    const ran = await trace(...words);
    expect(ran.stderr).toMatch(message);
    expect(ran).toMatchObject({ status, stdout: '' });
  });
});

/** The line about one rule: its text belongs to the rules' own tests. */
function ruleLine(text: string, chain: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim().startsWith(chain))
      ?.trim() ?? `no rule of ${chain}`
  );
}
