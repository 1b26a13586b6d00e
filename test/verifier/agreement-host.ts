/** Random hosts and packets for the law that symbolic run and simulator agree: bridges, NICs and what rules mention. */
import fc from 'fast-check';
import type { HostView, InterfaceView, RouteView } from '../../src/host-view/host-view.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { parseMac } from '../../src/net/mac.ts';
import { type Prefix, parsePrefix, prefixOf } from '../../src/net/prefix.ts';
import type { Rule, Ruleset } from '../../src/ruleset/ruleset.ts';
import type { Statement } from '../../src/ruleset/statement.ts';
import type { PacketInput } from '../../src/simulator/packet/input.ts';
import { mentionedIn } from '../../src/testing/packets/mentioned.ts';
import { arbitraryRuleset } from '../../src/testing/rulesets/tables.ts';

const address = (text: string): Address => {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};

/** Where random rules look for addresses, so that hosts have them. */
const subnets4 = ['10.0.0.1/24', '10.0.1.1/24', '172.17.0.1/16', '192.168.1.1/24'];
const subnets6 = ['fd17::1/64', 'fd17:0:0:1::1/64', '2001:db8::1/64', '2001:db8:1::1/64'];
const nics = ['eth0', 'wlan_1'];
const bridges = ['docker0', 'br-a1b2c3'];
const ports = [
  ['veth1', 'docker0'],
  ['veth2', 'docker0'],
  ['ctfw.12', 'br-a1b2c3'],
  ['veth3', 'br-a1b2c3'],
] as const;
const all = [...nics, ...bridges];

const flag = fc.constantFrom('0', '1');

/** Two NICs and two bridges with two ports each, subnets dealt among them; settings of forwarding and bridging at random. */
export const arbitraryHost: fc.Arbitrary<HostView> = fc
  .record({
    deal: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }),
    way: fc.option(fc.constantFrom(...all), { nil: undefined }),
    brNetfilter: fc.boolean(),
    call4: flag,
    call6: flag,
    forward: fc.constantFrom('0', '1', '1', '1'),
    filter: fc.constantFrom('0', '0', '1', '2'),
    localnet: fc.constantFrom('0', '0', '1'),
    loose: fc.constantFrom('1', '1', '0'),
  })
  .map(({ deal, way, brNetfilter, call4, call6, forward, filter, localnet, loose }) => {
    const held = (index: number): readonly (readonly [Address, number])[] =>
      [subnets4, subnets6].map((list) => {
        const [text = '', length = ''] = (list[deal[index] ?? 0] ?? '').split('/');
        return [address(text), Number(length)];
      });
    const link = (name: string, index: number, kind: InterfaceView['kind']): InterfaceView => ({
      name,
      kind,
      mac: parseMac(`02:00:00:00:00:0${index + 1}`),
      mtu: 1500,
      up: true,
      addresses: held(index).map(([own, length]) => ({ address: own, length, scope: 'universe', deprecated: false })),
      bridgePort: undefined,
    });
    const route = (destination: Prefix, name: string, via?: Address): RouteView => ({
      destination,
      via,
      interface: name,
      kind: 'unicast',
      metric: 0,
      table: 'main',
    });
    const links = all.map((name, index) => link(name, index, nics.includes(name) ? 'ethernet' : 'bridge'));
    const further = (own: Address): Address => ({ ...own, value: own.value + 1n });
    const gateway = links.find(({ name }) => name === way);
    return {
      source: 'gathered',
      name: 'host',
      interfaces: [
        { name: 'lo', kind: 'loopback', mac: undefined, mtu: 65536, up: true, addresses: [], bridgePort: undefined },
        ...links,
        ...ports.map(
          ([name, bridge], index): InterfaceView => ({
            name,
            kind: 'veth',
            mac: parseMac(`02:00:00:00:01:0${index + 1}`),
            mtu: 1500,
            up: true,
            addresses: [],
            bridgePort: { bridge, hairpin: true, isolated: false },
          }),
        ),
      ],
      routes: [
        ...links.flatMap(({ name, addresses }) =>
          addresses.map(({ address: own, length }) => route(prefixOf(own, length), name)),
        ),
        ...(gateway === undefined
          ? []
          : gateway.addresses.map(({ address: own }) =>
              route(prefix(own.family === 'ipv4' ? '0.0.0.0/0' : '::/0'), gateway.name, further(own)),
            )),
      ],
      rules: [],
      neighbours: undefined,
      sysctls: {
        'net.ipv4.ip_forward': forward,
        'net.ipv6.conf.all.forwarding': forward,
        'net.ipv4.conf.all.rp_filter': filter,
        'net.ipv4.conf.all.route_localnet': localnet,
        'net.netfilter.nf_conntrack_tcp_loose': loose,
        'net.bridge.bridge-nf-call-iptables': call4,
        'net.bridge.bridge-nf-call-ip6tables': call6,
        // A redirect would look like the answer of a reject.
        ...Object.fromEntries(['all', ...all].map((name) => [`net.ipv4.conf.${name}.send_redirects`, '0'])),
      },
      capabilities: { brNetfilter, bridgeConntrack: false, bridgeName: false },
    } satisfies HostView;
  });

