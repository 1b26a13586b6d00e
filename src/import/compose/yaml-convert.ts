/**
 * The YAML library's nodes as our own: aliases become what they refer to (shared, never copied), merge keys (`<<`) add what they name,
 * duplicate keys and unknown tags are refused. What all of that expands to is counted without expanding it.
 */
import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { duplicateKey, tooLarge, yamlSyntax } from '../../diagnostics/catalogue/import.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import type { DocumentNode, MappingEntry, MappingNode, ScalarNode } from '../reading/node.ts';

/** How many nodes aliases and merge keys may add to those that are written. */
export const maximumExpansion = 250_000;
/** How many mistakes of one file are reported. */
export const maximumSyntaxErrors = 20;

/** One document on its way. */
interface Conversion {
  readonly file: SourceFile;
  readonly diagnostics: Diagnostic[];
  /** The last value of each anchor so far; `open` while it is being read. */
  readonly anchors: Map<string, DocumentNode | 'open'>;
  /** How many nodes a value stands for once every alias in it is followed. */
  readonly sizes: Map<DocumentNode, number>;
  /** What stands for aliases that were refused; nothing more is said about it. */
  readonly unresolved: Set<DocumentNode>;
  /** Nodes written, and entries that merge keys looked at. */
  readonly counts: { written: number; merged: number };
}

export function spanAt(file: SourceFile, start: number, end: number): Span {
  const limit = file.text.length;
  return { file, start: Math.min(start, limit), end: Math.min(Math.max(start, end), limit) };
}

/** Converts the contents of a document. Recursion is as deep as the nesting, which the caller bounds. */
export function convertDocument(
  file: SourceFile,
  contents: unknown,
): { readonly root: DocumentNode; readonly diagnostics: readonly Diagnostic[] } {
  const conversion: Conversion = {
    file,
    diagnostics: [],
    anchors: new Map(),
    sizes: new Map(),
    unresolved: new Set(),
    counts: { written: 0, merged: 0 },
  };
  const root = convert(conversion, contents, 0);
  const { written, merged } = conversion.counts;
  if (sizeOf(conversion, root) > written + maximumExpansion || merged > maximumExpansion)
    conversion.diagnostics.push(
      report(tooLarge, root.span, `The aliases of this file stand for more than ${maximumExpansion} values.`),
    );
  return { root, diagnostics: conversion.diagnostics };
}

function convert(conversion: Conversion, node: unknown, at: number): DocumentNode {
  if (isAlias(node)) return followAlias(conversion, node.source, spanOf(conversion, node));
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return nothingAt(conversion, at);
  conversion.counts.written++;
  if (node.anchor !== undefined) conversion.anchors.set(node.anchor, 'open');
  const span = spanOf(conversion, node);
  const converted = isScalar(node)
    ? convertScalar(node, span)
    : isSeq(node)
      ? convertSequence(conversion, node.items, span)
      : convertMapping(conversion, node.items, span);
  const tagged = applyTag(conversion, node.tag, converted);
  if (node.anchor !== undefined) conversion.anchors.set(node.anchor, tagged);
  return tagged;
}

function spanOf({ file }: Conversion, node: Node): Span {
  return spanAt(file, node.range?.[0] ?? 0, node.range?.[1] ?? 0);
}

function nothingAt({ file }: Conversion, at: number): ScalarNode {
  return { kind: 'scalar', text: '', isNull: true, type: 'text', span: spanAt(file, at, at) };
}

function refuse({ diagnostics }: Conversion, span: Span, message: string): void {
  if (diagnostics.length < maximumSyntaxErrors) diagnostics.push(report(yamlSyntax, span, message));
}

function sizeOf({ sizes }: Conversion, node: DocumentNode): number {
  return sizes.get(node) ?? 1;
}

