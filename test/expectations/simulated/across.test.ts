/** Several hosts with their rules in one simulation: what becomes of packets on their whole way is what the policy means. */
import { expect, test } from 'vitest';
import type { Compiled } from '../../../src/compile.ts';
import { formatFlow } from '../../../src/expectations/evaluate.ts';
import { type Itinerary, itineraryOf } from '../../../src/expectations/journey.ts';
import { describeDecision } from '../../../src/expectations/simulated/agreement.ts';
import { comparisonsAcross, disagreementOf } from '../../../src/expectations/simulated/agreement-across.ts';
import { SimulatedNetwork } from '../../../src/expectations/simulated/simulated-network.ts';
import { isSpread } from '../../../src/model/on-host.ts';
import { formatAddress } from '../../../src/net/address.ts';
import type { Flow } from '../../../src/policy/flow.ts';
import { emittedRules, type RuleTarget, ruleTargets } from '../../../src/proving/emitted-rules.ts';
import type { Ruleset } from '../../../src/ruleset/ruleset.ts';
import { address } from '../../simulator/hosts.ts';
import { compiledHosts } from '../../support/compiled.ts';
import { fixturesOf } from '../../support/fixtures.ts';

/** At most this many packets of a scenario, spread evenly. */
const most = 3000;

const spread = fixturesOf('valid').filter(
  ({ policy }) =>
    !policy.text.includes('include ') && isSpread(compiledHosts(policy.text)[0]?.policy as Compiled['policy']),
);

interface Ready {
  readonly itinerary: Itinerary;
  readonly network: SimulatedNetwork;
}

/** `change`: damage to the rules of a host. */
function ready(
  text: string,
  target: RuleTarget,
  brNetfilter: boolean,
  change: (host: string, rulesets: readonly Ruleset[]) => readonly Ruleset[] = (_, rulesets) => rulesets,
): Ready {
  const compiled = compiledHosts(text);
  const [first] = compiled;
  if (first === undefined) throw new Error('not compiled');
  const members = compiled.map((one) => {
    const meaning = one.meaningWith({ brNetfilter });
    const station = { host: one.host, model: one.model, view: meaning.atlas.view, meaning };
    return { station, rulesets: change(one.host.name, emittedRules(one, target).rulesets) };
  });
  const stations = members.map(({ station }) => station);
  return { itinerary: itineraryOf(first.policy, stations), network: new SimulatedNetwork(first.policy, members) };
}

function compare({ itinerary, network }: Ready): { readonly tried: number; readonly found: readonly string[] } {
  const comparisons = [...comparisonsAcross(itinerary, network)];
  const step = Math.max(1, comparisons.length / most);
  const found: string[] = [];
  let tried = 0;
  for (let index = 0; index < comparisons.length; index += step) {
    const one = comparisons[Math.floor(index)];
    if (one === undefined) continue;
    tried++;
    const problem = disagreementOf(one);
    const { start, flow, decision } = one;
    if (problem !== undefined)
      found.push(
        `${start?.host.name ?? 'switch'}: ${formatFlow(flow)}: meant ${describeDecision(decision)}; by the rules ${problem}`,
      );
  }
  return { tried, found };
}

for (const { name, policy } of spread)
  for (const target of ruleTargets)
    test.each([true, false])(`${name}, ${target}, br_netfilter %s`, (brNetfilter) => {
      const { tried, found } = compare(ready(policy.text, target, brNetfilter));
      expect(found).toEqual([]);
      expect(tried).toBeGreaterThan(20);
    });

const textOf = (name: string): string => spread.find((fixture) => fixture.name === name)?.policy.text ?? '';

/** Without the rules whose comments say this, on one host. */
const without =
  (host: string, comment: string) =>
  (name: string, rulesets: readonly Ruleset[]): readonly Ruleset[] =>
    name !== host
      ? rulesets
      : rulesets.map(({ tables }) => ({
          tables: tables.map((table) => ({
            ...table,
            chains: table.chains.map((chain) => ({
              ...chain,
              rules: chain.rules.filter((rule) => rule.comment?.includes(comment) !== true),
            })),
          })),
        }));

test.each([
  ['c6-overlay', 'b', 'a tunnel'],
  ['c6-overlay', 'a', 'only the host itself speaks into its tunnels'],
  ['two-hosts', 'b', 'protect host'],
])('damage is found: %s, host %s without the rules "%s"', (name, host, comment) => {
  expect(compare(ready(textOf(name), 'nft', true, without(host, comment))).found).not.toEqual([]);
});

