/** Named sets and maps, and references to them. */
import type { Origin } from '../source/span.ts';
import type { Verdict } from './statement.ts';
import type { DataType, Value } from './value.ts';

export interface SetElement {
  readonly value: Value;
  /** The policy lines that this element comes from; written as the element's comment. */
  readonly origins: readonly Origin[];
  readonly comment?: string;
}

export interface MapElement {
  readonly key: Value;
  readonly data: MapData;
  readonly origins: readonly Origin[];
  readonly comment?: string;
}

export type MapData =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'verdict'; readonly verdict: Verdict };

/** What sets and maps have in common. A key of several types is a concatenation. */
export interface KeyedCollection {
  readonly name: string;
  readonly keyTypes: readonly DataType[];
  /** Elements may be intervals. */
  readonly interval: boolean;
  /** Each element counts its packets. */
  readonly counter: boolean;
  readonly autoMerge: boolean;
  /** Elements are added by rules (`add @set`); contents are then not part of the ruleset's identity. */
  readonly dynamic: boolean;
  /** Element timeout in seconds, where one is set. */
  readonly timeout: number | undefined;
  readonly comment?: string;
}

export interface NamedSet extends KeyedCollection {
  readonly kind: 'set';
  readonly elements: readonly SetElement[];
}

export interface NamedMap extends KeyedCollection {
  readonly kind: 'map';
  /** `verdict`, or the types of the data (several: a concatenation). */
  readonly dataTypes: readonly DataType[] | 'verdict';
  readonly elements: readonly MapElement[];
}

/** A set in a rule: by name, or written in place. */
export type SetReference =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'anonymous'; readonly elements: readonly SetElement[] };

/** A map in a rule: by name, or written in place. */
export type MapReference =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'anonymous'; readonly elements: readonly MapElement[] };
