/** Connections that conntrack knows, from `conntrack -L -o extended` or /proc/net/nf_conntrack: the same lines. */
import { parseAddress } from '../../net/address.ts';
import type { Connection, ConnectionTuple, Missing } from './gathered.ts';
import type { Gathered } from './part.ts';
import { failureOf, print, type Runner } from './runner.ts';

/** Conntrack is there exactly where it has settings; asking for connections elsewhere would load it. */
const conntrackSetting = 'net.netfilter.nf_conntrack_max';

export async function gatherConnections(
  runner: Runner,
  sysctls: Readonly<Record<string, string>>,
): Promise<Gathered<readonly Connection[]>> {
  if (!(conntrackSetting in sysctls)) return { value: [], missing: [] };
  const options = { maximumOutput: 256 << 20 };
  let printed = await print(runner, 'connections', ['conntrack', '-L', '-o', 'extended'], options);
  if (printed.kind === 'missing' && printed.missing.why !== 'privilege') {
    const file = await runner('cat', ['/proc/net/nf_conntrack'], options);
    if (file.kind === 'exited' && file.status === 0) printed = { kind: 'printed', text: file.stdout };
    else if (file.kind !== 'exited') return { value: undefined, missing: [failureOf('connections', 'cat', file)] };
  }
  if (printed.kind === 'missing') return { value: undefined, missing: [printed.missing] };
  const { connections, notUnderstood } = parseConnections(printed.text);
  return { value: connections, missing: notUnderstood > 0 ? [inexact(notUnderstood)] : [] };
}

function inexact(count: number): Missing {
  const message = `${count} connections that conntrack lists were not understood and are left out.`;
  return { part: 'connections', why: 'inexact', message };
}

/** Reads a listing line by line; lines that are not understood are counted. */
export function parseConnections(text: string): {
  readonly connections: readonly Connection[];
  readonly notUnderstood: number;
} {
  const connections: Connection[] = [];
  let notUnderstood = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const connection = parseConnection(line);
    if (connection === undefined) notUnderstood++;
    else connections.push(connection);
  }
  return { connections, notUnderstood };
}

/** `ipv4 2 tcp 6 431999 ESTABLISHED src=... dst=... sport=... dport=... src=... [ASSURED] mark=0 zone=0 use=2`. */
function parseConnection(line: string): Connection | undefined {
  const words = line.trim().split(/\s+/);
  const [family, , , protocolText] = words;
  const protocol = number(protocolText, 255);
  if ((family !== 'ipv4' && family !== 'ipv6') || protocol === undefined) return undefined;
  const values: (readonly [key: string, value: string])[] = [];
  const flags = new Set<string>();
  let timeout: number | undefined;
  let state: string | undefined;
  for (const word of words.slice(4)) {
    const equals = word.indexOf('=');
    if (equals > 0) values.push([word.slice(0, equals), word.slice(equals + 1)]);
    else if (word.startsWith('[')) flags.add(word);
    else if (values.length === 0 && /^\d+$/.test(word)) timeout = Number(word);
    else if (values.length === 0) state = word;
  }
  const second = values.findIndex(([key], index) => index > 0 && key === 'src');
  const original = tuple(second < 0 ? values : values.slice(0, second));
  const reply = second < 0 ? undefined : tuple(values.slice(second));
  if (original === undefined || reply === undefined) return undefined;
  return {
    family,
    protocol,
    state,
    timeout,
    original,
    reply,
    assured: flags.has('[ASSURED]'),
    unreplied: flags.has('[UNREPLIED]'),
    offloaded: flags.has('[OFFLOAD]') || flags.has('[HW_OFFLOAD]'),
    mark: number(last(values, 'mark'), 0xffff_ffff) ?? 0,
    zone: number(last(values, 'zone'), 65535) ?? 0,
  };
}

function last(values: readonly (readonly [string, string])[], name: string): string | undefined {
  return values.findLast(([key]) => key === name)?.[1];
}

/** The first value of each key counts: counters and marks stand behind the tuple. */
function tuple(values: readonly (readonly [string, string])[]): ConnectionTuple | undefined {
  const first = (name: string): string | undefined => values.find(([key]) => key === name)?.[1];
  const source = parseAddress(first('src') ?? '');
  const destination = parseAddress(first('dst') ?? '');
  if (source === undefined || destination === undefined) return undefined;
  const fields = {
    sourcePort: 'sport',
    destinationPort: 'dport',
    type: 'type',
    code: 'code',
    identifier: 'id',
  } as const;
  const numbers = Object.entries(fields).flatMap(([field, key]) => {
    const value = number(first(key), 65535);
    return value === undefined ? [] : [[field, value] as const];
  });
  return { source, destination, ...Object.fromEntries(numbers) };
}

function number(text: string | undefined, maximum: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= maximum ? value : undefined;
}
