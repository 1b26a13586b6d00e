/** Rules of others, and all rules together as they will be once ours are in force. */
import type { GatheredHost } from '../../host/gather/gathered.ts';
import type { Chain, Ruleset, Table } from '../../ruleset/ruleset.ts';
import { foreignPart } from '../install/iptables-own.ts';

/** Everything but what is ours: tables by their name, and in iptables' tables chains by theirs. */
export function foreignRulesOf(reading: GatheredHost): readonly Ruleset[] {
  return reading.rulesets
    .map(({ ruleset }) => {
      const foreign = ruleset.tables.filter(({ name, engine }) => engine !== 'nftables' || name !== 'ctfw');
      const iptables = foreignPart({ tables: foreign.filter(({ engine }) => engine !== 'nftables') }).tables;
      return { tables: [...foreign.filter(({ engine }) => engine === 'nftables'), ...iptables] };
    })
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
