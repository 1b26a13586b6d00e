/** Connections of a real host: listed and removed with the conntrack tool. */
import type { ConnectionTuple, ReadResult, TrackedConnection, WriteResult } from '../host.ts';
import { failureOfRun, type Runner } from './runner.ts';

/** Every connection of both families. */
export async function listConnections(runner: Runner): Promise<ReadResult<readonly TrackedConnection[]>> {
  const found: TrackedConnection[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const result = await runner.run('conntrack', ['-L', '-f', family], { maximumOutput: 1 << 30, timeoutMs: 60_000 });
    if (result.kind !== 'exited' || result.status !== 0) return failureOfRun(result, 'conntrack');
    for (const line of result.stdout.split('\n')) {
      const connection = parseLine(line, family);
      if (connection !== undefined) found.push(connection);
    }
  }
  return { kind: 'read', value: found };
}

/** One line of `conntrack -L`: `tcp 6 431999 ESTABLISHED src=... dst=... sport=... dport=... src=... ...`. */
export function parseLine(line: string, family: ConnectionTuple['family']): TrackedConnection | undefined {
  const protocol = /^\S+\s+(\d+)\s/.exec(line)?.[1];
  const words = [...line.matchAll(/\b(src|dst|sport|dport|type|code|id)=(\S+)/g)];
  const second = words.findIndex(([, name], index) => index > 0 && name === 'src');
  if (protocol === undefined || second < 0) return undefined;
  const original = tupleOf(words.slice(0, second), family, Number(protocol));
  const reply = tupleOf(words.slice(second), family, Number(protocol));
  return original === undefined || reply === undefined ? undefined : { original, reply };
}

function tupleOf(
  words: readonly RegExpMatchArray[],
  family: ConnectionTuple['family'],
  protocol: number,
): ConnectionTuple | undefined {
  const values = new Map(words.map(([, name, value]) => [name ?? '', value ?? '']));
  const number = (name: string): number => Number(values.get(name));
  const source = values.get('src');
  const destination = values.get('dst');
  if (source === undefined || destination === undefined) return undefined;
  return {
    family,
    protocol,
    source,
    destination,
    ...(values.has('sport') && { sourcePort: number('sport'), destinationPort: number('dport') }),
    ...(values.has('type') && { icmp: { type: number('type'), code: number('code'), identifier: number('id') } }),
  };
}

/** Removes one connection by its original tuple; one that is gone already is as good as removed. */
export async function removeConnection(runner: Runner, tuple: ConnectionTuple): Promise<WriteResult> {
  const { sourcePort, destinationPort, icmp } = tuple;
  const result = await runner.run('conntrack', [
    '-D',
    ...['-f', tuple.family, '-p', protocolWord(tuple.protocol), '--orig-src', tuple.source, '--orig-dst', tuple.destination],
    ...(sourcePort === undefined ? [] : ['--sport', `${sourcePort}`]),
    ...(destinationPort === undefined ? [] : ['--dport', `${destinationPort}`]),
    ...(icmp === undefined
      ? []
      : ['--icmp-type', `${icmp.type}`, '--icmp-code', `${icmp.code}`, '--icmp-id', `${icmp.identifier}`]),
  ]);
  if (result.kind === 'exited' && (result.status === 0 || /\b0 flow entries/.test(result.stderr))) return { kind: 'done' };
  return failureOfRun(result, 'conntrack');
}

/** The names by which conntrack knows the protocols that it takes ports and types for; others by number. */
const words = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [33, 'dccp'],
  [47, 'gre'],
  [58, 'icmpv6'],
  [132, 'sctp'],
  [136, 'udplite'],
]);

function protocolWord(protocol: number): string {
  return words.get(protocol) ?? `${protocol}`;
}
