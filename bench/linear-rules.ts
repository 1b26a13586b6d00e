/** What the same publications look like as one rule a port, the way container engines write them: for iptables-restore and for ferm. */
import type { GeneratedPolicy, PublishedContainer } from './policy-text.ts';

export type IpFamily = 'ipv4' | 'ipv6';

function address(container: PublishedContainer, family: IpFamily): string {
  return family === 'ipv4' ? container.ipv4 : container.ipv6;
}

function socketAddress(container: PublishedContainer, family: IpFamily): string {
  return family === 'ipv4'
    ? `${container.ipv4}:${container.containerPort}`
    : `[${container.ipv6}]:${container.containerPort}`;
}

/** Input of iptables-restore (ip6tables-restore): DNAT and accept for each port, one after the other. */
export function linearRestore({ containers, networks }: GeneratedPolicy, family: IpFamily): string {
  const bridges = networks.map(({ bridge }) => bridge);
  const lines = [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':PORTS - [0:0]',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j PORTS',
    '-A OUTPUT -m addrtype --dst-type LOCAL -j PORTS',
    ...containers.map(
      (container) =>
        `-A PORTS -p tcp --dport ${container.hostPort} -j DNAT --to-destination ${socketAddress(container, family)}`,
    ),
    'COMMIT',
    '*filter',
    ':FORWARD DROP [0:0]',
    '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...containers.map(
      (container) =>
        `-A FORWARD -d ${address(container, family)} -o ${bridges[container.network] ?? ''} -p tcp --dport ${container.containerPort} -j ACCEPT`,
    ),
    'COMMIT',
  ];
  return `${lines.join('\n')}\n`;
}

/** The same as a configuration of ferm, which writes such input for both families. */
export function fermConfiguration({ containers, networks }: GeneratedPolicy): string {
  const bridges = networks.map(({ bridge }) => bridge);
  const families = [
    ['ip', 'ipv4'],
    ['ip6', 'ipv6'],
  ] as const;
  const lines = families.flatMap(([domain, family]) => [
    `domain ${domain} {`,
    '  table nat {',
    '    chain (PREROUTING OUTPUT) mod addrtype dst-type LOCAL jump PORTS;',
    '    chain PORTS {',
    ...containers.map(
      (container) => `      proto tcp dport ${container.hostPort} DNAT to ${quoted(socketAddress(container, family))};`,
    ),
    '    }',
    '  }',
    '  table filter chain FORWARD {',
    '    policy DROP;',
    '    mod conntrack ctstate (RELATED ESTABLISHED) ACCEPT;',
    ...containers.map(
      (container) =>
        `    daddr ${address(container, family)} outerface ${bridges[container.network] ?? ''} proto tcp dport ${container.containerPort} ACCEPT;`,
    ),
    '  }',
    '}',
  ]);
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `"${text}"`;
}
