/** Random scenarios: rules in both syntaxes over a network with two bridges, and sequences of packets. */
import type { HostConfig, RulesetPart, Step } from '../scenario/types.ts';
import type { Random } from './random.ts';

/** A chain or iptables table with its rules as lines, so that a failing case can be shrunk line by line. */
export interface RuleBlock {
  readonly type: 'nft' | 'iptables-nft' | 'ip6tables-nft';
  readonly head: string;
  readonly lines: readonly string[];
  readonly tail: string;
}

export interface FuzzCase {
  readonly sysctls: Readonly<Record<string, string | number>>;
  readonly hairpin: boolean;
  readonly blocks: readonly RuleBlock[];
  readonly steps: readonly Step[];
}

const lan = ['192.168.10.2', '192.168.10.3'];
const targets4 = [
  '192.168.10.1',
  '172.17.0.1',
  '172.17.0.2',
  '172.17.0.3',
  '172.18.0.2',
  '8.8.8.8',
  '192.168.10.2',
  '203.0.113.1',
  '10.9.9.9',
];
const targets6 = ['fd10::1', 'fd17::1', 'fd17::2', 'fd17::3', 'fd18::2', '2001:4860::8888', 'fd10::2'];
const ports = [7, 9, 53, 80, 81, 443, 8080, 8081];

/** The network: the same for all cases, but for sysctls and hairpin mode. */
export function hostsOf({ sysctls, hairpin }: FuzzCase): Record<string, HostConfig> {
  const container = (address: string, gateway: string): HostConfig => ({
    ifaces: { eth0: { addr: [`172.${address}/16`, `fd${address.split('.')[0]}::${address.split('.')[2]}/64`] } },
    routes: [`default via 172.${gateway}`, `default via fd${gateway.split('.')[0]}::1`],
    listen: ['udp/80', 'tcp/80'],
  });
  return {
    router: {
      ifaces: {
        eth0: { peer: 'lan:eth0', addr: ['192.168.10.1/24', 'fd10::1/64'] },
        eth1: { peer: 'wan:eth0', addr: ['203.0.113.1/24', '2001:db8:1::1/64'] },
        br0: { type: 'bridge', addr: ['172.17.0.1/16', 'fd17::1/64'] },
        vc1: { peer: 'c1:eth0', master: 'br0', ...(hairpin && { hairpin: true }) },
        vc2: { peer: 'c2:eth0', master: 'br0' },
        br1: { type: 'bridge', addr: ['172.18.0.1/16', 'fd18::1/64'] },
        vc3: { peer: 'c3:eth0', master: 'br1' },
      },
      routes: ['default via 203.0.113.2', 'default via 2001:db8:1::2'],
      listen: ['udp/9', 'tcp/9'],
      sysctl: sysctls,
    },
    lan: {
      ifaces: { eth0: { addr: ['192.168.10.2/24', '192.168.10.3/24', 'fd10::2/64'] } },
      routes: ['default via 192.168.10.1', 'default via fd10::1'],
      listen: ['udp/7', 'tcp/7'],
    },
    wan: {
      ifaces: {
        eth0: { addr: ['203.0.113.2/24', '2001:db8:1::2/64'] },
        lo: { addr: ['8.8.8.8/32', '2001:4860::8888/128'] },
      },
      routes: ['default via 203.0.113.1', 'default via 2001:db8:1::1'],
      listen: ['udp/53', 'tcp/443'],
    },
    c1: container('17.0.2', '17.0.1'),
    c2: container('17.0.3', '17.0.1'),
    c3: container('18.0.2', '18.0.1'),
  };
}

/** The rules as the harness loads them: one part a block. */
export function rulesOf({ blocks }: FuzzCase): RulesetPart[] {
  return blocks.map(({ type, head, lines, tail }) => ({ type, text: [head, ...lines, tail].join('\n') }));
}

export function generate(random: Random): FuzzCase {
  return {
    sysctls: sysctls(random),
    hairpin: random.once(3),
    blocks: random.once(3) ? iptables(random) : nftables(random),
    steps: steps(random),
  };
}

function sysctls(random: Random): Record<string, string | number> {
  const bridge = random.below(2);
  const settings: Record<string, number> = {
    'net.bridge.bridge-nf-call-iptables': bridge,
    'net.bridge.bridge-nf-call-ip6tables': bridge,
  };
  if (random.once(5)) settings['net.ipv4.conf.all.rp_filter'] = random.below(3);
  if (random.once(8)) settings['net.ipv4.conf.all.route_localnet'] = 1;
  if (random.once(8)) settings['net.ipv4.ip_forward'] = 0;
  return settings;
}

