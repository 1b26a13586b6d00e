/** The tunnel of an overlay under attack, and its two gateways: what probes of the matrix do not send. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { buildLab, type Lab } from '../../src/lab/lab.ts';
import { loadPolicy } from '../../src/lab/load-policy.ts';
import { policyTopology } from '../../src/lab/policy-topology.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { fixturesFolder } from '../support/fixtures.ts';

/** Without its deny, which would close the overlay where br_netfilter is off. */
const text = readFileSync(join(fixturesFolder, 'valid/c6-overlay/policy.ctfw'), 'utf8').replace(
  /^.* 25\/tcp.*\n/gm,
  '',
);

/** Sends one datagram to SOURCE's peer: a VXLAN header, and a frame from 10.32.0.3 to the container at 10.32.0.2, UDP port 5555. */
const injection = `
import socket, struct, sys
source, destination, network = sys.argv[1], sys.argv[2], int(sys.argv[3])
inner = struct.pack("!HHHH", 1234, 5555, 12, 0) + b"evil"
packed = [socket.inet_aton(one) for one in ("10.32.0.3", "10.32.0.2")]
header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 1, 0, 64, 17, 0) + packed[0] + packed[1]
total = sum(struct.unpack("!10H", header))
total = (total & 0xffff) + (total >> 16)
header = header[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + header[12:]
frame = bytes.fromhex("02420a200002" + "02420a200003" + "0800") + header + inner
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.setsockopt(socket.SOL_IP, 19, 1)
    sender.bind((source, 0))
    sender.sendto(struct.pack("!II", 0x08000000, network << 8) + frame, (destination, 4789))
`;

describe.each([true, false])('br_netfilter %s', (brNetfilter) => {
  let lab: Lab;

  beforeAll(async () => {
    const { compiled, diagnostics } = compile({ name: 'policy.ctfw', text }, () => ({ error: '' }), emptyLock);
    const [first] = compiled;
    if (first === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    lab = await buildLab(policyTopology(first.policy, { brNetfilter }));
    const rules = await loadPolicy(lab, compiled);
    if (!rules.loaded) throw new Error(rules.message);
  });
  afterAll(() => lab.close());

  const run = async (place: string, ...command: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await lab.exec(place, command);
    if (status !== 0) throw new Error(`${command[0]}: ${stderr}`);
    return stdout;
  };

  /** Datagrams that came to a port of test1 where nobody listens: taken in, behind all rules. */
  async function takenIn(): Promise<number> {
    const lines = (await run('container/test1', 'cat', '/proc/net/snmp'))
      .split('\n')
      .filter((line) => line.startsWith('Udp: '));
    const [names = [], values = []] = lines.map((line) => line.split(' '));
    return Number(values[names.indexOf('NoPorts')]);
  }

  async function injected(place: string, source: string, destination: string): Promise<number> {
    const before = await takenIn();
    await run(place, 'python3', '-c', injection, source, destination, '42');
    for (let waits = 0; waits < 10; waits++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if ((await takenIn()) > before) break;
    }
    return (await takenIn()) - before;
  }

  test('a frame in a datagram of the other host comes through', async () => {
    expect(await injected('host/b', '192.168.1.6', '192.168.1.4')).toBe(1);
  });

  test('a frame in a datagram of anybody else does not: from the LAN, from a container here, from one there', async () => {
    expect(await injected('outside/a.eth0', '192.168.1.1', '192.168.1.4')).toBe(0);
    expect(await injected('container/apart', '172.17.0.2', '192.168.1.4')).toBe(0);
    expect(await injected('container/apart', '172.17.0.2', '172.17.0.1')).toBe(0);
    expect(await injected('container/db', '10.33.0.3', '192.168.1.4')).toBe(0);
  });

  test('each container has the gateway of its own host', async () => {
    for (const [container, host] of [
      ['test1', 'a'],
      ['test2', 'b'],
    ] as const) {
      await run(`container/${container}`, 'ping', '-c', '1', '-W', '2', '10.32.0.1');
      const neighbour = await run(`container/${container}`, 'ip', 'neigh', 'show', '10.32.0.1');
      const bridge = JSON.parse(await run(`host/${host}`, 'ip', '-j', 'link', 'show', 'br-mesh')) as {
        address: string;
      }[];
      expect(neighbour).toContain(bridge[0]?.address);
    }
  });

  test('a real connection crosses the tunnel, and answers come back', async () => {
    await lab.listen([{ protocol: 'tcp', port: 80 }]);
    const connect = 'import socket; socket.create_connection(("10.32.0.3", 80), 3).close(); print("there")';
    expect(await run('container/test1', 'python3', '-c', connect)).toBe('there\n');
  });
});
