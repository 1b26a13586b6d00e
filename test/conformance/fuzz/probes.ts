/** Random packets: single ones, fragments, errors about flows, and conversations. */
import type { Step } from '../scenario/types.ts';
import { places } from './case.ts';
import type { Random } from './random.ts';

const { ports, lan, targets4, targets6 } = places;

/** The steps of a case. */
export function steps(random: Random): Step[] {
  const result: Step[] = [];
  const wanted = 20 + random.below(20);
  while (result.length < wanted) {
    if (random.once(3)) result.push(...conversation(random));
    else result.push(probe(random));
  }
  if (random.once(6)) result.splice(random.below(result.length), 0, { op: 'ctflush' });
  if (random.once(3)) result.push({ op: 'ct' });
  result.push({ op: 'counters' });
  return result;
}

/** Packets of one flow, there and back, with errors about it; or a TCP connection that is used and closed. */
function conversation(random: Random): Step[] {
  const dst = random.pick(targets4);
  const from = random.pick(['lan', 'c1', 'c2', 'c3', 'wan']);
  const source = sources[from] ?? '';
  const dport = random.pick(ports);
  const options = { max_ms: 60, show: ['ttl'] };
  if (random.once(3) && dst !== source && !(from === 'wan' && dst === '8.8.8.8'))
    return connection(random, from, dst, dport);
  const proto = random.pick(['udp', 'tcp']);
  const first = { from, proto, dst, dport, sport: 45_000, ...options };
  const again = { ...first, ...(proto === 'tcp' && { flags: random.pick(['S', 'A', 'R', 'PA']), ack: 9 }) };
  const back = {
    from: random.pick(['c1', 'c2', 'lan', 'wan']),
    proto,
    dst: source,
    dport: 45_000,
    sport: random.pick([dport, 80, 9]),
    ...(proto === 'tcp' && { flags: random.pick(['SA', 'A', 'R', 'RA']), ack: 9 }),
    ...options,
  };
  const error = {
    from: random.pick(['c1', 'c2', 'wan', 'lan']),
    proto: 'icmp',
    dst: random.pick([source, '203.0.113.1', '172.17.0.1']),
    type: random.pick([3, 3, 11]),
    code: random.pick([0, 1, 3]),
    inner: {
      proto,
      src: source,
      sport: 45_000,
      dst: random.pick([dst, '172.17.0.2']),
      dport: random.pick([dport, 80]),
    },
    ...options,
  };
  const others: Step[] = [again, back, error, { ...first, from: random.pick(['lan', 'c1', 'c2', 'c3']) }];
  return [first, ...random.several(1, 4, () => random.pick(others))];
}

const sources: Readonly<Record<string, string>> = {
  lan: '192.168.10.2',
  c1: '172.17.0.2',
  c2: '172.17.0.3',
  c3: '172.18.0.2',
  wan: '203.0.113.2',
};

function connection(random: Random, from: string, dst: string, dport: number): Step[] {
  const conn = `k${random.below(1000)}`;
  const base = { from, proto: 'tcp', dst, dport, conn, max_ms: 60 };
  const inside = (): Step => ({
    ...base,
    conn: undefined as never,
    flow: conn,
    flags: random.pick(['A', 'R', 'S', 'FA', 'PA']),
    ...(random.once(2) && { seq_add: random.pick([1, 900_000]) }),
  });
  const use: readonly (() => Step)[] = [() => base, () => ({ ...base, side: 'server' }), inside];
  return [
    { ...base, mode: 'socket' },
    ...random.several(0, 3, () => random.pick(use)()),
    ...(random.once(2) ? [{ op: 'close', conn, ...(random.once(2) && { both: true }) } as Step] : []),
  ].map((step) => JSON.parse(JSON.stringify(step)) as Step);
}

/** An ICMP error about a flow that may exist: either way round. */
function errorProbe(random: Random, base: Record<string, unknown>): Step {
  const ends = [
    {
      src: base.dst,
      sport: random.pick([80, 8080, 53]),
      dst: random.pick(['192.168.10.2', '172.17.0.2']),
      dport: 45_000,
    },
    {
      src: base.dst,
      sport: 45_000,
      dst: random.pick(['172.17.0.2', '192.168.10.1', '8.8.8.8']),
      dport: random.pick([80, 8080, 53]),
    },
  ];
  const { id: _, ...rest } = base;
  return {
    ...rest,
    type: random.pick([3, 11]),
    code: random.pick([0, 1]),
    inner: { proto: random.pick(['udp', 'tcp']), ...random.pick(ends) },
  } as Step;
}

function probe(random: Random): Step {
  const from = random.pick(['lan', 'lan', 'c1', 'c2', 'c3', 'wan', 'router']);
  const isIpv6 = random.once(4);
  const dst = random.pick(isIpv6 ? targets6 : targets4);
  const proto = random.pick(['udp', 'udp', 'tcp', 'tcp', 'icmp']);
  const base: Record<string, unknown> = { from, proto, dst, max_ms: 60, show: ['ttl'] };
  if (proto === 'icmp') {
    base.id = 1 + random.below(3);
    if (random.once(5)) base.ttl = 1;
    if (random.once(3) && !isIpv6 && from !== 'router') return errorProbe(random, base);
    if (random.once(6) && !isIpv6) base.type = random.pick([0, 13, 9]);
    return base;
  }
  base.dport = random.pick(ports);
  if (from === 'router') return base;
  if (proto === 'tcp' && random.once(5)) return { ...base, mode: 'socket' };
  if (random.once(2)) base.sport = random.pick([45_000, 45_001, 700]);
  if (proto === 'tcp' && random.once(4)) {
    base.flags = random.pick(['A', 'R', 'SA', 'FA', 'F', 'PA']);
    base.ack = 5;
  }
  if (random.once(8)) base.ttl = random.pick([1, 2]);
  if (proto === 'udp' && random.once(8)) {
    base.len = 200;
    base.frags = random.pick([
      [
        [0, 104],
        [104, null],
      ],
      [
        [104, null],
        [0, 104],
      ],
      [[0, 104]],
    ]);
  }
  if (random.once(12)) base.badsum = 1;
  if (random.once(6) && base.frags === undefined) base.path = true; // frames of fragments share memory: what is seen changes
  if (random.once(6)) base.wire = random.pick(['c1', 'wan', 'lan']);
  if (from === 'lan' && !isIpv6 && random.once(12)) {
    base.l2 = 'eth0>router:eth0';
    if (random.once(2)) base.dmac = random.pick(['ff:ff:ff:ff:ff:ff', '02:00:00:00:00:09']);
  }
  if (from === 'lan' && !isIpv6 && random.once(5)) base.src = random.pick([...lan, '5.5.5.5', '172.17.0.9']);
  if (from === 'c1' && !isIpv6 && random.once(6)) base.src = random.pick(['172.17.0.9', '6.6.6.6']);
  return base;
}