/** A packet, and where it comes from: a device, or the host itself. */
export interface Sending {
  readonly device: string | undefined;
  readonly packet: PacketInput;
}

const devices = [undefined, ...nics, ...ports.map(([name]) => name)];

/** Packets from anywhere to what the host and its rules know. */
export function arbitrarySending(view: HostView, rulesets: readonly Ruleset[]): fc.Arbitrary<Sending> {
  const mentioned = mentionedIn(rulesets);
  const own = view.interfaces.flatMap(({ addresses }) => addresses.map(({ address: held }) => held));
  const near = own.map((held) => ({ ...held, value: held.value + 7n }));
  const mark = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constantFrom(1, 2, 16, 0xff, 0x10000));
  return fc
    .tuple(fc.constantFrom('ipv4' as const, 'ipv6' as const), fc.constantFrom(...devices))
    .chain(([family, device]) => {
      const of = (list: readonly Address[]): readonly Address[] => list.filter((one) => one.family === family);
      const known = fc.constantFrom(...of([...near, ...near, ...own, ...mentioned.addresses]));
      const port = fc.oneof(
        fc.constantFrom(1, 53, 65_535, ...mentioned.ports.filter((one) => one > 0)),
        fc.integer({ min: 1, max: 65_535 }),
      );
      const common = {
        source: device === undefined ? fc.constantFrom(...of(own)) : known,
        destination: known,
        mark,
        ttl: fc.constantFrom(64, 64, 64, 2, 3, 200),
      };
      const transport = { ...common, sourcePort: port, destinationPort: port };
      const packet: fc.Arbitrary<PacketInput> = fc.oneof(
        fc.record({ ...transport, protocol: fc.constant(17) }),
        fc.record({ ...transport, protocol: fc.constant(6), flags: fc.constantFrom(2, 2, 2, 16, 24, 18, 4, 17) }),
        fc.record({ ...transport, protocol: fc.constant(132) }),
        fc.record({
          ...common,
          protocol: fc.constant(family === 'ipv4' ? 1 : 58),
          type: fc.constantFrom(...(family === 'ipv4' ? [8, 8, 13, 0] : [128, 128, 129])),
          code: fc.constantFrom(0, 0, 1),
          identifier: fc.constant(9),
        }),
        fc.record({ ...common, protocol: fc.constantFrom(47, 50) }),
      );
      return packet.map((sent) => ({ device, packet: sent }));
    });
}

/** Rules of any kind; in most of them what nothing decides passes, or nearly nothing would. */
export const arbitraryRules: fc.Arbitrary<Ruleset> = fc
  .tuple(arbitraryRuleset(), fc.constantFrom(true, true, true, false))
  .map(([{ tables }, passes]) => ({
    tables: tables.map((table) => ({
      ...table,
      chains: table.chains.map((chain) =>
        chain.base === undefined || !passes
          ? chain
          : { ...chain, base: { ...chain.base, policy: 'accept' as const }, rules: chain.rules.map(easier) },
      ),
    })),
  }));

/** A rule that translates, without the matches that it does not need. */
function easier(rule: Rule): Rule {
  const translates = rule.statements.some(({ kind }) => kind === 'nat');
  const needed = (statement: Statement): boolean =>
    statement.kind !== 'match' ||
    (statement.left.kind === 'payload' && statement.left.field === 'dport') ||
    (statement.left.kind === 'meta' && statement.left.key === 'l4proto');
  return translates ? { ...rule, statements: rule.statements.filter(needed) } : rule;
}
