import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConnections } from '../../../src/host/gather/connections.ts';
import { formatAddress } from '../../../src/net/address.ts';

const one = (line: string) => parseConnections(line).connections[0];

describe('listings of connections', () => {
  test('a translated one, from /proc, with counters and a zone', () => {
    const line =
      'ipv4     2 tcp      6 117 TIME_WAIT src=198.51.100.7 dst=203.0.113.10 sport=51000 dport=8080 packets=6 bytes=400 src=172.17.0.2 dst=198.51.100.7 sport=80 dport=51000 packets=5 bytes=3000 [ASSURED] mark=7 zone=3 use=2';
    const connection = one(line);
    expect(connection).toMatchObject({ state: 'TIME_WAIT', timeout: 117, mark: 7, zone: 3, assured: true });
    expect(formatAddress(connection?.reply.source ?? { family: 'ipv4', value: 0n })).toBe('172.17.0.2');
    expect(connection?.reply).toMatchObject({ sourcePort: 80, destinationPort: 51000 });
  });

  test('ICMP, its identifier is no identifier of the entry', () => {
    const line =
      'ipv6     10 icmpv6   58 29 src=::1 dst=::2 type=128 code=0 id=7274 src=::2 dst=::1 type=129 code=0 id=7274 mark=0 use=1 id=3914072034';
    expect(one(line)?.original).toMatchObject({ type: 128, code: 0, identifier: 7274 });
    expect(one(line)?.reply).toMatchObject({ type: 129, identifier: 7274 });
  });

  test('an offloaded one has no timeout; a protocol without ports no ports', () => {
    const offloaded = one(
      'ipv4     2 tcp      6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [OFFLOAD] mark=0 use=3',
    );
    expect(offloaded).toMatchObject({ offloaded: true, timeout: undefined, state: undefined });
    const unknown = one(
      'ipv4 2 unknown 2 599 src=10.0.0.1 dst=224.0.0.22 [UNREPLIED] src=224.0.0.22 dst=10.0.0.1 mark=0 use=1',
    );
    expect(unknown).toMatchObject({ protocol: 2, unreplied: true, original: { source: expect.anything() } });
  });

  test('lines that are something else are counted', () => {
    expect(parseConnections('nonsense\nipv4 2 tcp 6 1 NONE src=x dst=y\n\n')).toEqual({
      connections: [],
      notUnderstood: 2,
    });
  });

  test('no text at all makes it fail', () => {
    fc.assert(fc.property(fc.string(), (text) => parseConnections(text).notUnderstood >= 0));
  });
});
