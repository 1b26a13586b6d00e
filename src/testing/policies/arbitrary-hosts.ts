/** Random valid policies of two hosts on one link: bridges on each, overlays and trunks between them, containers on their LAN. */
import type fc from 'fast-check';
import { access, container, links, type Net } from './arbitrary-statements.ts';
import { type Choices, textBy } from './choices.ts';

export const arbitraryPolicyOfHosts: fc.Arbitrary<string> = textBy(policyText);

const hostNames = ['a', 'b'] as const;
type HostName = (typeof hostNames)[number];

/** A network, and the hosts that it is on. */
interface Placed extends Net {
  readonly on: readonly HostName[];
}

function policyText(choices: Choices): string {
  const bridges = Array.from({ length: 1 + choices.below(3) }, (_, index) => bridge(choices, index));
  // a NIC is a trunk of a switch, or a port of a bridge, or neither
  const onNic = choices.one<(one: Choices) => readonly Placed[]>([() => [], () => [], trunks, lan]);
  const networks = [...bridges, ...overlays(choices), ...onNic(choices)];
  const containers = Array.from({ length: 2 + choices.below(4) }, (_, index) => {
    const on = hostNames[index] ?? choices.one(hostNames);
    const here = networks.filter((network) => network.on.includes(on));
    return here.length === 0
      ? undefined
      : container(choices, index, here, { ...surroundings, address: `192.168.1.${ends[on]}`, on });
  }).filter((box) => box !== undefined);
  const agents = choices.chance(20) ? ['container agent on b { network host }'] : [];
  const subjects = [
    'any',
    ...hostNames,
    'office',
    'internet',
    'world',
    'partner',
    ...networks.map(({ name }) => name),
    ...containers.map(({ name }) => name),
    '172.16.0.0/12',
    '172.20.0.2',
    '10.32.0.0/16',
    '192.168.1.6',
    'things',
  ];
  const statements = Array.from({ length: choices.below(6) }, () => access(choices, subjects));
  const members = [...containers.map(({ name }) => name), ...networks.map(({ name }) => name), 'partner'];
  return [
    ...hostNames.map((name) => host(choices, name, bridges)),
    'zone office   = 192.168.1.128/25, fd00:1:0:0:8000::/65 on eth0',
    'zone internet = any on eth0',
    'zone world    = any',
    'zone partner  = 198.51.100.0/24, 2001:db8:99::/48',
    ...networks.map(({ text }) => text),
    ...containers.map(({ text }) => text),
    ...agents,
    `group things = ${choices.some(members, 3).join(', ')}`,
    ...links(choices, containers),
    ...statements,
    '',
  ].join('\n');
}

const surroundings = {
  subjects: ['office', 'internet', 'world', 'a', 'b', 'net0', 'box0', '198.51.100.0/24', 'any'],
} as const;

/** The last octet of each host's address. */
const ends: Readonly<Record<HostName, number>> = { a: 4, b: 6 };

/** Some hosts know the way to the networks of the other one. */
function host(choices: Choices, name: HostName, bridges: readonly Placed[]): string {
  const other = name === 'a' ? 'b' : 'a';
  const routes = bridges.flatMap(({ on, text }) => {
    const subnet = /172\.2\d\.0\.0\/24/.exec(text)?.[0];
    const isKnown = on.includes(other) && !on.includes(name) && choices.chance(60);
    return isKnown && subnet !== undefined ? [`  route ${subnet} via 192.168.1.${ends[other]}`] : [];
  });
  return [
    `host ${name} {`,
    `  interface eth0 { address 192.168.1.${ends[name]}/24, fd00:1::${ends[name]}/64 }`,
    '  route default via 192.168.1.1',
    '  route default via fd00:1::1',
    ...routes,
    ...(choices.chance(50) ? ['  protect host'] : []),
    ...(choices.chance(20) ? ['  transit off'] : []),
    '}',
  ].join('\n');
}

function bridge(choices: Choices, index: number): Placed {
  const on = hostNames[index] ?? choices.one(hostNames);
  const mode = choices.one(['nat', 'nat', 'nat', 'routed', 'isolated']);
  const internal = choices.chance(20) && mode === 'nat';
  const options = [
    ...(choices.chance(40) ? ['icc off'] : []),
    ...(internal ? ['internal'] : []),
    ...(mode === 'nat' ? [] : [`gateway-mode ${mode}`]),
  ];
  const subnets = choices.one([`172.2${index}.0.0/24`, `172.2${index}.0.0/24, fd00:2${index}::/64`]);
  return {
    name: `net${index}`,
    internal: internal || mode === 'isolated',
    isLan: false,
    on: [on],
    text: `network net${index} on ${on} { ${[`subnet ${subnets}`, ...options].join('; ')} }`,
  };
}

function overlays(choices: Choices): readonly Placed[] {
  return Array.from({ length: choices.chance(60) ? 1 + choices.below(2) : 0 }, (_, index) => {
    const internal = choices.chance(20);
    const options = [...(choices.chance(40) ? ['icc off'] : []), ...(internal ? ['internal'] : [])];
    const subnets = choices.one([`10.3${index}.0.0/16`, `10.3${index}.0.0/16, fd00:3${index}::/64`]);
    return {
      name: `mesh${index}`,
      internal,
      isLan: false,
      on: hostNames,
      text: `network mesh${index} on a, b { ${[`vxlan ${42 + index}`, `subnet ${subnets}`, 'mtu 1450', ...options].join('; ')} }`,
    };
  });
}

/** Two VLANs in one subnet, over the NICs of both hosts. */
function trunks(): readonly Placed[] {
  return (
    [
      ['blue', 100],
      ['red', 200],
    ] as const
  ).map(([name, vlan]) => ({
    name,
    internal: false,
    isLan: true,
    on: hostNames,
    text: `network ${name} on a via eth0, b via eth0 { switch ovs1; vlan ${vlan}; subnet 10.1.0.0/24 }`,
  }));
}

/** The LAN of both hosts, with containers of one of them on it. */
function lan(choices: Choices): readonly Placed[] {
  const on = choices.one(hostNames);
  const kind = choices.one(['physical br0 on eth0', 'physical br0 on eth0', 'macvlan on eth0']);
  const icc = kind.startsWith('physical') && choices.chance(40) ? '; icc off' : '';
  return [
    {
      name: 'lan',
      internal: false,
      isLan: true,
      on: [on],
      text: `network lan on ${on} { ${kind}; subnet 192.168.1.0/24, fd00:1::/64; gateway 192.168.1.1${icc} }`,
    },
  ];
}
