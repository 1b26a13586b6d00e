/** The tables of iptables and ebtables and the hooks of their built-in chains. */
import type { BaseChain, ChainType, Engine, Hook } from '../../ruleset/ruleset.ts';
import type { IptablesFamily } from './text/module.ts';

type BuiltIn = Omit<BaseChain, 'policy' | 'devices'>;
type Table = ReadonlyMap<string, BuiltIn>;

const hooks: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
  BROUTING: 'prerouting',
};

function table(type: ChainType, priorities: Readonly<Record<string, number>>): Table {
  return new Map(
    Object.entries(priorities).map(([name, priority]) => [
      name,
      { type: type, hook: hooks[name] ?? 'prerouting', priority },
    ]),
  );
}

const every = (priority: number, ...names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name) => [name, priority]));

const mangle = new Map([
  ...table('filter', every(-150, 'PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING')),
  // Marks set here choose the route again [119].
  ...table('route', every(-150, 'OUTPUT')),
]);

const internetTables: ReadonlyMap<string, Table> = new Map([
  ['raw', table('filter', every(-300, 'PREROUTING', 'OUTPUT'))],
  ['mangle', mangle],
  ['nat', table('nat', { PREROUTING: -100, INPUT: 100, OUTPUT: -100, POSTROUTING: 100 })],
  ['filter', table('filter', every(0, 'INPUT', 'FORWARD', 'OUTPUT'))],
  ['security', table('filter', every(50, 'INPUT', 'FORWARD', 'OUTPUT'))],
]);

const bridgeNat = table('filter', { PREROUTING: -300, OUTPUT: 100, POSTROUTING: 300 });

/** ebtables on nftables registers all chains of `filter` at -200; the legacy one puts OUTPUT behind the other hooks, at 200. */
const bridgeTables: Readonly<Record<'iptables-nft' | 'iptables-legacy', ReadonlyMap<string, Table>>> = {
  'iptables-nft': new Map([
    ['filter', table('filter', every(-200, 'INPUT', 'FORWARD', 'OUTPUT'))],
    ['nat', bridgeNat],
  ]),
  'iptables-legacy': new Map([
    ['filter', table('filter', { INPUT: -200, FORWARD: -200, OUTPUT: 200 })],
    ['nat', bridgeNat],
    ['broute', table('filter', { BROUTING: -400 })],
  ]),
};

export type IptablesEngine = Exclude<Engine, 'nftables'>;

/** The built-in chains of a table by name, or undefined for a table that the tool does not have. */
export function builtInChains(family: IptablesFamily, engine: IptablesEngine, name: string): Table | undefined {
  return (family === 'bridge' ? bridgeTables[engine] : internetTables).get(name);
}
