/** Random rules in iptables' syntax. */
import { places, type RuleBlock } from './case.ts';
import type { Random } from './random.ts';

const { ports, interfaces: interfaceNames } = places;

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
    `-m physdev --physdev-is-bridged`,
    `-m pkttype --pkt-type unicast`,
    `-m conntrack --ctorigsrc 192.168.10.0/24`,
    `-m connmark --mark 1`,
    `-p icmp --icmp-type 3/1`,
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

/** The tables of iptables, and sometimes of ip6tables. */
export function iptablesBlocks(random: Random, kind: 'nft' | 'legacy'): RuleBlock[] {
  const filterChain = (): string => random.pick(['FORWARD', 'FORWARD', 'INPUT', 'OUTPUT']);
  const filterRule = (chain: string): string => {
    const target = random.pick([
      'ACCEPT',
      'DROP',
      'REJECT',
      'REJECT --reject-with icmp-host-prohibited',
      'REJECT --reject-with icmp-admin-prohibited',
      'LOG',
      'SUB',
      'RETURN',
      'ACCEPT',
    ]);
    return `-A ${chain} ${iptablesMatches(random, chain)} ${chain === 'SUB' && target === 'SUB' ? '-j RETURN' : `-j ${target}`}`;
  };
  const natRules = (): string => {
    const chain = random.pick(['PREROUTING', 'PREROUTING', 'OUTPUT', 'POSTROUTING', 'POSTROUTING']);
    if (chain === 'POSTROUTING') {
      return `-A ${chain} ${iptablesMatches(random, chain)} -j ${random.pick(['MASQUERADE', 'SNAT --to-source 172.17.0.1', 'SNAT --to-source 203.0.113.20-203.0.113.23', 'RETURN', 'ACCEPT'])}`;
    }
    const proto = random.pick(['tcp', 'udp']);
    const extra = random.once(2) ? '-m addrtype --dst-type LOCAL ' : '';
    const target = random.pick([
      'DNAT --to-destination 172.17.0.2:80',
      'DNAT --to-destination 172.17.0.3',
      'REDIRECT --to-ports 9',
      'DNAT --to-destination 172.17.0.2-172.17.0.3:80',
      'DNAT --to-destination 172.17.0.2:80-84',
      'DNAT --to-destination 203.0.113.1:9',
      'REDIRECT',
      'RETURN',
    ]);
    return `-A ${chain} -p ${proto} --dport ${random.pick(ports)} ${extra}-j ${target}`;
  };
  const mangleRule = (): string => {
    const chain = random.pick(['PREROUTING', 'FORWARD', 'OUTPUT', 'POSTROUTING', 'INPUT']);
    return `-A ${chain} ${iptablesMatches(random, chain)} -j ${random.pick(['MARK --set-mark 1', 'MARK --or-mark 0x2', 'CONNMARK --save-mark', 'CONNMARK --restore-mark', 'DROP', 'ACCEPT'])}`;
  };
  const policy = (): string => (random.once(4) ? 'DROP' : 'ACCEPT');
  const blocks: RuleBlock[] = [
    {
      type: `iptables-${kind}`,
      host: 'router',
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
      type: `iptables-${kind}`,
      host: 'router',
      head: '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]',
      lines: random.several(1, 5, natRules),
      tail: 'COMMIT',
    });
  }
  if (random.once(3)) {
    const head =
      '*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]';
    blocks.push({
      type: `iptables-${kind}`,
      host: 'router',
      head,
      lines: random.several(1, 3, mangleRule),
      tail: 'COMMIT',
    });
  }
  if (random.once(6)) {
    const target = random.pick(['DROP', 'CT --notrack', 'ACCEPT']);
    const lines = [
      `-A PREROUTING ${random.pick(['-d 172.17.0.2 ! -i br0', '-p udp --dport 80', '-m rpfilter --invert', '-m conntrack --ctstate INVALID -p tcp --dport 443'])} -j ${target}`,
    ];
    blocks.push({
      type: `iptables-${kind}`,
      host: 'router',
      head: '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]',
      lines,
      tail: 'COMMIT',
    });
  }
  if (random.once(3)) blocks.push(ip6tables(random, kind));
  return blocks;
}

function ip6tables(random: Random, kind: 'nft' | 'legacy'): RuleBlock {
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
  return { type: `ip6tables-${kind}`, host: 'router', head, lines: random.several(1, 4, rule), tail: 'COMMIT' };
}
