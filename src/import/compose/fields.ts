/** The keys of one mapping, taken one by one; what nobody took is reported, so that no key is dropped silently. */
import { badShape, unknownKey } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { IgnoredScope } from './ignored.ts';
import type { Reading } from './reading.ts';
import type { YamlEntry, YamlMapping, YamlNode } from './yaml-node.ts';

export interface Fields {
  readonly mapping: YamlMapping;
  /** The entry of a key, undefined when it is not written; a key may be taken more than once. */
  take(key: string): YamlEntry | undefined;
  /** The entries that were not taken. */
  rest(): readonly YamlEntry[];
}

export function fieldsOf(mapping: YamlMapping): Fields {
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
export function readMapping(reading: Reading, node: YamlNode, what: string): YamlMapping | undefined {
  if (node.kind === 'mapping') return node;
  if (node.kind === 'scalar' && node.isNull) return { kind: 'mapping', entries: [], span: node.span };
  reading.add(report(badShape, node.span, `${what} has to be a mapping of keys and values.`));
  return undefined;
}

/** Reports what was not taken: known keys that do not matter and extension keys (`x-...`) as ignored, others one by one. */
export function finishFields(
  reading: Reading,
  fields: Fields,
  level: {
    readonly scope: IgnoredScope;
    readonly prefix: string;
    readonly irrelevant: ReadonlySet<string>;
    readonly what: string;
  },
): void {
  for (const { key } of fields.rest()) {
    if (level.irrelevant.has(key.text) || key.text.startsWith('x-')) {
      reading.ignore(level.scope, level.prefix + key.text, key.span);
      continue;
    }
    reading.add(
      report(
        unknownKey,
        key.span,
        `\`${key.text}\` is no key of ${level.what} that is known here, so it was not imported.`,
        {
          help: 'Compose refuses keys that it does not know; look for a misspelling. Own keys begin with `x-`.',
        },
      ),
    );
  }
}
