/** The values of a document, YAML or JSON, with their places; aliases and merge keys are already followed. */
import type { Span } from '../../source/span.ts';

export type DocumentNode = ScalarNode | MappingNode | SequenceNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  /** The text as written, without quotes: `22:22`, `0.5` and `true` are all texts here. */
  readonly text: string;
  /** Nothing is written, or a plain `null` or `~`. */
  readonly isNull: boolean;
  /** What the document says that it is. Plain words of YAML are what their key makes of them, so there everything is a text. */
  readonly type: 'text' | 'number' | 'boolean';
  readonly span: Span;
}

export interface MappingEntry {
  readonly key: ScalarNode;
  readonly value: DocumentNode;
}

export interface MappingNode {
  readonly kind: 'mapping';
  /** In the order written; entries that a merge key adds come last. Keys are unique. */
  readonly entries: readonly MappingEntry[];
  readonly span: Span;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly items: readonly DocumentNode[];
  readonly span: Span;
}
