/** Whether the kernel's listing of a table is what was emitted; what differs, in words. */
import { elementKey } from '../../backends/nftables/element-key.ts';
import { canonicalAsListed } from '../../backends/nftables/listed.ts';
import { parseNftJson } from '../../backends/nftables/parse-json.ts';
import type { Chain, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { MapElement, NamedMap, NamedSet, SetElement } from '../../ruleset/set.ts';
import { documentOf, tableCommands } from '../transaction/commands.ts';
import type { EmittedTable } from '../transaction/tables.ts';

/** Differences of one table are told up to here. */
const mostDifferences = 20;

/** A table of the host: undefined where there is none, a text where it cannot be read. */
export type FoundTable = Table | undefined | { readonly unreadable: string };

/** The only table of a listing. */
export function tableOfListing(listing: string | undefined): FoundTable {
  if (listing === undefined) return undefined;
  const { ruleset, diagnostics } = parseNftJson(listing, 'listing');
  const [problem] = diagnostics;
  return problem === undefined ? ruleset.tables[0] : { unreadable: problem.message };
}

/** Comments make no difference, nor do counters. */
export function compareTable(wanted: EmittedTable | undefined, found: FoundTable, name: string): readonly string[] {
  if (wanted === undefined) return found === undefined ? [] : [`table ${name} is there and should not be`];
  if (found === undefined) return [`table ${name} is not there`];
  if ('unreadable' in found) return [`table ${name} holds what cannot be read: ${found.unreadable}`];
  const emitted = parseNftJson(documentOf(tableCommands(wanted)), 'emitted').ruleset;
  const [left] = canonicalAsListed(emitted).tables;
  const [right] = canonicalAsListed({ tables: [found] } satisfies Ruleset).tables;
  if (left === undefined || right === undefined) return [`table ${name} is empty`];
  return compare(left, right, name).slice(0, mostDifferences);
}

function compare(wanted: Table, found: Table, name: string): readonly string[] {
  return [
    ...compareNamed(wanted.chains, found.chains, (chain) => `chain ${name} ${chain}`, compareChain),
    ...compareNamed(wanted.sets, found.sets, (set) => `set ${name} ${set}`, compareCollection),
    ...compareNamed(wanted.maps, found.maps, (map) => `map ${name} ${map}`, compareCollection),
  ];
}

function compareNamed<T extends { readonly name: string }>(
  wanted: readonly T[],
  found: readonly T[],
  place: (name: string) => string,
  differences: (wanted: T, found: T, place: string) => readonly string[],
): readonly string[] {
  const byName = new Map(found.map((one) => [one.name, one]));
  const names = new Set(wanted.map((one) => one.name));
  const extra = found
    .filter((one) => !names.has(one.name))
    .map((one) => `${place(one.name)} is there and should not be`);
  return [
    ...wanted.flatMap((one) => {
      const other = byName.get(one.name);
      return other === undefined ? [`${place(one.name)} is not there`] : differences(one, other, place(one.name));
    }),
    ...extra,
  ];
}

function compareChain(wanted: Chain, found: Chain, place: string): readonly string[] {
  if (plain(wanted.base) !== plain(found.base)) return [`${place} hangs elsewhere or has another policy`];
  if (wanted.rules.length !== found.rules.length)
    return [`${place} has ${found.rules.length} rules instead of ${wanted.rules.length}`];
  return wanted.rules.flatMap((rule, index) =>
    plain(rule.statements) === plain(found.rules[index]?.statements)
      ? []
      : [`${place}: rule ${index + 1} does something else`],
  );
}

function compareCollection<T extends NamedSet | NamedMap>(wanted: T, found: T, place: string): readonly string[] {
  const declaration = ({ elements: _elements, ...rest }: NamedSet | NamedMap): string => plain(rest);
  if (declaration(wanted) !== declaration(found)) return [`${place} is declared otherwise`];
  const keys = (one: T): ReadonlySet<string> =>
    new Set<string>((one.elements as readonly (SetElement | MapElement)[]).map(elementKey));
  const [here, there] = [keys(wanted), keys(found)];
  const missing = [...here].filter((key) => !there.has(key));
  const extra = [...there].filter((key) => !here.has(key));
  return [...counted(place, missing, 'misses'), ...counted(place, extra, 'has too much:')];
}

/**
 * Whether all that differs is elements that were not listed. While the kernel makes room in a set that has just grown, a listing
 * may leave some of them out; it never shows what is not there.
 */
export function mayBeIncomplete(differences: readonly string[]): boolean {
  return differences.length > 0 && differences.every((difference) => missingElements.test(difference));
}

const missingElements = / misses (an element|\d+ elements)$/;

function counted(place: string, keys: readonly string[], verb: string): readonly string[] {
  if (keys.length === 0) return [];
  return [`${place} ${verb} ${keys.length === 1 ? 'an element' : `${keys.length} elements`}`];
}

function plain(value: unknown): string {
  return JSON.stringify(value, (key, item) => {
    if (typeof item === 'bigint') return `${item}`;
    return key === 'origins' || key === 'comment' ? undefined : item;
  });
}
