/** Ways around the rules that were found once: packets that no test of ours looked at, sent for real. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emitJson } from '../../src/backends/nftables/emit-json.ts';
import { compile } from '../../src/compile.ts';
import { labTopology } from '../../src/lab/build-topology.ts';
import { buildLab, type Lab } from '../../src/lab/lab.ts';
import { emptyLock } from '../../src/lock/lock.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';

const policy = `
host edge {
  interface wan0 { address 203.0.113.10/24, 2001:db8:1::10/64 }
  route default via 203.0.113.1
  route default via 2001:db8:1::1
}
zone net = any on wan0
network b { bridge br-b; subnet 172.21.0.0/24, fd00:21::/64; icc off }
container x { attach b 172.21.0.2, fd00:21::2; publish 9090:90 }
container y { attach b 172.21.0.3, fd00:21::3 }
`;

function known(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return address;
}

let lab: Lab;
beforeAll(async () => {
  const {
    compiled: [compiled],
  } = compile({ name: 'policy.ctfw', text: policy }, () => ({ error: 'none' }), emptyLock);
  if (compiled === undefined) throw new Error('the policy is wrong');
  lab = await buildLab(labTopology(compiled.meaning.atlas.model, compiled.host, { brNetfilter: true }));
  expect(await lab.load({ kind: 'nft-json', text: emitJson(compiled.ruleset) })).toEqual({ loaded: true });
});
afterAll(() => lab.close());

/** How many ICMPv6 messages of a type the kernel of x took in (probes are not told apart among these types). */
async function received(type: number): Promise<number> {
  const { stdout } = await lab.exec('container/x', ['cat', '/proc/net/snmp6']);
  const line = stdout
    .split('\n')
    .find((text) => text.startsWith(`Icmp6InType${type} `) || text.startsWith(`Icmp6InType${type}\t`));
  return Number(line?.trim().split(/\s+/)[1] ?? 0);
}

test('multicast listener messages do not come in from afar, whatever their hop limit', async () => {
  for (const type of [130, 131, 132, 143]) {
    const before = await received(type);
    for (const ttl of [1, 2, 3, 255]) {
      await lab.probe({
        from: { kind: 'outside', interface: 'wan0' },
        source: known('2001:db8:77::7'),
        destination: known('fd00:21::2'),
        protocol: 58,
        icmp: { type, code: 0 },
        ttl,
        mode: 'crafted',
      });
    }
    expect([type, (await received(type)) - before]).toEqual([type, 0]);
  }
});

test('an IPv6 packet from a wire cannot carry an address of the host', async () => {
  const own = known('2001:db8:1::10');
  const publish = { destination: own, destinationPort: 9090, protocol: 6, mode: 'crafted' } as const;
  const outside = { kind: 'outside', interface: 'wan0' } as const;
  const honest = await lab.probe({ ...publish, from: outside, source: known('2001:db8:77::7') });
  expect(honest.at?.namespace).toBe('container/x');
  for (const source of [own, known('fd00:21::1')]) {
    const forged = await lab.probe({ ...publish, from: outside, source });
    expect(forged.verdict).toBe('dropped');
  }
});

/** Sends one UDP datagram to y, port 9, from x's interface behind these tags, and tells how many datagrams y's kernel got for closed ports. */
async function delivered(tags: readonly number[]): Promise<number> {
  const [x, y] = ['x', 'y'].map((name) => lab.topology.attachments.find(({ container }) => container === name));
  if (x === undefined || y === undefined) throw new Error('no such containers');
  const noPorts = async (): Promise<number> => {
    const { stdout } = await lab.exec(y.namespace, ['cat', '/proc/net/snmp']);
    return Number(
      stdout
        .split('\n')
        .filter((line) => line.startsWith('Udp:'))[1]
        ?.split(' ')[2],
    );
  };
  const before = await noPorts();
  const headers = tags.map((tag) => `${tag.toString(16).padStart(4, '0')}0000`).join('');
  const script = `
import socket, struct, sys
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 17, 0, bytes([172, 21, 0, 2]), bytes([172, 21, 0, 3]))
ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
mac = lambda text: bytes.fromhex(text.replace(":", ""))
frame = mac(sys.argv[1]) + mac(sys.argv[2]) + bytes.fromhex(sys.argv[3]) + b"\\x08\\x00" + ip + struct.pack("!HHHH", 5000, 9, 8, 0)
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind((sys.argv[4], 0))
raw.send(frame.ljust(60, b"\\0"))
`;
  const { status, stderr } = await lab.exec(x.namespace, ['python3', '-c', script, y.mac, x.mac, headers, x.interface]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  await new Promise((done) => setTimeout(done, 100));
  return (await noPorts()) - before;
}

test('tags in front of a packet do not hide it: icc off holds', async () => {
  for (const tags of [[], [0x8100], [0x8100, 0x8100], [0x88a8, 0x8100], [0x8100, 0x88a8], [0x8100, 0x8100, 0x8100]]) {
    expect([tags, await delivered(tags)]).toEqual([tags, 0]);
  }
});
