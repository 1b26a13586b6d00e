/** Single values of an inspected object. Its programs wrote them, so a value of another kind than its key has is refused. */
import { badShape, badValue } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Written } from '../../syntax/tree.ts';
import type { DocumentNode, MappingEntry, ScalarNode } from '../reading/node.ts';
import type { Reading } from '../reading/reading.ts';
import { shorten } from '../reading/shorten.ts';

type ScalarType = ScalarNode['type'];

const typeNames: Readonly<Record<ScalarType, string>> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
};

/** A scalar of a kind; nothing for null, and for something else, which is reported. */
function readScalar(reading: Reading, node: DocumentNode, type: ScalarType, what: string): ScalarNode | undefined {
  if (node.kind === 'scalar' && node.isNull) return undefined;
  if (node.kind === 'scalar' && node.type === type) return node;
  reading.add(report(badShape, node.span, `${what} has to be ${typeNames[type]}.`));
  return undefined;
}

/** A text; undefined when there is none. */
export function readText(reading: Reading, node: DocumentNode, what: string): Written<string> | undefined {
  const scalar = readScalar(reading, node, 'text', what);
  return scalar === undefined ? undefined : { value: scalar.text, span: scalar.span };
}

/** The text of an optional entry; an empty one counts as not written, as the engine writes what it does not have. */
export function readOptionalText(reading: Reading, entry: MappingEntry | undefined): Written<string> | undefined {
  if (entry === undefined) return undefined;
  const text = readText(reading, entry.value, `\`${entry.key.text}\``);
  return text?.value === '' ? undefined : text;
}

export function readSwitch(reading: Reading, entry: MappingEntry | undefined): Written<boolean> | undefined {
  if (entry === undefined) return undefined;
  const scalar = readScalar(reading, entry.value, 'boolean', `\`${entry.key.text}\``);
  return scalar === undefined ? undefined : { value: scalar.text === 'true', span: scalar.span };
}

export function readInteger(reading: Reading, entry: MappingEntry | undefined): Written<number> | undefined {
  if (entry === undefined) return undefined;
  const scalar = readScalar(reading, entry.value, 'number', `\`${entry.key.text}\``);
  if (scalar === undefined) return undefined;
  if (/^-?\d{1,15}$/.test(scalar.text)) return { value: Number(scalar.text), span: scalar.span };
  reading.add(
    report(badValue, scalar.span, `\`${entry.key.text}\` is a whole number, not \`${shorten(scalar.text)}\`.`),
  );
  return undefined;
}

/** The items of a list; none for null, and for something else, which is reported. */
export function readItems(reading: Reading, entry: MappingEntry | undefined): readonly DocumentNode[] {
  if (entry === undefined) return [];
  const { key, value } = entry;
  if (value.kind === 'sequence') return value.items;
  if (value.kind !== 'scalar' || !value.isNull)
    reading.add(report(badShape, value.span, `\`${key.text}\` has to be a list.`));
  return [];
}

/** The texts of a list, without empty ones. */
export function readTexts(reading: Reading, entry: MappingEntry | undefined): readonly Written<string>[] {
  return readItems(reading, entry).flatMap((item) => {
    const text = readText(reading, item, `An entry of \`${entry?.key.text}\``);
    return text === undefined || text.value === '' ? [] : [text];
  });
}

/** The entries of an object; none for null, and for something else, which is reported. */
export function readEntries(reading: Reading, entry: MappingEntry | undefined): readonly MappingEntry[] {
  if (entry === undefined) return [];
  const { key, value } = entry;
  if (value.kind === 'mapping') return value.entries;
  if (value.kind !== 'scalar' || !value.isNull)
    reading.add(report(badShape, value.span, `\`${key.text}\` has to be an object.`));
  return [];
}

/** Whether a value says nothing: null, empty, false or zero, which the engine writes for what was never set. */
export function saysNothing(node: DocumentNode): boolean {
  switch (node.kind) {
    case 'mapping':
      return node.entries.length === 0;
    case 'sequence':
      return node.items.every(saysNothing);
    case 'scalar':
      return node.isNull || ['', 'false', '0'].includes(node.text);
  }
}
