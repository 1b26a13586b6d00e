/** Single values of a compose file: texts with their variables replaced, switches, numbers and lists of texts. */
import {
  badShape,
  badValue,
  badVariable,
  requiredVariable,
  unsetVariable,
} from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Written } from '../../syntax/tree.ts';
import type { DocumentNode, MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { interpolate } from './interpolate.ts';
import type { Reading } from './reading.ts';

/** A text with its variables replaced; undefined (and reported, unless nothing is written) when there is none. */
export function readText(reading: Reading, node: DocumentNode, what: string): Written<string> | undefined {
  if (node.kind !== 'scalar') {
    reading.add(report(badShape, node.span, `${what} has to be a single value.`));
    return undefined;
  }
  if (node.isNull) return undefined;
  const result = interpolate(node.text, reading.environment);
  if ('problem' in result) {
    reading.add(report(result.problem === 'required' ? requiredVariable : badVariable, node.span, result.message));
    return undefined;
  }
  for (const name of new Set(result.unset))
    reading.add(
      report(unsetVariable, node.span, `The variable \`${name}\` is not set, so it counts as empty.`, {
        help: `Set it for the import, or give it a default: \`\${${name}:-...}\`.`,
      }),
    );
  return { value: result.text, span: node.span };
}

/** The text of an optional entry; an empty one counts as not written. */
export function readOptionalText(reading: Reading, entry: MappingEntry | undefined): Written<string> | undefined {
  if (entry === undefined) return undefined;
  const text = readText(reading, entry.value, `\`${entry.key.text}\``);
  return text === undefined || text.value === '' ? undefined : text;
}

const trueWords = new Set(['true', 'yes', 'on', 'y']);
const falseWords = new Set(['false', 'no', 'off', 'n']);

/** A switch as compose casts it (YAML 1.1's words included). What variables leave empty is refused, as by compose. */
export function readSwitch(reading: Reading, entry: MappingEntry | undefined): Written<boolean> | undefined {
  return readWord(reading, entry, (word) => {
    const lower = word.toLowerCase();
    return trueWords.has(lower) ? true : falseWords.has(lower) ? false : undefined;
  });
}

function readWord(
  reading: Reading,
  entry: MappingEntry | undefined,
  cast: (word: string) => boolean | undefined,
): Written<boolean> | undefined {
  const text = entry === undefined ? undefined : readText(reading, entry.value, `\`${entry.key.text}\``);
  if (text === undefined || entry === undefined) return undefined;
  const value = cast(text.value);
  if (value !== undefined) return { value, span: text.span };
  reading.add(
    report(badValue, text.span, `\`${entry.key.text}\` is \`true\` or \`false\`, not \`${shorten(text.value)}\`.`),
  );
  return undefined;
}

/** A whole number, which may be negative. */
export function readInteger(reading: Reading, entry: MappingEntry | undefined): Written<number> | undefined {
  const text = readOptionalText(reading, entry);
  if (text === undefined || entry === undefined) return undefined;
  if (/^-?\d{1,15}$/.test(text.value)) return { value: Number(text.value), span: text.span };
  reading.add(report(badValue, text.span, `\`${entry.key.text}\` is a whole number, not \`${shorten(text.value)}\`.`));
  return undefined;
}

/** A list of texts, written as a list or as one text. Empty texts are left out. */
export function readTexts(reading: Reading, entry: MappingEntry | undefined): readonly Written<string>[] {
  if (entry === undefined) return [];
  const nodes = entry.value.kind === 'sequence' ? entry.value.items : [entry.value];
  return nodes.flatMap((node) => {
    const text = readText(reading, node, `An entry of \`${entry.key.text}\``);
    return text === undefined || text.value === '' ? [] : [text];
  });
}

/** The items of a list; something else is reported and gives none. */
export function readItems(reading: Reading, entry: MappingEntry | undefined): readonly DocumentNode[] {
  if (entry === undefined) return [];
  const { value, key } = entry;
  if (value.kind === 'sequence') return value.items;
  if (value.kind === 'scalar' && value.isNull) return [];
  reading.add(report(badShape, value.span, `\`${key.text}\` has to be a list.`));
  return [];
}
