/** Sets and maps ready for lookups, with the elements that rules add while they run. */
import type {
  KeyedCollection,
  MapElement,
  MapReference,
  NamedMap,
  NamedSet,
  SetElement,
  SetReference,
} from '../../ruleset/set.ts';
import type { Value } from '../../ruleset/value.ts';
import type { Origin } from '../../source/span.ts';
import type { Datum } from '../packet/datum.ts';
import { type EvaluationContext, unknownValue } from './context.ts';
import { bounds, compileInterval, compileValue, intervalHolds } from './interval.ts';
import { compileLookup } from './lookup.ts';

/** An element as it is told in reports. */
export interface Found {
  readonly origins: readonly Origin[];
}

/** Elements that rules added come from no policy line. */
const added: Found = { origins: [] };

export interface CompiledSet {
  /** Interfaces are compared by index, not by name. */
  readonly keyedByIndex: boolean;
  /** The element that holds the key; undefined when none does. */
  find(key: readonly Datum[], context: EvaluationContext): Found | undefined;
  /** Whether some element may hold a key of which not all fields are known. */
  mayHold(key: PartialKey): boolean;
}

/** A value as intervals, one a field. */
export interface Limits {
  readonly first: Datum;
  readonly last: Datum;
  /** Those of the next field, where the value is a concatenation. */
  readonly next: Limits | undefined;
}

export interface CompiledMap {
  readonly keyedByIndex: boolean;
  find(key: readonly Datum[]): MapElement | undefined;
  /** The same with the element's value as intervals. */
  findLimits(key: readonly Datum[]): CompiledElement | undefined;
  /** The elements that may hold a key of which not all fields are known. */
  candidates(key: PartialKey): readonly MapElement[];
}

/** A map's element and the limits of its value, together in one place in memory; meaningless for a verdict. */
export interface CompiledElement extends Limits {
  readonly element: MapElement;
}

/** A key with fields that are not modelled. */
export type PartialKey = readonly (Datum | typeof unknownValue)[];

function mayHold(value: Value, key: PartialKey): boolean {
  const intervals = compileValue(value);
  return (
    intervals.length === key.length &&
    intervals.every((interval, index) => {
      const field = key[index];
      return field === unknownValue || (field !== undefined && intervalHolds(interval, field));
    })
  );
}

/** Named sets and maps of one table. */
export interface Collections {
  readonly prefix: string;
  readonly sets: ReadonlyMap<string, NamedSet>;
  readonly maps: ReadonlyMap<string, NamedMap>;
  /** Names of the sets that rules add elements to. */
  readonly updated: ReadonlySet<string>;
}

/** The name by which a set's added elements are remembered. */
export function dynamicName(collections: Collections, set: string): string {
  return `${collections.prefix} ${set}`;
}

export function dynamicKey(key: readonly Datum[]): string {
  return key.join(' ');
}

function usesIndex(values: readonly Value[]): boolean {
  const first = values[0];
  if (first === undefined) return false;
  const parts = first.kind === 'concatenation' ? first.parts : [first];
  return parts.every((part) => part.kind !== 'name');
}

function declaresIndex(collection: KeyedCollection): boolean {
  return collection.keyTypes.includes('iface_index');
}

/** Compiles a set; a name that the table lacks is an empty set. */
export function compileSet(reference: SetReference, collections: Collections): CompiledSet {
  const named = reference.kind === 'named' ? collections.sets.get(reference.name) : undefined;
  const elements: readonly SetElement[] = reference.kind === 'anonymous' ? reference.elements : (named?.elements ?? []);
  const lookup = compileLookup(elements, (element) => element.value);
  const values = elements.map((element) => element.value);
  const keyedByIndex = usesIndex(values) && (named === undefined || declaresIndex(named));
  const mayHoldKey = (key: PartialKey): boolean => values.some((value) => mayHold(value, key));
  if (named === undefined || !(named.dynamic || collections.updated.has(named.name)))
    return { keyedByIndex, find: lookup, mayHold: mayHoldKey };
  const name = dynamicName(collections, named.name);
  return {
    keyedByIndex,
    mayHold: () => true, // what rules will have added is not known
    find: (key, context) => {
      const found = lookup(key);
      if (found !== undefined) return found;
      const until = context.state.dynamic.get(name)?.get(dynamicKey(key));
      return until !== undefined && until > context.services.now ? added : undefined;
    },
  };
}

/** Compiles a map; a name that the table lacks is an empty map. */
export function compileMap(reference: MapReference, collections: Collections): CompiledMap {
  const elements =
    reference.kind === 'anonymous' ? reference.elements : (collections.maps.get(reference.name)?.elements ?? []);
  const compiled = elements.map((element): CompiledElement => {
    const { first, last, next } = element.data.kind === 'value' ? limitsOf(element.data.value) : noLimits;
    return { element, first, last, next };
  });
  const lookup = compileLookup(compiled, ({ element }) => element.key);
  const candidates = (key: PartialKey): readonly MapElement[] =>
    elements.filter((element) => mayHold(element.key, key));
  return {
    keyedByIndex: usesIndex(elements.map((element) => element.key)),
    find: (key) => lookup(key)?.element,
    findLimits: lookup,
    candidates,
  };
}

/** What is no number or address has no limits. */
export const noLimits: Limits = { first: '', last: '', next: undefined };

/** A value as intervals. */
export function limitsOf(value: Value): Limits {
  const parts = value.kind === 'concatenation' ? value.parts : [value];
  let limits: Limits | undefined;
  for (const part of parts.toReversed()) limits = { ...(bounds(compileInterval(part)) ?? noLimits), next: limits };
  return limits ?? noLimits;
}
