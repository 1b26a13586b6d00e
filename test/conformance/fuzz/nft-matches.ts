/** Random matches in nft's syntax. */
import { places } from './case.ts';
import type { Random } from './random.ts';

const { ports, interfaces: interfaceNames } = places;

/** Protocol and family that all matches of a rule agree on: nft refuses rules that can never match. */
export interface Subject {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly family: 'ip' | 'ip6';
}

/** What a rule is about. */
export function subject(random: Random): Subject {
  return { protocol: random.pick(['tcp', 'udp', 'tcp', 'udp', 'icmp']), family: random.pick(['ip', 'ip', 'ip6']) };
}

/** One match that fits the hook and what the rule is about. */
export function nftMatch(random: Random, hook: string, about: Subject): string {
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
    () => `meta length ${random.pick(['< 60', '> 60', '38'])}`,
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
      () => `ip dscp ${random.pick(['cs0', 'cs1'])}`,
      () => `ct original ip saddr ${random.pick(['192.168.10.2', '172.17.0.0/16'])}`,
      () => `ct reply ip saddr ${random.pick(['172.17.0.2', '172.17.0.0/16'])}`,
      () => `ip ttl ${random.pick(['< 64', '64', '63', '> 1'])}`,
    );
  if (about.family === 'ip' && about.protocol !== 'icmp')
    choices.push(
      () =>
        `ip daddr . ${proto} dport { 172.17.0.2 . ${port()}, 192.168.10.1 . ${port()}, 172.17.0.3 . ${port()}-9000 }`,
    );
  if (about.family === 'ip6' && about.protocol === 'icmp')
    choices.push(() => `icmpv6 type ${random.pick(['echo-request', 'echo-reply', 'destination-unreachable'])}`);
  if (about.family === 'ip6') choices.push(() => `ip6 hoplimit ${random.pick(['64', '63', '< 64'])}`);
  if (about.family === 'ip6') choices.push(() => `ip6 daddr ${not}${random.pick(['fd17::/64', 'fd17::2', 'fd10::1'])}`);
  if (hook === 'prerouting' || hook === 'input' || hook === 'forward')
    choices.push(
      () => 'fib saddr . iif oif missing',
      () => 'fib daddr . iif type local',
      () => 'fib saddr oifname "eth1"',
    );
  return random.pick(choices)();
}

/** Leaves out what nft refuses beside the others: ports of any protocol where a protocol is fixed already. */
export function compatible(matches: readonly string[]): string[] {
  const fixed = matches.some((match) => /^(?:tcp|udp|ip daddr \. (?:tcp|udp)|meta l4proto (?:tcp|udp|!=))/.test(match));
  const kept = fixed ? matches.filter((match) => !match.startsWith('meta l4proto { tcp, udp }')) : matches;
  const isOrder = (match: string): boolean => /[<>]/.test(match);
  return kept.filter((match, index) => !isOrder(match) || kept.findIndex(isOrder) === index); // nft lists two of them as a range
}