const interfaceNames = ['eth0', 'eth1', 'br0', 'br1', 'lo', 'vc1'];

/** Protocol and family that all matches of a rule agree on: nft refuses rules that can never match. */
interface Subject {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly family: 'ip' | 'ip6';
}

function subject(random: Random): Subject {
  return { protocol: random.pick(['tcp', 'udp', 'tcp', 'udp', 'icmp']), family: random.pick(['ip', 'ip', 'ip6']) };
}

function nftMatch(random: Random, hook: string, about: Subject): string {
  const port = (): number => random.pick(ports);
  const proto = about.protocol;
  const not = random.once(4) ? '!= ' : '';
  const choices: (() => string)[] = [
    () => `iifname ${not}"${random.pick([...interfaceNames, 'eth*', 'br*'])}"`,
    () => `oifname ${not}"${random.pick([...interfaceNames, 'eth*'])}"`,
    () => `ct state ${random.pick(['new', 'established,related', 'invalid', 'untracked', 'new,established'])}`,
    () => `ct status ${random.pick(['dnat', 'snat'])}`,
    () => `ct direction ${random.pick(['original', 'reply'])}`,
    () => `meta mark ${random.pick(['1', '0', '& 0x2 == 0x2'])}`,
    () => `ct mark ${random.pick(['1', '0'])}`,
    () => `fib daddr type ${random.pick(['local', 'unicast', 'broadcast'])}`,
    () =>
      `meta l4proto . th dport vmap { tcp . ${port()} : ${random.pick(['accept', 'drop', 'continue'])}, udp . ${port()} : ${random.pick(['accept', 'drop', 'return'])} }`,
    () => `meta pkttype ${random.pick(['host', 'broadcast'])}`,
    () => `meta l4proto ${about.protocol === 'icmp' && about.family === 'ip6' ? 'ipv6-icmp' : about.protocol}`,
    () => `meta nfproto ${about.family === 'ip' ? 'ipv4' : 'ipv6'}`,
    () => `meta l4proto != ${about.protocol === 'tcp' ? 'udp' : 'tcp'}`,
  ];
  const withPorts: (() => string)[] = [
    () => `${proto} dport ${not}${port()}`,
    () => `${proto} sport ${not}${random.pick([45_000, 45_001, ...ports])}`,
    () => `meta l4proto { tcp, udp } th dport ${port()}`,
    () => `${proto} dport { ${port()}, ${port() + 10}-${port() + 9000} }`,
    () => `ct original proto-dst ${port()}`.replace(/^/, `meta l4proto ${proto} `),
  ];
  if (about.protocol !== 'icmp') choices.push(...withPorts);
  if (about.protocol === 'tcp')
    choices.push(() => `tcp flags ${random.pick(['syn', '& (syn|ack) == syn', '& rst == rst', '== ack'])}`);
  if (about.protocol === 'icmp' && about.family === 'ip')
    choices.push(() => `icmp type ${random.pick(['echo-request', 'echo-reply', 'destination-unreachable'])}`);
  if (about.family === 'ip')
    choices.push(
      () =>
        `ip saddr ${not}${random.pick(['172.17.0.0/16', '192.168.10.0/24', '172.17.0.2', '192.168.10.2-192.168.10.9'])}`,
      () =>
        `ip daddr ${not}${random.pick(['172.17.0.0/16', '172.17.0.2', '192.168.10.1', '{ 172.17.0.3, 172.18.0.0/16 }'])}`,
      () => `ip ttl ${random.pick(['< 64', '64', '63', '> 1'])}`,
    );
  if (about.family === 'ip' && about.protocol !== 'icmp')
    choices.push(
      () =>
        `ip daddr . ${proto} dport { 172.17.0.2 . ${port()}, 192.168.10.1 . ${port()}, 172.17.0.3 . ${port()}-9000 }`,
    );
  if (about.family === 'ip6') choices.push(() => `ip6 daddr ${not}${random.pick(['fd17::/64', 'fd17::2', 'fd10::1'])}`);
  if (hook === 'prerouting' || hook === 'input' || hook === 'forward')
    choices.push(() => 'fib saddr . iif oif missing');
  return random.pick(choices)();
}

