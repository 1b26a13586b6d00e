/** Random rules in nft's syntax. */
import { places, type RuleBlock } from './case.ts';
import { compatible, nftMatch, subject } from './nft-matches.ts';
import type { Random } from './random.ts';

const { ports } = places;

function nftRule(random: Random, hook: string, subchains: readonly string[]): string {
  const about = subject(random);
  const matches = compatible(random.several(0, 3, () => nftMatch(random, hook, about)));
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
    ...(about.family === 'ip'
      ? [
          'ip ttl > 0 limit rate 1/hour burst 2 packets accept',
          'ip ttl > 0 limit rate over 1/hour burst 3 packets drop',
        ]
      : []),
    'ct mark set meta mark',
    'meta mark set ct mark',
    'log prefix "x" accept',
    ...(about.protocol === 'icmp' || about.family === 'ip6' ? [] : ['ip dscp set cs1']),
  ];
  if (hook === 'forward' || hook === 'input' || hook === 'output')
    actions.push(
      'reject',
      ...(about.protocol === 'tcp' ? ['meta l4proto tcp reject with tcp reset'] : []),
      'reject with icmpx admin-prohibited',
      'reject with icmpx host-unreachable',
      ...(about.family === 'ip' ? ['reject with icmp host-prohibited', 'reject with icmp net-unreachable'] : []),
      ...(about.family === 'ip6' ? ['reject with icmpv6 addr-unreachable', 'reject with icmpv6 policy-fail'] : []),
    );
  if (hook === 'prerouting' && random.once(5)) actions.push('reject');
  if (hook === 'prerouting' && random.once(3)) actions.push('notrack');
  for (const name of subchains) actions.push(`jump ${name}`, `goto ${name}`);
  return `${matches.join(' ')} ${random.pick(actions)}`.trim();
}

function natRule(random: Random, hook: string): string {
  const proto = random.pick(['tcp', 'udp'] as const);
  const family = random.pick(['ip', 'ip', 'ip6'] as const);
  const matches = random
    .several(0, 2, () => nftMatch(random, hook, { protocol: proto, family }))
    .filter((match) => !match.includes('vmap') && !match.startsWith('meta l4proto { tcp, udp }'));
  const destination = [
    `${proto} dport ${random.pick(ports)} dnat ip to 172.17.0.${random.pick([2, 3])}:80`,
    `${proto} dport ${random.pick(ports)} dnat ip6 to [fd17::${random.pick([2, 3])}]:80`,
    `${proto} dport ${random.pick(ports)} dnat ip to 172.18.0.2`,
    `${proto} dport ${random.pick(ports)} redirect to :9`,
    `dnat ip to udp dport map { 8080 : 172.17.0.2, 8081 : 172.17.0.3 }`,
    `meta l4proto { tcp, udp } dnat ip to ip daddr . th dport map { 192.168.10.1 . 8080 : 172.17.0.2 . 80, 172.17.0.1 . 8081 : 172.18.0.2 . 80 }`,
    `${proto} dport ${random.pick(ports)} dnat ip to 172.17.0.2-172.17.0.3:80`,
    `${proto} dport 8080-8089 dnat ip to 172.17.0.2:80-84`,
    `${proto} dport ${random.pick(ports)} dnat ip to 172.17.0.2-172.17.0.9 persistent`,
    `${proto} dport ${random.pick(ports)} dnat ip to 203.0.113.1:9`,
    `${proto} dport ${random.pick(ports)} dnat ip to 127.0.0.1:9`,
    `${proto} dport ${random.pick(ports)} dnat ip to 10.9.9.9`,
    `${proto} dport ${random.pick(ports)} dnat ip to numgen inc mod 2 map { 0 : 172.17.0.2, 1 : 172.17.0.3 }`,
    `${proto} dport ${random.pick(ports)} dnat ip to jhash ip saddr mod 2 seed 0x1234 map { 0 : 172.17.0.2, 1 : 172.18.0.2 }`,
    `${proto} dport ${random.pick(ports)} redirect`,
  ];
  const source = [
    'masquerade',
    'snat ip to 172.17.0.1',
    'snat ip to 203.0.113.1',
    `meta l4proto udp snat ip to 172.17.0.1:2000-2009`,
    'snat ip6 to fd17::1',
    'snat ip to 203.0.113.20-203.0.113.23',
    'snat ip to 203.0.113.20-203.0.113.27 persistent',
    'meta l4proto { tcp, udp } masquerade to :2000-2009',
    'snat ip to 192.168.10.1',
  ];
  const fits = (text: string): boolean => {
    if (/ip6 to|\[fd/.test(text) ? family === 'ip' : /ip to/.test(text) && family === 'ip6') return false;
    return !(/udp/.test(text) && !/tcp/.test(text) && proto === 'tcp');
  };
  const action = random.pick((hook === 'postrouting' ? source : destination).filter(fits));
  return `${matches.join(' ')} ${random.once(8) ? random.pick(['accept', 'return', 'counter']) : action}`.trim();
}

/** Several tables: filter chains, nat chains, named sets and maps, bridge and netdev chains. */
export function nftBlocks(random: Random): RuleBlock[] {
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
      host: 'router',
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
      host: 'router',
      head: `table inet n${index} {\nchain c {\ntype nat hook ${hook} priority ${priority + random.below(3) - 1};`,
      lines: random.several(1, 4, () => natRule(random, hook)),
      tail: '}\n}',
    });
  }
  if (random.once(3)) blocks.push(namedCollections(random));
  if (random.once(8)) blocks.push(ingress(random));
  if (random.once(8)) blocks.push(counted(random));
  if (random.once(10)) blocks.push(routeChain(random));
  if (random.once(25)) blocks.push(arp(random));
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
      host: 'router',
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
  return { type: 'nft', host: 'router', head, lines, tail: '}\n}' };
}

