/** Random valid policies as text: a tape of numbers makes the choices, so that a failing one shrinks. */
import type fc from 'fast-check';
import { access, container, links, type Net } from './arbitrary-statements.ts';
import { type Choices, textBy } from './choices.ts';

export const arbitraryPolicyText: fc.Arbitrary<string> = textBy(policyText);

function policyText(choices: Choices): string {
  const bridged = Array.from({ length: 1 + choices.below(3) }, (_, index) => network(choices, index));
  const networks = [...bridged, ...(choices.chance(30) ? [lan(choices)] : []), ...(choices.chance(20) ? vlans : [])];
  const containers = Array.from({ length: 1 + choices.below(4) }, (_, index) =>
    container(choices, index, networks, surroundings),
  );
  const further = [...plumbed(choices, bridged), ...modes(choices, containers)];
  const names = [...containers, ...further].map(({ name }) => name);
  const subjects = [
    'any',
    'edge',
    'office',
    'internet',
    'world',
    'partner',
    ...networks.map(({ name }) => name),
    ...names,
    '10.0.0.0/8',
    '172.20.0.0/15',
    '172.20.0.2',
    '203.0.113.10',
    'fd00:20::/63',
    '192.168.1.70',
    'things',
  ];
  const statements = Array.from({ length: choices.below(7) }, () => access(choices, subjects));
  return [
    host(choices),
    'zone office   = 192.168.1.0/25, fd00:1::/64 on lan0',
    'zone internet = any on wan0',
    'zone world    = any',
    'zone partner  = 198.51.100.0/24, 2001:db8:99::/48',
    ...networks.map(({ text }) => text),
    ...[...containers, ...further].map(({ text }) => text),
    ...wires(choices, names),
    `group things = ${choices.some([...names, ...networks.map(({ name }) => name), 'partner'], 3).join(', ')}`,
    ...links(choices, containers),
    ...statements,
    '',
  ].join('\n');
}

const surroundings = {
  address: '203.0.113.10',
  subjects: ['office', 'internet', 'world', 'edge', 'net0', 'box0', '198.51.100.0/24', 'any'],
} as const;

function host(choices: Choices): string {
  const options = [
    choices.chance(50) ? '  protect host\n' : '',
    choices.chance(25) ? '  transit off\n' : '',
    choices.chance(20) ? '  loopback-publish on\n' : '',
  ].join('');
  return `host edge {
  interface lan0 { address 192.168.1.5/24, fd00:1::5/64 }
  interface wan0 { address 203.0.113.10/24, 203.0.113.11/24, 2001:db8:1::10/64 }
  route default via 203.0.113.1
  route default via 2001:db8:1::1
${options}}`;
}

function network(choices: Choices, index: number): Net {
  const mode = choices.one(['nat', 'nat', 'nat', 'nat', 'routed', 'isolated']);
  const internal = choices.chance(25) && mode === 'nat';
  const options = [
    choices.chance(50) ? 'icc off' : '',
    internal ? 'internal' : '',
    choices.chance(15) ? 'masquerade off' : '',
    mode === 'nat' ? '' : `gateway-mode ${mode}`,
    choices.chance(10) ? 'spoofing allowed' : '',
  ].filter((option) => option !== '');
  const subnets = choices.chance(70)
    ? `172.2${index}.0.0/24, fd00:2${index}::/64`
    : choices.one([`172.2${index}.0.0/24`, `fd00:2${index}::/64`]);
  return {
    name: `net${index}`,
    internal: internal || mode === 'isolated',
    isLan: false,
    onlyIpv6: !subnets.includes('.'),
    text: `network net${index} { ${[`subnet ${subnets}`, ...options].join('; ')} }`,
  };
}

/** The LAN behind lan0, by a bridge that takes the NIC over, or by macvlan; some without a gateway of its own. */
function lan(choices: Choices): Net {
  const kind = choices.one(['physical br0 on lan0', 'physical br0 on lan0', 'macvlan on lan0']);
  const gateway = choices.one(['192.168.1.1', '192.168.1.1', '192.168.1.5']);
  const icc = kind.startsWith('physical') && choices.chance(50) ? '; icc off' : '';
  return {
    name: 'lan',
    internal: false,
    isLan: true,
    text: `network lan { ${kind}; subnet 192.168.1.0/24, fd00:1::/64; gateway ${gateway}${icc} }`,
  };
}

/** Two VLANs of one switch, in one subnet. */
const vlans: readonly Net[] = (
  [
    ['blue', 100],
    ['red', 200],
  ] as const
).map(([name, vlan]) => ({
  name,
  internal: false,
  isLan: true,
  text: `network ${name} { switch ovs1; vlan ${vlan}; subnet 10.9.0.0/24 }`,
}));

interface Named {
  readonly name: string;
  readonly text: string;
}

/** A container that is wired by hand. */
function plumbed(choices: Choices, networks: readonly Net[]): readonly Named[] {
  const index = choices.below(networks.length);
  const subnets = networks[index]?.text ?? '';
  if (!choices.chance(25) || !subnets.includes(`172.2${index}.`)) return [];
  // On an isolated network nobody has the gateway's address: what is sent there goes nowhere, whatever is allowed.
  const answered = !subnets.includes('gateway-mode isolated');
  const via = choices.chance(50) && answered ? ` via 172.2${index}.0.1` : '';
  return [
    {
      name: 'lone',
      text: `container lone { network none; plumb eth0 172.2${index}.0.99/24${via} on net${index}; expose 80/tcp }`,
    },
  ];
}

/** Containers that use the network of the host or of another container. */
function modes(choices: Choices, containers: readonly Named[]): readonly Named[] {
  const result: Named[] = [];
  if (choices.chance(20)) result.push({ name: 'agent', text: 'container agent { network host }' });
  if (choices.chance(20))
    result.push({
      name: 'beside',
      text: `container beside { network container:${choices.one(containers).name}; expose 99/tcp }`,
    });
  if (choices.chance(20)) result.push({ name: 'bare', text: 'container bare { network none }' });
  return result;
}

function wires(choices: Choices, names: readonly string[]): readonly string[] {
  const ends = [...names.filter((name) => name !== 'agent' && name !== 'beside'), 'edge'];
  return Array.from({ length: choices.chance(35) ? 1 + choices.below(2) : 0 }, (_, index) => {
    const left = choices.one(ends);
    const right = choices.one(ends.filter((name) => name !== left));
    return choices.chance(70)
      ? `connect ${left} 10.1.${index}.1 <-> ${right} 10.1.${index}.2`
      : `connect ${left} fd00:99:${index}::1 <-> ${right} fd00:99:${index}::2`;
  });
}