function nftRule(random: Random, hook: string, subchains: readonly string[]): string {
  const about = subject(random);
  const matches = random.several(0, 3, () => nftMatch(random, hook, about));
  if (matches.some((match) => match.includes('vmap')))
    return matches.filter((match, index) => !match.includes('vmap') || index === matches.length - 1).join(' ');
  const actions = [
    'accept',
    'drop',
    'accept',
    'return',
    'counter',
    'meta mark set 1',
    'meta mark set meta mark | 0x2',
    'ct mark set 1',
    ...(about.family === 'ip' ? ['ip ttl > 0 limit rate 1/hour burst 2 packets accept'] : []),
  ];
  if (hook === 'forward' || hook === 'input' || hook === 'output')
    actions.push(
      'reject',
      ...(about.protocol === 'tcp' ? ['meta l4proto tcp reject with tcp reset'] : []),
      'reject with icmpx admin-prohibited',
    );
  if (hook === 'prerouting' && random.once(3)) actions.push('notrack');
  for (const name of subchains) actions.push(`jump ${name}`, `goto ${name}`);
  return `${matches.join(' ')} ${random.pick(actions)}`.trim();
}

function natRule(random: Random, hook: string): string {
  const proto = random.pick(['tcp', 'udp'] as const);
  const family = random.pick(['ip', 'ip', 'ip6'] as const);
  const matches = random
    .several(0, 2, () => nftMatch(random, hook, { protocol: proto, family }))
    .filter((match) => !match.includes('vmap'));
  const destination = [
    `${proto} dport ${random.pick(ports)} dnat ip to 172.17.0.${random.pick([2, 3])}:80`,
    `${proto} dport ${random.pick(ports)} dnat ip6 to [fd17::${random.pick([2, 3])}]:80`,
    `${proto} dport ${random.pick(ports)} dnat ip to 172.18.0.2`,
    `${proto} dport ${random.pick(ports)} redirect to :9`,
    `dnat ip to udp dport map { 8080 : 172.17.0.2, 8081 : 172.17.0.3 }`,
    `meta l4proto { tcp, udp } dnat ip to ip daddr . th dport map { 192.168.10.1 . 8080 : 172.17.0.2 . 80, 172.17.0.1 . 8081 : 172.18.0.2 . 80 }`,
    `${proto} dport ${random.pick(ports)} dnat ip to 172.17.0.2-172.17.0.3:80`,
    `${proto} dport 8080-8089 dnat ip to 172.17.0.2:80-84`,
  ];
  const source = [
    'masquerade',
    'snat ip to 172.17.0.1',
    'snat ip to 203.0.113.1',
    `meta l4proto udp snat ip to 172.17.0.1:2000-2009`,
    'snat ip6 to fd17::1',
  ];
  const fits = (text: string): boolean => {
    if (/ip6 to|\[fd/.test(text) ? family === 'ip' : /ip to/.test(text) && family === 'ip6') return false;
    return !(/udp/.test(text) && !/tcp/.test(text) && proto === 'tcp');
  };
  const action = random.pick((hook === 'postrouting' ? source : destination).filter(fits));
  return `${matches.join(' ')} ${random.once(8) ? random.pick(['accept', 'return', 'counter']) : action}`.trim();
}

function nftables(random: Random): RuleBlock[] {
  const blocks: RuleBlock[] = [];
  const priorities: Readonly<Record<string, readonly number[]>> = {
    prerouting: [-300, -200, -150, -100, -99, 0],
    input: [-150, 0, 50],
    forward: [-150, 0, 10],
    output: [-300, -150, -100, 0],
    postrouting: [-150, 0, 99, 101],
  };
  for (let index = 0; index < 1 + random.below(4); index++) {
    const hook = random.pick(['prerouting', 'input', 'forward', 'forward', 'forward', 'output', 'postrouting']);
    const policy = random.once(4) ? 'drop' : 'accept';
    const subchains = random.once(2) ? [`s${index}`] : [];
    const sub = subchains.map((name) =>
      [`chain ${name} {`, ...random.several(1, 3, () => nftRule(random, hook, [])), '}'].join('\n'),
    );
    blocks.push({
      type: 'nft',
      head: [
        `table inet f${index} {`,
        ...sub,
        `chain c {`,
        `type filter hook ${hook} priority ${random.pick(priorities[hook] ?? [0])}; policy ${policy};`,
      ].join('\n'),
      lines: random.several(1, 6, () => nftRule(random, hook, subchains)),
      tail: '}\n}',
    });
  }
  for (let index = 0; index < random.below(4); index++) {
    const hook = random.pick(['prerouting', 'prerouting', 'output', 'postrouting', 'postrouting']);
    const priority = hook === 'postrouting' ? 100 : -100;
    blocks.push({
      type: 'nft',
      head: `table inet n${index} {\nchain c {\ntype nat hook ${hook} priority ${priority + random.below(3) - 1};`,
      lines: random.several(1, 4, () => natRule(random, hook)),
      tail: '}\n}',
    });
  }
  if (random.once(3)) blocks.push(namedCollections(random));
  if (random.once(4)) {
    const hook = random.pick(['prerouting', 'forward', 'input', 'output', 'postrouting']);
    const lines = random.several(1, 3, () => {
      const match = random.pick([
        `udp dport ${random.pick(ports)}`,
        'ip saddr 172.17.0.2',
        'ip daddr 172.17.0.3',
        `tcp dport ${random.pick(ports)}`,
        'iifname "vc1"',
        'oifname "vc2"',
      ]);
      return `ether type ip ${match} ${random.pick(['drop', 'accept', 'counter'])}`;
    });
    blocks.push({
      type: 'nft',
      head: `table bridge b {\nchain c {\ntype filter hook ${hook} priority ${random.pick([-300, -2, 0, 1, 300])};`,
      lines,
      tail: '}\n}',
    });
  }
  return blocks;
}

/** A table with named sets and maps. */
function namedCollections(random: Random): RuleBlock {
  const port = (): number => random.pick(ports);
  const address = (): string => random.pick(['172.17.0.2', '172.17.0.3', '192.168.10.1', '172.18.0.2', '192.168.10.2']);
  const distinct = (make: () => string): string => [...new Set(random.several(1, 4, make))].join(', ');
  const verdicts = new Map(
    random.several(1, 4, () => [
      `${random.pick(['tcp', 'udp'])} . ${address()} . ${port()}`,
      random.pick(['accept', 'drop', 'jump extra']),
    ]),
  );
  const head = [
    'table inet sets {',
    `set ports { type inet_service; flags interval; auto-merge; elements = { ${distinct(() => random.pick([`${port()}`, `${port()}-9100`]))} }`,
    '}',
    `set pairs { type ipv4_addr . inet_service; elements = { ${distinct(() => `${address()} . ${port()}`)} }`,
    '}',
    `set nets { type ipv4_addr; flags interval; auto-merge; elements = { ${distinct(() => random.pick(['172.17.0.0/24', '10.0.0.0/8', '192.168.10.2', '172.16.0.0-172.17.0.2']))} }`,
    '}',
    `map verdicts { type inet_proto . ipv4_addr . inet_service : verdict; elements = { ${[...verdicts].map(([key, verdict]) => `${key} : ${verdict}`).join(', ')} }`,
    '}',
    'chain extra {',
    'udp dport 80 drop',
    'meta mark set 1',
    '}',
    'chain c {',
    `type filter hook ${random.pick(['prerouting', 'forward', 'input', 'postrouting'])} priority ${random.pick([-150, 0, 5])};`,
  ].join('\n');
  const lines = random.several(1, 4, () =>
    random.pick([
      'meta l4proto . ip daddr . th dport vmap @verdicts',
      `meta l4proto { tcp, udp } th dport @ports ${random.pick(['drop', 'accept'])}`,
      `ip saddr ${random.pick(['', '!= '])}@nets ${random.pick(['drop', 'accept', 'counter'])}`,
      `ip daddr . udp dport @pairs ${random.pick(['drop', 'accept'])}`,
      `ip saddr . tcp sport @pairs drop`,
      'iifname . oifname { "eth0" . "br0", "br0" . "eth1" } accept',
      'iifname vmap { "eth0" : jump extra, "br*" : continue }',
      'ct state vmap { established : accept, related : accept, invalid : drop }',
    ]),
  );
  return { type: 'nft', head, lines, tail: '}\n}' };
}

function iptablesMatch(random: Random, chain: string): string {
  const proto = random.pick(['tcp', 'udp']);
  const port = random.pick(ports);
  const not = random.once(4) ? '! ' : '';
  const choices = [
    `-p ${proto} --dport ${port}`,
    `-p ${proto} -m multiport --dports ${port},${random.pick(ports)},9000:9010`,
    `-p udp ${not}--dport ${port}`,
    `-p ${proto} --sport 45000`,
    `${not}-s 172.17.0.0/16`,
    `${not}-d 172.17.0.2`,
    `-p tcp --syn`,
    `-p tcp --tcp-flags SYN,RST,ACK ${random.pick(['SYN', 'ACK', 'RST'])}`,
    `-m conntrack --ctstate ${random.pick(['NEW', 'ESTABLISHED,RELATED', 'INVALID', 'DNAT', 'UNTRACKED'])}`,
    `-m conntrack --ctdir ORIGINAL`,
    `-m addrtype --dst-type ${random.pick(['LOCAL', 'UNICAST'])}`,
    `-p icmp --icmp-type ${random.pick(['echo-request', 'any', '3'])}`,
    `-m mark --mark ${random.pick(['1', '0x2/0x2'])}`,
    `-m iprange --src-range 192.168.10.2-192.168.10.3`,
    `-m ttl --ttl-${random.pick(['eq 64', 'lt 64', 'gt 62'])}`,
    `-m physdev --physdev-in vc1`,
    `-m limit --limit 1/hour --limit-burst 2`,
    `-m length --length 0:60`,
    `-p udp -m conntrack --ctorigdst 192.168.10.1 --ctorigdstport 8080`,
  ];
  if (chain !== 'OUTPUT' && chain !== 'POSTROUTING') choices.push(`${not}-i ${random.pick(interfaceNames)}`, '-i eth+');
  if (chain !== 'INPUT' && chain !== 'PREROUTING') choices.push(`${not}-o ${random.pick(interfaceNames)}`);
  return random.pick(choices);
}

/** At most one `-p`, and no two matches that contradict iptables' syntax. */
function iptablesMatches(random: Random, chain: string): string {
  const chosen: string[] = [];
  for (const match of random.several(0, 2, () => iptablesMatch(random, chain))) {
    const flag = /^(?:! )?(-\w)/.exec(match)?.[1] ?? '';
    const module = /-m (\w+)/.exec(match)?.[1];
    if (chosen.some((other) => other.includes(`${flag} `) && flag !== '-m')) continue;
    if (module !== undefined && chosen.some((other) => other.includes(`-m ${module}`))) continue;
    chosen.push(match);
  }
  return chosen.join(' ');
}

function iptables(random: Random): RuleBlock[] {
  const filterChain = (): string => random.pick(['FORWARD', 'FORWARD', 'INPUT', 'OUTPUT']);
  const filterRule = (chain: string): string => {
    const target = random.pick([
      'ACCEPT',
      'DROP',
      'REJECT',
      'REJECT --reject-with icmp-host-prohibited',
      'SUB',
      'RETURN',
      'ACCEPT',
    ]);
    return `-A ${chain} ${iptablesMatches(random, chain)} ${chain === 'SUB' && target === 'SUB' ? '-j RETURN' : `-j ${target}`}`;
  };
  const natRules = (): string => {
    const chain = random.pick(['PREROUTING', 'PREROUTING', 'OUTPUT', 'POSTROUTING', 'POSTROUTING']);
    if (chain === 'POSTROUTING') {
      return `-A ${chain} ${iptablesMatches(random, chain)} -j ${random.pick(['MASQUERADE', 'SNAT --to-source 172.17.0.1', 'RETURN', 'ACCEPT'])}`;
    }
    const proto = random.pick(['tcp', 'udp']);
    const extra = random.once(2) ? '-m addrtype --dst-type LOCAL ' : '';
    const target = random.pick([
      'DNAT --to-destination 172.17.0.2:80',
      'DNAT --to-destination 172.17.0.3',
      'REDIRECT --to-ports 9',
      'DNAT --to-destination 172.17.0.2-172.17.0.3:80',
      'RETURN',
    ]);
    return `-A ${chain} -p ${proto} --dport ${random.pick(ports)} ${extra}-j ${target}`;
  };
  const mangleRule = (): string => {
    const chain = random.pick(['PREROUTING', 'FORWARD', 'OUTPUT', 'POSTROUTING', 'INPUT']);
    return `-A ${chain} ${iptablesMatches(random, chain)} -j ${random.pick(['MARK --set-mark 1', 'MARK --or-mark 0x2', 'DROP', 'ACCEPT'])}`;
  };
  const policy = (): string => (random.once(4) ? 'DROP' : 'ACCEPT');
  const blocks: RuleBlock[] = [
    {
      type: 'iptables-nft',
      head: `*filter\n:INPUT ${policy()} [0:0]\n:FORWARD ${policy()} [0:0]\n:OUTPUT ACCEPT [0:0]\n:SUB - [0:0]`,
      lines: [
        ...random.several(1, 7, () => filterRule(filterChain())),
        ...random.several(0, 3, () => filterRule('SUB')),
      ],
      tail: 'COMMIT',
    },
  ];
  if (random.below(3) > 0) {
    blocks.push({
      type: 'iptables-nft',
      head: '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]',
      lines: random.several(1, 5, natRules),
      tail: 'COMMIT',
    });
  }
  if (random.once(3)) {
    const head =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]';
    blocks.push({ type: 'iptables-nft', head, lines: random.several(1, 3, mangleRule), tail: 'COMMIT' });
  }
  if (random.once(3)) blocks.push(ip6tables(random));
  return blocks;
}