function ingress(random: Random): RuleBlock {
  const lines = random.several(1, 3, () =>
    random.pick([
      `udp dport ${random.pick(ports)} drop`,
      `tcp dport ${random.pick(ports)} ip saddr 192.168.10.2 drop`,
      'ip ttl 1 drop',
      'meta mark set 1',
      'ip6 nexthdr tcp counter',
      'icmp type echo-request accept',
    ]),
  );
  const device = random.pick(['eth0', 'eth1', 'vc1', 'br0']);
  const head = `table netdev d {\nchain c {\ntype filter hook ingress device "${device}" priority ${random.pick([-500, 0])};`;
  return { type: 'nft', host: 'router', head, lines, tail: '}\n}' };
}

/** Named counters, which are compared too. */
function counted(random: Random): RuleBlock {
  const hook = random.pick(['prerouting', 'forward', 'input', 'output', 'postrouting']);
  const priority = random.pick([-300, -150, 0, 101]);
  const lines = ['k0', 'k1', 'k2'].map(
    (name) => `${nftMatch(random, hook, { protocol: random.pick(['tcp', 'udp']), family: 'ip' })} counter name ${name}`,
  );
  const head = `table ip k {\ncounter k0 {}\ncounter k1 {}\ncounter k2 {}\nchain c {\ntype filter hook ${hook} priority ${priority};`;
  return { type: 'nft', host: 'router', head, lines: lines.filter((line) => !line.includes('vmap')), tail: '}\n}' };
}

/** A chain that finds the way again after a mark. */
function routeChain(random: Random): RuleBlock {
  const lines = [`udp dport ${random.pick(ports)} meta mark set 1`, 'tcp dport 80 meta mark set 1'];
  const head = 'table ip r {\nchain c {\ntype route hook output priority -150;';
  return { type: 'nft', host: 'router', head, lines, tail: '}\n}' };
}

function arp(random: Random): RuleBlock {
  const lines = [
    `arp operation ${random.pick(['request', 'reply'])} ${random.pick(['', 'iifname "br0" ', 'arp saddr ip 192.168.10.2 '])}drop`,
  ];
  const head = 'table arp a {\nchain c {\ntype filter hook input priority 0;';
  return { type: 'nft', host: 'router', head, lines, tail: '}\n}' };
}
