/** Rules of ctfw for another target: they would stay beside these, and both decide about every packet. */
import { otherTargetInForce } from '../../diagnostics/catalogue/apply.ts';
import type { Table } from '../../ruleset/ruleset.ts';
import type { Target } from '../artifact.ts';
import { chainPrefix } from '../install/iptables-own.ts';
import { ownTables } from '../install/nftables.ts';
import { finding } from './finding.ts';
import type { Check } from './preflight.ts';

export const otherTarget: Check = ({ reading, artifact }) => {
  const places = new Map<Target, string[]>();
  for (const table of reading.rulesets.flatMap(({ ruleset }) => ruleset.tables)) {
    const target = targetOf(table);
    if (target !== undefined && target !== artifact.target)
      places.set(target, [...(places.get(target) ?? []), `${table.family} ${table.name}`]);
  }
  return [...places].map(([target, tables]) =>
    finding(
      otherTargetInForce,
      `rules of ctfw for ${target} are on this host (${tables.join(', ')}), and would go on deciding beside these`,
      {
        help: `take them away first: \`ctfw rollback 0\`; what ctfw apply knows nothing of is taken over with \`ctfw apply FILE -t ${words[target]}\` before that`,
      },
    ),
  );
};

/** Whose rules of ours a table holds. */
function targetOf({ engine, family, name, chains }: Table): Target | undefined {
  if (engine === 'nftables' && ownTables.includes(`${family} ${name}`)) return 'nftables';
  if (!chains.some((chain) => chain.name.startsWith(chainPrefix))) return undefined;
  return engine === 'iptables-legacy' ? 'iptables-legacy' : 'iptables-nft';
}

const words: Readonly<Record<Target, string>> = {
  nftables: 'nft',
  'iptables-nft': 'iptables',
  'iptables-legacy': 'iptables-legacy',
};