function ip6tables(random: Random): RuleBlock {
  const rule = (): string => {
    const chain = random.pick(['FORWARD', 'FORWARD', 'INPUT', 'OUTPUT']);
    const proto = random.pick(['tcp', 'udp']);
    const match = random.pick([
      `-p ${proto} --dport ${random.pick(ports)}`,
      `-p ${proto} -m conntrack --ctstate ESTABLISHED`,
      '-s fd17::/64 -p udp',
      '-p tcp --syn',
      '-p ipv6-icmp --icmpv6-type echo-request',
    ]);
    return `-A ${chain} ${match} -j ${random.pick(['ACCEPT', 'DROP', 'REJECT'])}`;
  };
  const head = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]';
  return { type: 'ip6tables-nft', head, lines: random.several(1, 4, rule), tail: 'COMMIT' };
}

function steps(random: Random): Step[] {
  const result: Step[] = random.several(6, 14, () => probe(random));
  if (random.once(6)) result.splice(random.below(result.length), 0, { op: 'ctflush' });
  if (random.once(3)) result.push({ op: 'ct' });
  return result;
}

/** An ICMP error about a flow that may exist: either way round. */
function errorProbe(random: Random, base: Record<string, unknown>): Step {
  const ends = [
    {
      src: base.dst,
      sport: random.pick([80, 8080, 53]),
      dst: random.pick(['192.168.10.2', '172.17.0.2']),
      dport: 45_000,
    },
    {
      src: base.dst,
      sport: 45_000,
      dst: random.pick(['172.17.0.2', '192.168.10.1', '8.8.8.8']),
      dport: random.pick([80, 8080, 53]),
    },
  ];
  const { id: _, ...rest } = base;
  return {
    ...rest,
    type: random.pick([3, 11]),
    code: random.pick([0, 1]),
    inner: { proto: random.pick(['udp', 'tcp']), ...random.pick(ends) },
  } as Step;
}

