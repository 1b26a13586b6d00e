/** The canonical form of rulesets: what comes back when a ruleset is written as nftables JSON and read again. */
import type { Chain, Rule, Ruleset, Table, TableFamily } from '../../ruleset/ruleset.ts';
import type { KeyedCollection, NamedMap, NamedSet } from '../../ruleset/set.ts';
import { normalizeComment, plainText } from './comment.ts';
import { engineOf } from './engine.ts';
import { withRejectNeeds } from './implied-protocols.ts';
import type { KeptReading } from './kept-reading.ts';
import { mergedElements } from './merge-elements.ts';
import { normalizeMapElements, normalizeSetElements, normalizeStatements } from './normalize-statement.ts';

/**
 * The canonical form: `parseNftJson(emitJson(r)).ruleset` equals `normalize(r)`, and `normalize` changes nothing that it gave.
 * Elements are in the order of their values, intervals in their shortest form, comments as they are written, flags in nft's
 * order, and a masked value compared with zero asks for bits. Rules without statements and the contents of sets
 * that rules add to are left out.
 */
export function normalize(ruleset: Ruleset, kept?: KeptReading): Ruleset {
  return { tables: ruleset.tables.map((table) => normalizeTable(table, kept)) };
}

function normalizeTable(table: Table, kept: KeptReading | undefined): Table {
  const updated = updatedSets(table);
  return {
    family: table.family,
    name: table.name,
    engine: engineOf(table.family, table.name, table.chains),
    chains: table.chains.map((chain) => normalizeChain(chain, table.family)),
    sets: table.sets.map((set) => normalizeOnce(set, updated, normalizeSet, kept)),
    maps: table.maps.map((map) => normalizeOnce(map, updated, normalizeMap, kept)),
    ...(table.comment !== undefined && { comment: plainText(table.comment) }),
  };
}

function normalizeOnce<C extends NamedSet | NamedMap>(
  collection: C,
  updated: ReadonlySet<string>,
  normalize: (collection: C, updated: ReadonlySet<string>) => C,
  kept: KeptReading | undefined,
): C {
  const make = () => normalize(collection, updated);
  return kept === undefined ? make() : kept.normalized(collection, updated.has(collection.name), make);
}

function updatedSets(table: Table): ReadonlySet<string> {
  const names = new Set<string>();
  for (const chain of table.chains)
    for (const rule of chain.rules)
      for (const statement of rule.statements) if (statement.kind === 'set-update') names.add(statement.set);
  return names;
}

function normalizeChain(chain: Chain, family: TableFamily): Chain {
  return {
    name: chain.name,
    base: chain.base,
    rules: chain.rules.filter(does).map((rule) => normalizeRule(rule, family)),
  };
}

/** A rule without statements does nothing, and nft leaves it out. */
function does(rule: Rule): boolean {
  return rule.statements.length > 0;
}

function normalizeRule(rule: Rule, family: TableFamily): Rule {
  const statements = withRejectNeeds(normalizeStatements(rule.statements), family);
  return { statements, ...normalizeComment(rule) };
}

/** A set is dynamic when a rule adds to it. */
function normalizeCollection(collection: KeyedCollection, updated: ReadonlySet<string>): KeyedCollection {
  return {
    name: collection.name,
    keyTypes: collection.keyTypes,
    interval: collection.interval,
    counter: collection.counter,
    autoMerge: collection.autoMerge,
    dynamic: collection.dynamic || updated.has(collection.name),
    timeout: collection.timeout,
    ...(collection.comment !== undefined && { comment: plainText(collection.comment) }),
  };
}

function normalizeSet(set: NamedSet, updated: ReadonlySet<string>): NamedSet {
  const common = normalizeCollection(set, updated);
  return { ...common, kind: 'set', elements: common.dynamic ? [] : normalizeSetElements(mergedElements(set)) };
}

function normalizeMap(map: NamedMap, updated: ReadonlySet<string>): NamedMap {
  const common = normalizeCollection(map, updated);
  const elements = common.dynamic ? [] : normalizeMapElements(map.elements);
  return { ...common, kind: 'map', dataTypes: map.dataTypes, elements };
}