function followAlias(conversion: Conversion, name: string, span: Span): DocumentNode {
  const target = conversion.anchors.get(name);
  if (target !== undefined && target !== 'open') return target;
  const nothing = nothingAt(conversion, span.start);
  conversion.unresolved.add(nothing);
  refuse(
    conversion,
    span,
    target === 'open'
      ? `\`*${name}\` stands inside the value that it refers to.`
      : `\`*${name}\` refers to nothing: no \`&${name}\` comes before it.`,
  );
  return nothing;
}

/** Tags of YAML's core schema change nothing here; `!reset` empties a value and `!override` (of compose) leaves it as it is. */
function applyTag(conversion: Conversion, tag: string | undefined, node: DocumentNode): DocumentNode {
  if (tag === undefined || tag === '!' || tag === '!override' || tag.startsWith('tag:yaml.org,2002:')) return node;
  if (tag !== '!reset') refuse(conversion, node.span, `The tag \`${tag}\` means nothing in a compose file.`);
  return { kind: 'scalar', text: '', isNull: true, type: 'text', span: node.span };
}

/** Plain scalars keep their text whatever the library takes them for: `22:22`, `0.50` and `yes` are texts. */
function convertScalar(node: { value: unknown; source?: string; type?: string }, span: Span): ScalarNode {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '');
  const plain = node.type === undefined || node.type === 'PLAIN';
  return { kind: 'scalar', text, isNull: plain && /^(~|null|Null|NULL)?$/.test(text), type: 'text', span };
}

function convertSequence(conversion: Conversion, nodes: readonly unknown[], span: Span): DocumentNode {
  const items = nodes.map((item) => convert(conversion, item, span.start));
  const sequence: DocumentNode = { kind: 'sequence', items, span };
  let size = 1;
  for (const item of items) size += sizeOf(conversion, item);
  conversion.sizes.set(sequence, size);
  return sequence;
}

function convertMapping(
  conversion: Conversion,
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  span: Span,
): DocumentNode {
  const entries = new Map<string, MappingEntry>();
  const merges: DocumentNode[] = [];
  for (const pair of pairs) {
    const key = convert(conversion, pair.key, span.start);
    const value = convert(conversion, pair.value, key.span.end);
    if (key.kind !== 'scalar') refuse(conversion, key.span, 'A key of a mapping has to be a word.');
    else if (isMergeKey(key)) merges.push(value);
    else addEntry(conversion, entries, { key, value });
  }
  mergeInto(conversion, entries, merges);
  const mapping: MappingNode = { kind: 'mapping', entries: [...entries.values()], span };
  let size = 1;
  for (const { value } of mapping.entries) size += sizeOf(conversion, value);
  conversion.sizes.set(mapping, size);
  return mapping;
}

/** A quoted `"<<"` is an ordinary key. */
function isMergeKey({ text, span }: ScalarNode): boolean {
  return text === '<<' && span.file.text.startsWith('<<', span.start);
}

function addEntry({ diagnostics }: Conversion, entries: Map<string, MappingEntry>, entry: MappingEntry): void {
  const { text, span } = entry.key;
  const earlier = entries.get(text);
  if (earlier === undefined) entries.set(text, entry);
  else if (diagnostics.length < maximumSyntaxErrors)
    diagnostics.push(
      report(duplicateKey, span, `\`${text}\` is written twice in the same mapping.`, {
        related: [{ span: earlier.key.span, message: 'first written here' }],
      }),
    );
}

/** Adds what merge keys name and the mapping does not have itself; an earlier mapping of a list wins. */
function mergeInto(conversion: Conversion, entries: Map<string, MappingEntry>, merges: readonly DocumentNode[]): void {
  const sources = new Set(merges.flatMap((node) => (node.kind === 'sequence' ? node.items : [node])));
  for (const source of sources) {
    if (conversion.unresolved.has(source)) continue;
    if (source.kind !== 'mapping') {
      refuse(conversion, source.span, '`<<` takes in mappings only, as in `<<: *defaults`.');
      continue;
    }
    conversion.counts.merged += source.entries.length;
    if (conversion.counts.merged > maximumExpansion) return;
    for (const entry of source.entries) if (!entries.has(entry.key.text)) entries.set(entry.key.text, entry);
  }
}
