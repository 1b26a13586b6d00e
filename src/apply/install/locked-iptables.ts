/**
 * The locked state as chains of iptables, in the names of ours. They only drop: what returns is left to the rules of others.
 * Tables stay when they are empty, so that connections that are translated go on to be [28].
 */
import type { Artifact, Locked } from '../artifact.ts';
import { chainPrefix } from './iptables-own.ts';
import { dhcpClient, dhcpServer, neighbourTypes } from './locked-essentials.ts';

export function lockedTables(locked: Locked): Artifact['files'] {
  return {
    'rules.v4': packetTable(locked, 'ipv4'),
    'rules.v6': packetTable(locked, 'ipv6'),
    'rules.bridge': bridgeTables(locked),
  };
}

type Family = 'ipv4' | 'ipv6';

function packetTable({ operatorPort, markBit }: Locked, family: Family): string {
  const goesOn = '-m conntrack --ctstate RELATED,ESTABLISHED';
  const neighbours =
    family === 'ipv6' ? neighbourTypes.map((type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j RETURN`) : [];
  const dhcp = (from: number, to: number): string => `-p udp -m udp --sport ${from} --dport ${to} -j RETURN`;
  const [server, client] = [dhcpServer[family], dhcpClient[family]];
  return table('filter', '- [0:0]', {
    INPUT: [
      `${goesOn} -j RETURN`,
      '-i lo -j RETURN',
      ...neighbours,
      dhcp(server, client),
      `-p tcp -m tcp --dport ${operatorPort} -j RETURN`,
      '-j DROP',
    ],
    FORWARD: [`-j MARK --set-xmark 0x0/${hex(markBit)}`, `${goesOn} -j RETURN`, '-j DROP'],
    OUTPUT: [`${goesOn} -j RETURN`, '-o lo -j RETURN', ...neighbours, dhcp(client, server), '-j DROP'],
  });
}

/** Bridged packets have the bit until iptables has seen them, which needs br_netfilter; what still has it is dropped. */
function bridgeTables({ markBit }: Locked): string {
  const bit = hex(markBit);
  const neighbours = neighbourTypes.map((type) => `-p IPv6 --ip6-proto ipv6-icmp --ip6-icmp-type ${type} -j RETURN`);
  const clear = `--mark ${bit}/${bit} -j mark --mark-and ${hex(~markBit >>> 0)} --mark-target CONTINUE`;
  return [
    table('nat', 'RETURN', { PREROUTING: [clear], OUTPUT: [clear], POSTROUTING: [`--mark ${bit}/${bit} -j DROP`] }),
    table('filter', 'RETURN', {
      FORWARD: ['-p ARP -j RETURN', ...neighbours, `-j mark --mark-or ${bit} --mark-target CONTINUE`],
    }),
  ].join('');
}

function table(name: string, policy: string, chains: Readonly<Record<string, readonly string[]>>): string {
  const hooks = Object.keys(chains);
  const lines = [
    `*${name}`,
    ...hooks.map((hook) => `:${chainPrefix}${hook} ${policy}`),
    ...hooks.map((hook) => `-I ${hook} -j ${chainPrefix}${hook}`),
    ...hooks.flatMap((hook) => (chains[hook] ?? []).map((rule) => `-A ${chainPrefix}${hook} ${rule}`)),
    'COMMIT',
  ];
  return `${lines.join('\n')}\n`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
