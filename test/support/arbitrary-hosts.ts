/** Random policies of two hosts: overlays between them, networks of their own, VLANs on switches, statements across. */
import fc from 'fast-check';

const option = (text: string): fc.Arbitrary<string> => fc.constantFrom('', text);

const host = (name: string, last: number): fc.Arbitrary<string> =>
  fc.tuple(option('  protect host\n'), option('  transit off\n')).map(
    ([protect, transit]) => `host ${name} {
  interface eth0 { address 192.168.1.${last}/24, fd00:1::${last}/64 }
  route default via 192.168.1.1
${protect}${transit}}`,
  );

const overlay = (number: number): fc.Arbitrary<string> =>
  fc
    .tuple(option('; icc off'), option('; internal'), option(`, fd00:3${number}::/64`), option('; masquerade off'))
    .map(
      ([icc, internal, ipv6, masquerade]) =>
        `network mesh${number} on a, b { vxlan 4${number}; subnet 10.3${number}.0.0/24${ipv6}; mtu 1450${icc}${internal}${masquerade} }`,
    );

const own = (name: string, place: string, number: number): fc.Arbitrary<string> =>
  fc
    .tuple(option('; icc off'), option('; gateway-mode routed'))
    .map(
      ([icc, mode]) =>
        `network ${name} on ${place} { subnet 172.1${number}.0.0/16, fd00:1${number}::/64${icc}${mode} }`,
    );

const switched = fc.constantFrom(
  '',
  'network blue on a, b { switch ovs1; vlan 100; subnet 10.9.0.0/24 }\ncontainer vlan1 on a { attach blue 10.9.0.1 }\ncontainer vlan2 on b { attach blue 10.9.0.2 }',
);

const container = (name: string, place: string, networks: readonly string[], port: number): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...networks), { minLength: 1, maxLength: 2 }),
      option(`  publish ${port}:80\n`),
      option('  expose 80/tcp, 53/udp\n'),
    )
    .map(
      ([attached, publish, expose]) =>
        `container ${name} on ${place} {\n${attached.map((one) => `  attach ${one}\n`).join('')}${publish}${expose}}`,
    );

const subjects = [
  'a',
  'b',
  'lan',
  'mesh0',
  'mesh1',
  'front',
  'back',
  'box1',
  'box2',
  'box3',
  'box4',
  'any',
  '10.30.0.0/16',
];
const some = fc
  .uniqueArray(fc.constantFrom(...subjects), { minLength: 1, maxLength: 2 })
  .map((list) => list.join(', '));
const services = fc.constantFrom('', ' 22/tcp', ' 4789/udp', ' 80/tcp, 53/udp', ' icmp', ' udp');

const statement = fc
  .tuple(fc.constantFrom('allow', 'allow', 'deny'), some, some, services, option(' reject'))
  .map(([action, from, to, what, how]) => `${action} ${from} -> ${to}${what}${action === 'deny' ? how : ''}`);

export const arbitraryHostsText: fc.Arbitrary<string> = fc
  .tuple(
    host('a', 4),
    host('b', 6),
    fc.constant('zone lan = any on eth0'),
    overlay(0),
    overlay(1),
    own('front', 'a', 7),
    own('back', 'b', 8),
    switched,
    container('box1', 'a', ['mesh0', 'mesh1', 'front'], 8081),
    container('box2', 'b', ['mesh0', 'mesh1', 'back'], 8082),
    container('box3', 'a', ['mesh0', 'front'], 8083),
    container('box4', 'b', ['mesh1', 'back'], 8084),
    fc.array(statement, { maxLength: 4 }).map((list) => list.join('\n')),
  )
  .map((parts) => `${parts.filter((part) => part !== '').join('\n')}\n`);
