/** A frame through a tunnel, in a real kernel and in the simulation, under the same rules: which hooks see what on both hosts, and with which mark. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseNftJson } from '../../src/backends/nftables/parse-json.ts';
import { stationOf } from '../../src/expectations/policy.ts';
import { packetOf } from '../../src/expectations/simulated/simulated-host.ts';
import { SimulatedNetwork } from '../../src/expectations/simulated/simulated-network.ts';
import { buildLab, type Lab } from '../../src/lab/lab.ts';
import { policyTopology } from '../../src/lab/policy-topology.ts';
import type { Flow } from '../../src/policy/flow.ts';
import type { TraceStep } from '../../src/simulator/trace/trace.ts';
import { compiledHosts } from '../support/compiled.ts';
import { fixturesFolder } from '../support/fixtures.ts';
import { address } from './hosts.ts';

const text = readFileSync(join(fixturesFolder, 'valid/c6-overlay/policy.ctfw'), 'utf8');

/** A datagram of four bytes to this port; the datagram around it has this length, which no question of ARP has. */
const port = 5555;
const outer = 'ip length 82 udp dport 4789';

const rules = {
  a: (count: (name: string) => string) => `
table bridge t {
  chain p { type filter hook postrouting priority 0; oifname "vxlan42" udp dport ${port} meta mark set 7 ${count('bridge_post')}; }
}
table inet t {
  chain o {
    type filter hook output priority 0
    ${outer} ct state new ${count('output_new')}
    ${outer} meta mark 7 ${count('output_mark')}
    ${outer} oifname "eth0" ${count('output_eth0')}
    udp dport ${port} ${count('output_inner')}
  }
  chain p { type filter hook postrouting priority 0; ${outer} ${count('postrouting')}; }
  chain f { type filter hook forward priority 0; udp dport ${port} ${count('forward')}; }
}`,
  b: (count: (name: string) => string) => `
table bridge t {
  chain p {
    type filter hook prerouting priority -300
    iifname "vxlan42" udp dport ${port} ${count('bridge_pre')}
    iifname "vxlan42" udp dport ${port} meta mark 9 ${count('bridge_mark')}
  }
}
table inet t {
  chain p { type filter hook prerouting priority 0; ${outer} ${count('prerouting')}; }
  chain i {
    type filter hook input priority 0
    ${outer} ct state new ${count('input_new')}
    ${outer} iifname "eth0" meta mark set 9 ${count('input_eth0')}
    udp dport ${port} ${count('input_inner')}
  }
  chain f {
    type filter hook forward priority 0
    udp dport ${port} ${count('forward')}
    udp dport ${port} ct state new ${count('forward_new')}
  }
}`,
};

const sender = `
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    one.bind(("10.32.0.2", 40000))
    one.sendto(b"four", ("10.32.0.3", ${port}))
`;

async function ping(lab: Lab): Promise<number> {
  return (await lab.exec('container/test1', ['ping', '-c', '1', '-W', '1', '10.32.0.3'])).status;
}

/** Packets counted by each rule, by its comment. */
function counted(listing: string): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const { rule } of JSON.parse(listing).nftables) {
    const counter = rule?.expr.find((one: object) => 'counter' in one)?.counter;
    if (counter !== undefined) result[rule.comment] = counter.packets;
  }
  return result;
}

/** Packets that matched each rule with a comment, on one host. */
function matched(steps: readonly TraceStep[], host: string): Readonly<Record<string, number>> {
  const result: Record<string, number> = {};
  for (const step of steps)
    if (step.kind === 'rule' && step.host === host && step.comment !== undefined)
      result[step.comment] = (result[step.comment] ?? 0) + (step.failedAt === undefined ? 1 : 0);
  return result;
}

test('hooks, states and marks on both sides are those of the kernel', async () => {
  const compiled = compiledHosts(text);
  const [first] = compiled;
  if (first === undefined) throw new Error('not compiled');
  const lab = await buildLab(policyTopology(first.policy, { brNetfilter: true }));
  try {
    const listings = new Map<string, string>();
    for (const name of ['a', 'b'] as const) {
      const script = rules[name]((comment) => `counter comment "${comment}"`);
      const loaded = await lab.load({ kind: 'nft', text: script }, `host/${name}`);
      expect(loaded).toEqual({ loaded: true });
      listings.set(name, await lab.list(`host/${name}`));
    }
    const members = compiled.map(({ host, policy }) => {
      const { ruleset } = parseNftJson(listings.get(host.name) ?? '', 'rules.json');
      return { station: stationOf(policy, host), rulesets: [ruleset] };
    });
    const network = new SimulatedNetwork(first.policy, members);
    const flow: Flow = {
      arrivesBy: 'br-mesh',
      source: address('10.32.0.2'),
      destination: address('10.32.0.3'),
      protocol: 17,
      sourcePort: 40_000,
      destinationPort: port,
      icmpType: undefined,
    };
    const entrance = network.entranceOf('a', flow);
    if (entrance === undefined) throw new Error('nobody could send it');
    const [way] = network.send('a', { ...packetOf(flow), payloadLength: 4 }, entrance, { trace: true });
    expect(way?.verdict).toBe('allowed');
    // bridges and tunnels have to know who is where before a packet counts
    await expect.poll(() => ping(lab), { timeout: 10_000, interval: 200 }).toBe(0);
    const { status, stderr } = await lab.exec('container/test1', ['python3', '-c', sender]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const name of ['a', 'b'] as const) {
      const kernel = counted(await lab.list(`host/${name}`));
      expect({ name, ...matched(way?.steps ?? [], name) }).toEqual({ name, ...kernel });
      expect(Object.values(kernel).filter((packets) => packets > 0).length).toBeGreaterThan(4);
    }
  } finally {
    await lab.close();
  }
});
