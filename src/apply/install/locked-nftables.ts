/**
 * The locked state as tables of nftables. It takes the place of ours, since those may be what locks the operator out; what it
 * lets through is accepted by these chains alone, and by nobody else for them [3].
 */
import { emitJson } from '../../backends/nftables/emit-json.ts';
import { ct, masked, meta, payload, withBits } from '../../ruleset/expression.ts';
import type { Chain, Hook, Rule, Ruleset } from '../../ruleset/ruleset.ts';
import { accept, anyOf, drop, equals, hasBits, type Statement } from '../../ruleset/statement.ts';
import { integer, interfaceName } from '../../ruleset/value.ts';
import type { Locked } from '../artifact.ts';
import { dhcpClient, dhcpServer, neighbourTypes } from './locked-essentials.ts';

export function lockedDocument(locked: Locked): string {
  return emitJson(lockedRuleset(locked));
}

function lockedRuleset({ operatorPort, markBit }: Locked): Ruleset {
  const bit = integer(markBit);
  const setMark: Statement = { kind: 'assign', target: meta('mark'), value: withBits(meta('mark'), bit) };
  const clearMark: Statement = {
    kind: 'assign',
    target: meta('mark'),
    value: masked(meta('mark'), integer(~markBit >>> 0)),
  };
  const hasMark = equals(masked(meta('mark'), bit), bit);
  const inet: readonly Chain[] = [
    ...translating,
    filter('input', 0, [
      rule('', goesOn, accept),
      rule('', equals(meta('iifname'), interfaceName('lo')), accept),
      rule('neighbour discovery', ...neighbours, accept),
      rule('DHCP client', ...dhcp(4, dhcpServer.ipv4, dhcpClient.ipv4), accept),
      rule('DHCPv6 client', ...dhcp(6, dhcpServer.ipv6, dhcpClient.ipv6), accept),
      rule('logins', equals(payload('tcp', 'dport'), integer(operatorPort)), accept),
      rule('locked', drop),
    ]),
    filter('forward', 0, [
      rule('bridged packets are known by it in the bridge table', goesOn, setMark, accept),
      rule('locked', drop),
    ]),
    filter('output', 0, [
      rule('', goesOn, accept),
      rule('', equals(meta('oifname'), interfaceName('lo')), accept),
      rule('neighbour discovery', ...neighbours, accept),
      rule('DHCP client', ...dhcp(4, dhcpClient.ipv4, dhcpServer.ipv4), accept),
      rule('DHCPv6 client', ...dhcp(6, dhcpClient.ipv6, dhcpServer.ipv6), accept),
      rule('locked', drop),
    ]),
    filter('postrouting', -150, [rule('it does not reach others', hasMark, clearMark)]),
  ];
  const bridge: readonly Chain[] = [
    filter('prerouting', -300, [rule('nothing comes in with the mark', hasMark, clearMark)]),
    filter('forward', 10, [
      rule('seen and not dropped by the inet table', hasMark, clearMark, accept),
      rule('', equals(meta('protocol'), integer(arp)), accept),
      rule('neighbour discovery', ...neighbours, accept),
      rule('locked', drop),
    ]),
  ];
  const table = (family: 'inet' | 'bridge', chains: readonly Chain[]) =>
    ({ family, name: 'ctfw', engine: 'nftables', chains, sets: [], maps: [] }) as const;
  return { tables: [table('inet', inet), table('bridge', bridge)] };
}

const arp = 0x0806;
const udp = 17;

/** ESTABLISHED and RELATED [33]. */
const goesOn = hasBits(ct('state'), 2 | 4);

/** Conntrack does not track it. */
const neighbours: readonly Statement[] = [anyOf(payload('icmpv6', 'type'), neighbourTypes.map(integer))];

function dhcp(version: 4 | 6, from: number, to: number): readonly Statement[] {
  return [
    equals(meta('nfproto'), integer(version === 4 ? 2 : 10)),
    equals(meta('l4proto'), integer(udp)),
    equals(payload('udp', 'sport'), integer(from)),
    equals(payload('udp', 'dport'), integer(to)),
  ];
}

/** Nothing is translated anew, but connections that are go on to be: the kernel does it only while somebody has a chain for it [28]. */
const translating: readonly Chain[] = (
  [
    ['publish', 'prerouting', -100],
    ['publish-output', 'output', -100],
    ['masquerading', 'postrouting', 100],
  ] as const
).map(([name, hook, priority]) => ({
  name,
  base: { type: 'nat', hook, priority, policy: 'accept', devices: [] },
  rules: [],
}));

function filter(hook: Hook, priority: number, rules: readonly Rule[]): Chain {
  return { name: hook, base: { type: 'filter', hook, priority, policy: 'accept', devices: [] }, rules };
}

function rule(comment: string, ...statements: readonly Statement[]): Rule {
  return { statements, origins: [], ...(comment !== '' && { comment }) };
}
