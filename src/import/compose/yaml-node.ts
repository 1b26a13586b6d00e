/** The values of a YAML document with their places; aliases and merge keys are already followed. */
import type { Span } from '../../source/span.ts';

export type YamlNode = YamlScalar | YamlMapping | YamlSequence;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** The text as written, without quotes: `22:22`, `0.5` and `true` are all texts here. */
  readonly text: string;
  /** Nothing is written, or a plain `null` or `~`. */
  readonly isNull: boolean;
  readonly span: Span;
}

export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

export interface YamlMapping {
  readonly kind: 'mapping';
  /** In the order written; entries that a merge key adds come last. Keys are unique. */
  readonly entries: readonly YamlEntry[];
  readonly span: Span;
}

export interface YamlSequence {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
  readonly span: Span;
}
