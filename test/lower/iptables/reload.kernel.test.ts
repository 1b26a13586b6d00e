/** Our rules beside those of others, in both implementations: loaded, loaded again, and replaced by those of another policy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emitIptables } from '../../../src/backends/iptables/emit.ts';
import { parseIptablesSave } from '../../../src/backends/iptables/parse.ts';
import { compile } from '../../../src/compile.ts';
import { emptyLock } from '../../../src/lock/lock.ts';
import { defaultLowerOptions } from '../../../src/lower/context.ts';
import { comparable, kernelTakes, loadAndList, type Tool } from '../../backends/iptables/kernel.ts';
import { fixturesFolder } from '../../support/fixtures.ts';

const others: Readonly<Record<Tool, string>> = {
  iptables:
    '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n-A FORWARD -j DOCKER\n-A DOCKER -s 10.9.9.9 -j ACCEPT\nCOMMIT\n' +
    '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 1 -j DNAT --to-destination 10.9.9.9:1\nCOMMIT\n',
  ip6tables:
    '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -s fd99::1 -j DROP\nCOMMIT\n',
  ebtables: '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A FORWARD -s 02:00:00:00:00:01 -j DROP\n',
};

function rulesOf(fixture: string): Readonly<Record<Tool, string>> {
  const policy = {
    name: 'policy.ctfw',
    text: readFileSync(join(fixturesFolder, 'valid', fixture, 'policy.ctfw'), 'utf8'),
  };
  const { compiled } = compile(policy, () => ({ error: 'none' }), emptyLock, {
    ...defaultLowerOptions,
    target: 'iptables',
  });
  const { v4, v6, bridge } = emitIptables(compiled[0]?.ruleset ?? { tables: [] }, { ownChains: 'CTFW-' });
  return { iptables: v4, ip6tables: v6, ebtables: bridge ?? '' };
}

/** The file as it is loaded where its jumps already are, as its header says. */
const again = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('-I '))
    .join('\n');

/** The lines of a listing with the table that they stand in: chains of several tables have the same names. */
function inTables(listing: string): readonly string[] {
  let table = '';
  return comparable(listing).map((line) => {
    if (line.startsWith('*')) table = line;
    return `${table} ${line}`;
  });
}

const jumps = (listing: string): readonly string[] =>
  comparable(listing).filter((line) => /^-A [A-Z]+ -j CTFW-/.test(line));
const foreign = (listing: string): readonly string[] => comparable(listing).filter((line) => !line.includes('CTFW-'));

const cases = [
  ['iptables', 'iptables-nft'],
  ['iptables', 'iptables-legacy'],
  ['ip6tables', 'iptables-nft'],
  ['ip6tables', 'iptables-legacy'],
  ['ebtables', 'iptables-nft'],
] as const;

describe.each(cases)('%s, %s', (tool, engine) => {
  const load = (...files: readonly string[]): string => {
    const loaded = loadAndList(tool, engine, others[tool], ...files);
    expect(loaded.error).toBe(undefined);
    return loaded.error === undefined ? loaded.listing : '';
  };

  test.skipIf(!kernelTakes(tool, engine))('loading again changes nothing, others are left alone', () => {
    const ours = rulesOf('edge')[tool];
    const once = load(ours);
    const twice = load(ours, again(ours));
    expect(comparable(twice)).toEqual(comparable(once));
    // What is ours is in our chains, but for one jump from each built-in one.
    const tables = once.split('\n*').length;
    expect(jumps(once).length).toBeGreaterThanOrEqual(tables);
    expect(new Set(jumps(load(ours, again(ours)))).size).toBeGreaterThan(0);
    const kept = foreign(once);
    for (const line of foreign(load())) expect(kept).toContain(line);
  });

  test.skipIf(!kernelTakes(tool, engine))('another policy over it: our chains are as if loaded first', () => {
    const [before, after] = [rulesOf('deny-beats-allow')[tool], rulesOf('p1-icc-on')[tool]];
    const fresh = inTables(load(after));
    const replaced = inTables(load(before, again(after)));
    const known = new Set(fresh);
    expect(replaced.filter((line) => known.has(line)).sort()).toEqual([...fresh].sort());
    // What is left of the old policy is reached from nowhere.
    const target = (line: string): string | undefined => /-[jg] (CTFW-\S+)/.exec(line)?.[1];
    const reached = new Set(fresh.flatMap((line) => `${line.split(' ')[0]} ${target(line) ?? ''}`));
    for (const line of replaced.filter((one) => !known.has(one) && one.includes(' -A '))) {
      const [table, , chain] = line.split(' ');
      expect(reached.has(`${table} ${chain}`)).toBe(false);
    }
  });

  if (tool === 'ebtables') return; // what emitIptables is told of the host is about iptables
  test.skipIf(!kernelTakes(tool, engine))("with the host's rules at hand, no jump is doubled", () => {
    const family = tool === 'iptables' ? 'ip' : 'ip6';
    const first = rulesOf('edge')[tool];
    const listing = load(first);
    const present = parseIptablesSave(listing, 'host', { family, engine }).ruleset;
    const wanted = parseIptablesSave(
      listing
        .split('\n')
        .filter((line) => !/^-A [A-Z]+ /.test(line) || line.includes('CTFW-'))
        .filter((line) => !line.includes('DOCKER'))
        .join('\n'),
      'wanted',
      { family, engine },
    ).ruleset;
    const { v4, v6, diagnostics } = emitIptables(wanted, { ownChains: 'CTFW-', present });
    expect(diagnostics).toEqual([]);
    expect(comparable(load(first, tool === 'iptables' ? v4 : v6))).toEqual(comparable(listing));
  });
});
