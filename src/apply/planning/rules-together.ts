/** Rules of others, and all rules together as they will be once ours are in force. */
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { Chain, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { Target } from '../artifact.ts';
import { foreignPart } from '../install/iptables-own.ts';
import { ownTables } from '../install/nftables.ts';

/**
 * Everything but what is ours: tables by their name, and in iptables' tables chains by theirs. What is ours by its name and of
 * another target stays, whatever is loaded now.
 */
export function foreignRulesOf(reading: GatheredHost, target: Target): readonly Ruleset[] {
  return reading.rulesets
    .map(({ ruleset: { tables } }) => ({
      tables: tables.flatMap((table): readonly Table[] => {
        if (table.engine !== 'nftables')
          return table.engine === target ? foreignPart({ tables: [table] }).tables : [table];
        return target === 'nftables' && ownTables.includes(`${table.family} ${table.name}`) ? [] : [table];
      }),
    }))
    .filter(({ tables }) => tables.length > 0);
}

/** Where ours are part of a table of others (iptables), they are one table, with our jumps first. */
export function together(foreign: readonly Ruleset[], ours: Ruleset): readonly Ruleset[] {
  const key = ({ engine, family, name }: Table): string => `${engine} ${family} ${name}`;
  const own = new Map(ours.tables.map((table) => [key(table), table]));
  const merged = foreign.map(({ tables }) => ({
    tables: tables.map((table) => {
      const mine = own.get(key(table));
      own.delete(key(table));
      return mine === undefined ? table : mergeTables(table, mine);
    }),
  }));
  return [...merged, { tables: [...own.values()] }];
}

function mergeTables(theirs: Table, ours: Table): Table {
  const ownBase = new Map(ours.chains.filter(({ base }) => base !== undefined).map((chain) => [chain.name, chain]));
  const shared = theirs.chains.map((chain): Chain => {
    const mine = ownBase.get(chain.name);
    ownBase.delete(chain.name);
    return mine === undefined ? chain : { ...chain, rules: [...mine.rules, ...chain.rules] };
  });
  const inner = ours.chains.filter(({ base }) => base === undefined);
  return {
    ...theirs,
    chains: [...shared, ...ownBase.values(), ...inner],
    sets: [...theirs.sets, ...ours.sets],
    maps: [...theirs.maps, ...ours.maps],
  };
}
