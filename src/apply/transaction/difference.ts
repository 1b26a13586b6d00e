/** What differs between the tables of two generations: the least that has to be sent to the kernel. */
import type { Json } from '../../backends/nftables/json.ts';
import { differingElements } from './emitted-text.ts';
import { referencesIn } from './references.ts';
import {
  byKey,
  dataOfElement,
  declarationOf,
  type EmittedChain,
  type EmittedCollection,
  type EmittedTable,
  type EmittedTables,
  effectOf,
} from './tables.ts';

export interface Difference {
  readonly removed: readonly EmittedTable[];
  readonly added: readonly EmittedTable[];
  readonly changed: readonly TableDifference[];
}

export interface TableDifference {
  readonly table: EmittedTable;
  /** Chains that go, and chains that come back as another kind or at another place. */
  readonly removedChains: readonly string[];
  readonly addedChains: readonly EmittedChain[];
  /** Base chains that stay where they are with another policy. */
  readonly policies: readonly EmittedChain[];
  /** Chains that are emptied and filled again; added ones too. */
  readonly refilled: readonly EmittedChain[];
  readonly removedCollections: readonly { readonly kind: 'set' | 'map'; readonly name: string }[];
  readonly addedCollections: readonly EmittedCollection[];
  readonly elements: readonly ElementDifference[];
}

export interface ElementDifference {
  readonly kind: 'set' | 'map';
  readonly name: string;
  readonly removed: readonly Json[];
  readonly added: readonly Json[];
}

/** Comments alone make no difference: an element or chain that does the same keeps its counters and its old comment. */
export function differenceOf(before: EmittedTables, after: EmittedTables): Difference {
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, table]) => table);
  const added = [...after].filter(([key]) => !before.has(key)).map(([, table]) => table);
  const changed = [...after].flatMap(([key, table]) => {
    const old = before.get(key);
    const difference = old === undefined ? undefined : tableDifference(old, table);
    return difference === undefined || isNothing(difference) ? [] : [difference];
  });
  return { removed, added, changed };
}

/** Whether nothing but elements changes, so that no rule is touched and no counter reset. */
export function isOfElementsOnly(difference: Difference): boolean {
  const { removed, added, changed } = difference;
  return removed.length === 0 && added.length === 0 && changed.every(changesElementsOnly);
}

export function isEmpty({ removed, added, changed }: Difference): boolean {
  return removed.length === 0 && added.length === 0 && changed.length === 0;
}

function changesElementsOnly(one: TableDifference): boolean {
  const others = [
    one.removedChains,
    one.addedChains,
    one.policies,
    one.refilled,
    one.removedCollections,
    one.addedCollections,
  ];
  return others.every((list) => list.length === 0);
}

function isNothing(one: TableDifference): boolean {
  return changesElementsOnly(one) && one.elements.length === 0;
}

function tableDifference(before: EmittedTable, after: EmittedTable): TableDifference {
  const gone = [...before.collections].filter(([name, old]) => !staysCollection(old, after.collections.get(name)));
  const goneNames = new Set(gone.map(([name]) => name));
  const removedChains = [...before.chains].filter(([name, old]) => !staysChain(old, after.chains.get(name)));
  const removedNames = new Set(removedChains.map(([name]) => name));
  const isNewChain = (name: string): boolean => !before.chains.has(name) || removedNames.has(name);
  const refilled = [...after.chains].filter(
    ([name, chain]) => isNewChain(name) || mustRefill(before.chains.get(name), chain, goneNames, removedNames),
  );
  const policies = [...after.chains].filter(
    ([name, { body }]) => !isNewChain(name) && before.chains.get(name)?.body.policy !== body.policy,
  );
  return {
    table: after,
    removedChains: [...removedNames],
    addedChains: [...after.chains].filter(([name]) => isNewChain(name)).map(([, chain]) => chain),
    policies: policies.map(([, chain]) => chain),
    refilled: refilled.map(([, chain]) => chain),
    removedCollections: gone.map(([name, { kind }]) => ({ kind, name })),
    addedCollections: [...after.collections]
      .filter(([name]) => !before.collections.has(name) || goneNames.has(name))
      .map(([, collection]) => collection),
    elements: [...after.collections].flatMap(([name, collection]) => {
      const old = goneNames.has(name) ? undefined : before.collections.get(name);
      return old === undefined ? [] : elementDifference(name, old, collection);
    }),
  };
}

function staysCollection(before: EmittedCollection, after: EmittedCollection | undefined): boolean {
  return after !== undefined && before.kind === after.kind && declarationOf(before.body) === declarationOf(after.body);
}

function staysChain(before: EmittedChain, after: EmittedChain | undefined): boolean {
  return after !== undefined && declarationOf(before.body) === declarationOf(after.body);
}

/** A chain is filled again when it does something else, or looks at something that is made anew under the same name. */
function mustRefill(
  before: EmittedChain | undefined,
  after: EmittedChain,
  goneCollections: ReadonlySet<string>,
  goneChains: ReadonlySet<string>,
): boolean {
  if (before === undefined || before.rules.length !== after.rules.length) return true;
  if (before.rules.some((rule, index) => effectOf(rule) !== effectOf(after.rules[index] ?? {}))) return true;
  if (goneCollections.size === 0 && goneChains.size === 0) return false;
  return after.rules.some(({ expr }) => {
    const { chains, collections } = referencesIn(expr ?? null);
    return (
      [...collections].some((name) => goneCollections.has(name)) || [...chains].some((name) => goneChains.has(name))
    );
  });
}

function elementDifference(name: string, before: EmittedCollection, after: EmittedCollection): ElementDifference[] {
  const [old, now] = differingParts(before, after);
  const changes = (key: string, element: Json, other: ReadonlyMap<string, Json>): boolean => {
    const held = other.get(key);
    if (held === undefined) return true;
    const data = dataOfElement(element);
    return data !== undefined && JSON.stringify(data) !== JSON.stringify(dataOfElement(held));
  };
  const removed = [...old].filter(([key, element]) => changes(key, element, now)).map(([, element]) => element);
  const added = [...now].filter(([key, element]) => changes(key, element, old)).map(([, element]) => element);
  return removed.length === 0 && added.length === 0 ? [] : [{ kind: after.kind, name, removed, added }];
}

/** The elements of both that are not written alike; all of them where that is not known. */
function differingParts(
  before: EmittedCollection,
  after: EmittedCollection,
): readonly [ReadonlyMap<string, Json>, ReadonlyMap<string, Json>] {
  if (before.lines === undefined || after.lines === undefined) return [before.elements, after.elements];
  const { left, right } = differingElements(before.lines, after.lines);
  return [byKey(left), byKey(right)];
}