function wayOf(name: string, host: string, flow: Pick<Flow, 'arrivesBy'>, from: string, to: string, port: number) {
  const { network } = ready(textOf(name), 'nft', true);
  const [source, destination] = [from, to].map(address);
  if (source === undefined || destination === undefined) throw new Error('two addresses');
  const whole: Flow = {
    ...flow,
    source,
    destination,
    protocol: 6,
    sourcePort: undefined,
    destinationPort: port,
    icmpType: undefined,
  };
  const entrance = network.entranceOf(host, whole);
  const [way] = entrance === undefined ? [] : network.first(host, whole, entrance, { trace: true });
  if (way === undefined) throw new Error('nobody could send it');
  return way;
}

test('through a tunnel: the datagram meets output here and input there, and the frame the bridges of both', () => {
  const { verdict, receiver, host, steps } = wayOf(
    'c6-overlay',
    'a',
    { arrivesBy: 'br-mesh' },
    '10.32.0.2',
    '10.32.0.3',
    80,
  );
  expect([verdict, receiver?.kind, host]).toEqual(['allowed', 'container', 'b']);
  const hooks = steps.flatMap((step) => {
    if (step.kind === 'encapsulated' || step.kind === 'decapsulated') return [`${step.host} ${step.kind}`];
    return step.kind === 'hook' ? [`${step.host} ${step.family} ${step.hook} ${step.packet.split(' ')[0]}`] : [];
  });
  expect(hooks.filter((line) => !line.includes('netdev'))).toEqual([
    'a bridge prerouting tcp',
    'a ip prerouting tcp',
    'a bridge forward tcp',
    'a ip forward tcp',
    'a bridge postrouting tcp',
    'a ip postrouting tcp',
    'a encapsulated',
    'a ip output udp',
    'a ip postrouting udp',
    'b ip prerouting udp',
    'b ip input udp',
    'b decapsulated',
    'b bridge prerouting tcp',
    'b ip prerouting tcp',
    'b bridge forward tcp',
    'b ip forward tcp',
    'b bridge postrouting tcp',
    'b ip postrouting tcp',
  ]);
});

test('from host to host: masqueraded by the one, translated by the other', () => {
  const { verdict, receiver, packet, crossings } = wayOf(
    'two-hosts',
    'a',
    { arrivesBy: 'br-front' },
    '172.17.0.2',
    '192.168.1.6',
    5432,
  );
  expect([verdict, receiver?.kind === 'container' && receiver.endpoint.container]).toEqual(['allowed', 'db']);
  expect(crossings?.map(({ from, to, packet: sent }) => [from, to, formatAddress(sent.source)])).toEqual([
    [{ host: 'a', interface: 'eth0' }, { host: 'b', interface: 'eth0' }, '192.168.1.4'],
  ]);
  expect(packet && [formatAddress(packet.source), formatAddress(packet.destination)]).toEqual([
    '192.168.1.4',
    '172.18.0.2',
  ]);
});

/** Hosts on several links: an overlay of three, a trunk from one NIC to another, addresses behind routers that nobody declares. */
const three = `host a { interface eth0 { address 192.168.1.4/24 }; route default via 192.168.1.1; protect host }
host b { interface eth0 { address 192.168.1.6/24 }; route default via 192.168.1.1 }
host c {
  interface eth0 { address 192.168.1.8/24, fd00:1::8/64 }
  interface eth1 { address 10.5.0.1/24 }
  route default via 192.168.1.1
  transit off
  protect host
}
zone lan = any on eth0
network mesh on a, b, c { vxlan 42; subnet 10.32.0.0/16; mtu 1450; icc off }
network blue on a via eth0, c via eth1 { switch ovs1; vlan 100; subnet 10.1.0.0/24 }
network apart on b { switch ovs1; vlan 100; subnet 10.1.0.0/24 }
container one on a { attach mesh 10.32.0.2; expose 80/tcp; attach blue 10.1.0.2 }
container two on b { attach mesh 10.32.0.3; expose 80/tcp; publish 8080:80 }
container three on c { attach mesh 10.32.0.4; expose 80/tcp; attach blue 10.1.0.3 }
container four on c { attach mesh 10.32.0.5; attach blue 10.1.0.4 }
container five on b { attach apart 10.1.0.9 }
link four -> one
link one -> three
allow c -> a 22/tcp
`;

test.each(ruleTargets)('three hosts on several links, %s', (target) => {
  const { tried, found } = compare(ready(three, target, true));
  expect(found).toEqual([]);
  expect(tried).toBeGreaterThan(300);
});
