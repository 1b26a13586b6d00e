/**
 * What a plan's verdict rests on, as hashes: the host view and every rule of every tool. What moves by itself is left out:
 * counters, handles, timeouts, elements that rules add or that expire, and link-layer neighbours.
 */
import { createHash } from 'node:crypto';
import { elementKey } from '../../backends/nftables/element-key.ts';
import { asListed, canonicalAsListed } from '../../backends/nftables/listed.ts';
import type { GatheredHost } from '../../host/gather/gathered.ts';
import { formatAddress } from '../../net/address.ts';
import type { Table } from '../../ruleset/ruleset.ts';
import type { MapElement, NamedMap, NamedSet, SetElement } from '../../ruleset/set.ts';
import { dataOfElement, plainKey } from '../transaction/tables.ts';
import type { PlannedBase } from './plan.ts';

export function baseOf(reading: GatheredHost): PlannedBase {
  const all = reading.rulesets.flatMap(
    ({ file, ruleset }) => (file === 'nft.json' ? canonicalAsListed(ruleset) : asListed(ruleset)).tables,
  );
  const tables = all.filter((table) => !isMadeByLooking(table)).map(withoutPassing);
  const parts = tables.map((table): [string, string] => [
    `${tablePrefix}${table.engine} ${table.family} ${table.name}`,
    hashOf([withKeys(table), ...apartOf(table, reading)]),
  ]);
  return baseWith(Object.fromEntries(parts), reading);
}

/** The same where no rule has changed since an earlier base. */
export function baseAgain({ parts }: PlannedBase, reading: GatheredHost): PlannedBase {
  return baseWith(Object.fromEntries(Object.entries(parts).filter(([name]) => name.startsWith(tablePrefix))), reading);
}

const tablePrefix = 'table ';

function baseWith(tables: PlannedBase['parts'], reading: GatheredHost): PlannedBase {
  const { interfaces, routes, rules, sysctls, capabilities } = reading.view;
  const parts: Record<string, string> = {
    addresses: hashOf(interfaces),
    routes: hashOf([routes, rules]),
    'kernel settings': hashOf([
      Object.entries(sysctls)
        .filter(([name]) => !/timeout|icmp_msgs|_max$/.test(name))
        .sort(),
      capabilities,
    ]),
    ...tables,
  };
  return {
    hash: hashOf(parts),
    parts,
    addresses: interfaces.flatMap(({ name, addresses }) =>
      addresses.map(({ address, length }) => `${name} ${formatAddress(address)}/${length}`),
    ),
  };
}

/** What differs between two bases, in words. */
export function movedParts(before: PlannedBase, now: PlannedBase): readonly string[] {
  const names = new Set([...Object.keys(before.parts), ...Object.keys(now.parts)]);
  return [...names].filter((name) => before.parts[name] !== now.parts[name]).sort();
}

/** The iptables tools make their tables when they only look or try: without rules, a table is as if it were not there. */
function isMadeByLooking({ engine, chains, sets, maps }: Table): boolean {
  if (engine === 'nftables' || sets.length > 0 || maps.length > 0) return false;
  return chains.every(({ base, rules }) => rules.length === 0 && base?.policy === 'accept');
}

function withoutPassing(table: Table): Table {
  const passing = <T extends { readonly timeout: number | undefined }>(one: T): T =>
    one.timeout === undefined ? one : { ...one, elements: [] };
  return { ...table, sets: table.sets.map(passing), maps: table.maps.map(passing) };
}

/** Elements are many: each as one short text. */
function withKeys(table: Table): unknown {
  const keys = ({ elements, ...rest }: NamedSet | NamedMap): unknown => ({
    ...rest,
    elements: (elements as readonly (SetElement | MapElement)[]).map(elementKey),
  });
  return { ...table, sets: table.sets.map(keys), maps: table.maps.map(keys) };
}

/** Elements that were left as nft lists them: one hash a set. nft sorts some sets and not others. */
function apartOf(table: Table, { elementsApart = [] }: GatheredHost): readonly string[] {
  if (table.engine !== 'nftables') return [];
  const passing = new Set(
    [...table.sets, ...table.maps].filter((one) => one.timeout !== undefined).map(({ name }) => name),
  );
  return elementsApart
    .filter((one) => one.table === `${table.family} ${table.name}` && !passing.has(one.name))
    .map(({ name, elements }) => {
      const texts = elements
        .map((element) => JSON.stringify([plainKey(element), dataOfElement(element) ?? null]))
        .sort();
      return `${name} ${createHash('sha256').update(texts.join('\n')).digest('hex')}`;
    })
    .sort();
}

function hashOf(value: unknown): string {
  const text = JSON.stringify(value, (key, item) => {
    if (typeof item === 'bigint') return `${item}`;
    if (key === 'packets' || key === 'bytes') return 0;
    const isPlain = typeof item === 'object' && item !== null && !Array.isArray(item);
    return isPlain ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1))) : item;
  });
  return createHash('sha256').update(text).digest('hex');
}
