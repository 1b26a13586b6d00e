/** What is told of denies that cut tunnels is what they mean for the datagrams between the hosts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../../src/compile.ts';
import { tunnelCut } from '../../../src/diagnostics/catalogue/checks.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { type Address, sameAddress } from '../../../src/net/address.ts';
import { datagram } from '../../../src/policy/cut-tunnel.ts';
import { decide } from '../../../src/policy/decide.ts';

const subjects = [
  'a',
  'b',
  'c',
  'any',
  'lan',
  'everywhere',
  'far',
  'mesh',
  'front',
  'one',
  '192.168.1.0/29',
  '192.168.1.6',
  '2001:db8::/64',
  '10.8.0.0/16',
] as const;
const services = ['', 'udp', '4789/udp', '4000-5000/udp, 22/tcp', '4790/udp', 'tcp', 'icmp', 'any'] as const;

/** Three hosts: two on one link, the third behind a router, or on a LAN of the first. */
function policyText(options: { readonly v6: boolean; readonly bridged: boolean }, denies: readonly string[]): string {
  const address = (v4: string, v6: string) => `address ${options.v6 ? v6 : v4}`;
  const ends = ['a', 'b', 'c'].map((host) => (host === 'c' ? host : `${host} via eth0`));
  return [
    `host a { interface eth0 { ${address('192.168.1.4/24', '2001:db8::4/64')} }; route default via ${options.v6 ? '2001:db8::1' : '192.168.1.1'} }`,
    `host b { interface eth0 { ${address('192.168.1.6/24', '2001:db8::6/64')} }; interface eth1 { ${address('10.8.1.1/24', '2001:db8:1::1/64')} } }`,
    `host c { interface eth0 { ${address('10.8.1.2/24', '2001:db8:1::2/64')} } }`,
    `zone lan = ${options.v6 ? '2001:db8::/64' : '192.168.1.0/24'} on ${options.bridged ? 'br-lan' : 'eth0'}`,
    'zone everywhere = any',
    'zone far = any on eth1',
    `network mesh on ${ends.join(', ')} { vxlan 42; subnet 10.32.0.0/16 }`,
    'network front on a { subnet 172.17.0.0/16 }',
    ...(options.bridged
      ? [
          `network wide on a { physical br-lan on eth0; subnet ${options.v6 ? '2001:db8::/64' : '192.168.1.0/24'}; gateway ${options.v6 ? '2001:db8::1' : '192.168.1.1'} }`,
        ]
      : []),
    'container one on a { attach mesh }',
    'container two on b { attach mesh }',
    ...denies,
    '',
  ].join('\n');
}

const statement = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...subjects), { minLength: 1, maxLength: 2 }),
    fc.uniqueArray(fc.constantFrom(...subjects), { minLength: 1, maxLength: 2 }),
    fc.constantFrom(...services),
  )
  .map(([from, to, what]) => `deny ${from.join(', ')} -> ${to.join(', ')} ${what}`.trimEnd());

test('a deny is told of if it stops a datagram on one of the two hosts, and else not', () => {
  let [told, silent] = [0, 0];
  const property = fc.property(fc.record({ v6: fc.boolean(), bridged: fc.boolean() }), statement, (options, deny) => {
    const { compiled, diagnostics } = compile(
      { name: 'policy.ctfw', text: policyText(options, [deny]) },
      () => ({ error: 'nothing is included' }),
      emptyLock,
    );
    fc.pre(compiled.length === 3);
    const stops = compiled.some(({ model, meaning }) =>
      (model.elsewhere?.tunnels ?? []).some(({ local, peers }) =>
        peers.some(({ address }) => {
          if (local === undefined) return false;
          const isDenied = (source: Address, destination: Address, arrivesBy: string | undefined): boolean =>
            decide(meaning, { ...datagram(source, destination), arrivesBy }).because.text === 'denied';
          const route = meaning.atlas.routing.lookup(address);
          const holder = meaning.atlas.view.interfaces.find(({ addresses }) =>
            addresses.some((own) => sameAddress(own.address, local)),
          );
          const arrivesBy = typeof route === 'object' ? route.interface : holder?.name;
          return (
            isDenied(local, address, undefined) || (arrivesBy !== undefined && isDenied(address, local, arrivesBy))
          );
        }),
      ),
    );
    if (stops) told++;
    else silent++;
    const warned = diagnostics.some(({ code }) => code === tunnelCut.code);
    expect(`${deny} ${warned}`).toBe(`${deny} ${stops}`);
  });
  fc.assert(property, { numRuns: Number(process.env.CTFW_CUT_RUNS ?? 150) });
  expect(told).toBeGreaterThan(10);
  expect(silent).toBeGreaterThan(10);
});
