/** The keys of one mapping, taken one by one, so that what nobody took can be reported. */
import { badShape } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { DocumentNode, MappingEntry, MappingNode } from './node.ts';
import type { Reading } from './reading.ts';

export interface Fields {
  readonly mapping: MappingNode;
  /** The entry of a key, undefined when it is not written; a key may be taken more than once. */
  take(key: string): MappingEntry | undefined;
  /** The entries that were not taken. */
  rest(): readonly MappingEntry[];
}

export function fieldsOf(mapping: MappingNode): Fields {
  const entries = new Map(mapping.entries.map((entry) => [entry.key.text, entry]));
  const taken = new Set<string>();
  return {
    mapping,
    take: (key) => {
      taken.add(key);
      return entries.get(key);
    },
    rest: () => mapping.entries.filter((entry) => !taken.has(entry.key.text)),
  };
}

/** A node as a mapping; nothing written gives an empty one, anything else is reported and gives undefined. */
export function readMapping(reading: Reading, node: DocumentNode, what: string): MappingNode | undefined {
  if (node.kind === 'mapping') return node;
  if (node.kind === 'scalar' && node.isNull) return { kind: 'mapping', entries: [], span: node.span };
  reading.add(report(badShape, node.span, `${what} has to be a mapping of keys and values.`));
  return undefined;
}
