/** How long rules found on a host take to read, in both syntaxes, beside the tools that check the same text. */
import { writeFile } from 'node:fs/promises';
import type { Benchmark, BenchmarkContext, BenchmarkResult } from './benchmark.ts';
import { withNamespaces } from './namespace.ts';
import { timed } from './process.ts';
import { count, mediansInTurns, ratio, seconds } from './statistics.ts';

export const read: Benchmark = {
  name: 'read',
  title: 'ctfw check-rules',
  needs: ['root', 'nft', 'iptables'],
  run: measure,
};

async function measure(context: BenchmarkContext): Promise<BenchmarkResult> {
  const { ctfw, scratch, short } = context;
  const rows: string[][] = [];
  for (const size of short ? [1000, 10_000] : [1000, 10_000, 100_000]) {
    context.progress(`read ${size} rules`);
    const save = `${scratch}/rules-${size}.save`;
    const json = `${scratch}/rules-${size}.json`;
    await writeFile(save, savedRules(size));
    await writeFile(json, jsonRules(size));
    const understood = (file: string) => timed(process.execPath, [ctfw, 'check-rules', '--deny-unknown', file]);
    const [nothing = 0, ours = 0, theirs = 0, oursJson = 0, theirsJson = 0] = await mediansInTurns(short ? 3 : 5, [
      () => timed(process.execPath, [ctfw, '--version']),
      () => understood(save),
      () => inside('iptables-nft-restore', '--test', save),
      () => understood(json),
      () => inside('nft', '-j', '-c', '-f', json),
    ]);
    rows.push([
      count(size),
      seconds(nothing),
      seconds(ours),
      seconds(theirs),
      ratio(ours, theirs),
      seconds(oursJson),
      seconds(theirsJson),
      ratio(oursJson, theirsJson),
    ]);
  }
  return {
    header: [
      'rules',
      'start alone',
      'iptables-save',
      'iptables-restore --test',
      'ctfw to it',
      'nft JSON',
      'nft -j -c -f',
      'ctfw to it',
    ],
    rows,
    notes: [
      'Whole processes; every rule is read and fully modelled. The tools also ask the kernel whether it would take them.',
    ],
    notRun: [],
  };
}

function inside(command: string, ...args: readonly string[]): Promise<number> {
  return withNamespaces(1, async ([namespace]) => {
    if (namespace === undefined) throw new RangeError('no namespace');
    const [program, all] = namespace.inside(command, ...args);
    return timed(program, all);
  });
}

/** Rules of many kinds, all different, as iptables-save prints them. */
function savedRules(size: number): string {
  const rules = Array.from({ length: size }, (_, index) => {
    const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
    const port = 1 + (index % 65_535);
    switch (index % 5) {
      case 0:
        return `-A FORWARD -s ${address}/32 -i eth0 -p tcp -m tcp --dport ${port} -m conntrack --ctstate NEW -j ACCEPT`;
      case 1:
        return `-A FORWARD -d ${address}/32 ! -i br0 -o br0 -p tcp -m tcp --dport ${port} -m comment --comment "rule ${index}" -j ACCEPT`;
      case 2:
        return `-A FORWARD -d ${address}/32 -p udp -m multiport --dports ${port},53,123 -j PORTS`;
      case 3:
        return `-A PORTS -s ${address}/32 -m limit --limit 5/min -j LOG --log-prefix "dropped ${index % 9}: "`;
      default:
        return `-A PORTS -s ${address}/32 -m mark --mark 0x${(index & 255).toString(16)}/0xff -j DROP`;
    }
  });
  const lines = [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':PORTS - [0:0]',
    ...rules,
  ];
  return `${lines.join('\n')}\nCOMMIT\n`;
}

/** The same amount of rules of nftables, as `nft -j list ruleset` prints them. */
function jsonRules(size: number): string {
  const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
  const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
  const meta = (key: string) => ({ meta: { key } });
  const rules = Array.from({ length: size }, (_, index) => {
    const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
    const statements = [
      [match(payload('ip', 'saddr'), address), match(payload('tcp', 'dport'), 1 + (index % 65_535)), { accept: null }],
      [
        match(meta('iifname'), 'eth0'),
        match(payload('ip', 'daddr'), address),
        { counter: { packets: 0, bytes: 0 } },
        { drop: null },
      ],
      [
        match({ ct: { key: 'state' } }, ['established', 'related'], 'in'),
        match(payload('ip', 'daddr'), address),
        { accept: null },
      ],
    ];
    return { rule: { family: 'inet', table: 'filter', chain: 'forward', expr: statements[index % 3] } };
  });
  const objects = [
    { table: { family: 'inet', name: 'filter' } },
    {
      chain: {
        family: 'inet',
        table: 'filter',
        name: 'forward',
        type: 'filter',
        hook: 'forward',
        prio: 0,
        policy: 'accept',
      },
    },
    ...rules,
  ];
  return JSON.stringify({ nftables: objects.map((object) => ({ add: object })) });
}