function probe(random: Random): Step {
  const from = random.pick(['lan', 'lan', 'c1', 'c2', 'c3', 'wan', 'router']);
  const isIpv6 = random.once(4);
  const dst = random.pick(isIpv6 ? targets6 : targets4);
  const proto = random.pick(['udp', 'udp', 'tcp', 'tcp', 'icmp']);
  const base: Record<string, unknown> = { from, proto, dst, max_ms: 60, show: ['ttl'] };
  if (proto === 'icmp') {
    base.id = 1 + random.below(3);
    if (random.once(5)) base.ttl = 1;
    if (random.once(3) && !isIpv6 && from !== 'router') return errorProbe(random, base);
    if (random.once(6) && !isIpv6) base.type = random.pick([0, 13, 9]);
    return base;
  }
  base.dport = random.pick(ports);
  if (from === 'router') return base;
  if (proto === 'tcp' && random.once(5)) return { ...base, mode: 'socket' };
  if (random.once(2)) base.sport = random.pick([45_000, 45_001, 700]);
  if (proto === 'tcp' && random.once(4)) {
    base.flags = random.pick(['A', 'R', 'SA', 'FA', 'F', 'PA']);
    base.ack = 5;
  }
  if (random.once(8)) base.ttl = random.pick([1, 2]);
  if (proto === 'udp' && random.once(8)) {
    base.len = 200;
    base.frags = random.pick([
      [
        [0, 104],
        [104, null],
      ],
      [
        [104, null],
        [0, 104],
      ],
      [[0, 104]],
    ]);
  }
  if (random.once(12)) base.badsum = 1;
  if (random.once(6)) base.path = true;
  if (random.once(6)) base.wire = random.pick(['c1', 'wan', 'lan']);
  if (from === 'lan' && !isIpv6 && random.once(5)) base.src = random.pick([...lan, '5.5.5.5', '172.17.0.9']);
  if (from === 'c1' && !isIpv6 && random.once(6)) base.src = random.pick(['172.17.0.9', '6.6.6.6']);
  return base;
}
