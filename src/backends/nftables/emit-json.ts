/** Writes a ruleset as one nftables command document: what `nft -j -f` loads, in one transaction, touching its own tables only. */
import type { Chain, Ruleset } from '../../ruleset/ruleset.ts';
import type { KeyedCollection, NamedMap, NamedSet } from '../../ruleset/set.ts';
import { symbolsOfType } from '../../ruleset/symbols.ts';
import type { DataType } from '../../ruleset/value.ts';
import { formatComment, plainText } from './comment.ts';
import { mapElementText, setElementText } from './emit-json-element.ts';
import { statementToJson } from './emit-json-statement.ts';
import type { Naming } from './emit-json-value.ts';
import type { Json, JsonObject } from './json.ts';
import { mergedElements } from './merge-elements.ts';
import { type ReplaceOptions, type Step, steps } from './transaction.ts';
import { statementsToWrite } from './written-rule.ts';

export interface EmitJsonOptions extends ReplaceOptions {
  /** What the document's first object, which nft ignores, says about it. */
  readonly metainfo?: JsonObject;
}

/**
 * The document of a ruleset (see transaction.ts for how it replaces what is loaded). Ends with a newline; the same ruleset
 * gives the same bytes. Throws RulesetError for what nftables cannot say.
 */
export function emitJson(ruleset: Ruleset, options: EmitJsonOptions = {}): string {
  const commands = [headOf(options.metainfo ?? {})];
  for (const step of steps(ruleset, options)) commands.push(layOut(step));
  return `${begin}${commands.join(',\n')}\n]}\n`;
}

/** A document that was emitted without metainfo, with some. Throws RangeError for any other text. */
export function withMetainfo(document: string, metainfo: JsonObject): string {
  const before = `${begin}${headOf({})}`;
  if (!document.startsWith(before)) throw new RangeError('not a document without metainfo');
  return `${begin}${headOf(metainfo)}${document.slice(before.length)}`;
}

const begin = '{"nftables": [\n';

function headOf(metainfo: JsonObject): string {
  return JSON.stringify({ metainfo });
}

/**
 * One command a line, and one element a line: what changed between two documents is what a line-wise comparison shows.
 * Elements become text one by one, so that a large set is never there as objects.
 */
function layOut(step: Step): string {
  const command = JSON.stringify(stepToJson(step));
  const lines = step.kind === 'add-set' ? setLines(step.set) : step.kind === 'add-map' ? mapLines(step.map) : [];
  return lines.length === 0 ? command : command.replace('"elem":[]', () => `"elem":[\n${lines.join(',\n')}\n]`);
}

function stepToJson(step: Step): Json {
  const { table } = step;
  const place = { family: table.family, table: table.name };
  switch (step.kind) {
    case 'add-table':
      return { add: { table: { family: table.family, name: table.name, ...commentOf(step.comment) } } };
    case 'delete-table':
      return { delete: { table: { family: table.family, name: table.name } } };
    case 'flush-table':
      return { flush: { table: { family: table.family, name: table.name } } };
    case 'delete-chain':
      return { delete: { chain: { ...place, name: step.name } } };
    case 'delete-set':
      return { delete: { set: { ...place, name: step.name } } };
    case 'delete-map':
      return { delete: { map: { ...place, name: step.name } } };
    case 'add-chain':
      return { add: { chain: { ...place, ...chainToJson(step.chain) } } };
    case 'add-set':
      return { add: { set: { ...place, ...setToJson(step.set) } } };
    case 'add-map':
      return { add: { map: { ...place, ...mapToJson(step.map) } } };
    case 'add-rule': {
      const comment = formatComment(step.rule);
      const expr = statementsToWrite(step.rule, table.family).map(statementToJson);
      return { add: { rule: { ...place, chain: step.chain, ...(comment !== undefined && { comment }), expr } } };
    }
  }
}

function commentOf(comment: string | undefined): { comment?: string } {
  return comment === undefined ? {} : { comment: plainText(comment) };
}

function chainToJson(chain: Chain): JsonObject {
  const { base } = chain;
  if (base === undefined) return { name: chain.name };
  return {
    name: chain.name,
    type: base.type,
    hook: base.hook,
    prio: base.priority,
    ...(base.devices.length > 0 && { dev: base.devices.length === 1 ? (base.devices[0] ?? '') : base.devices }),
    policy: base.policy,
  };
}

function typeToJson(types: readonly DataType[]): Json {
  return types.length === 1 ? (types[0] ?? '') : types;
}

function namingOfTypes(types: readonly DataType[]): Naming {
  return types.map(symbolsOfType);
}

function collectionToJson(collection: KeyedCollection): JsonObject {
  const flags = collectionFlags(collection);
  return {
    name: collection.name,
    type: typeToJson(collection.keyTypes),
    ...(flags.length > 0 && { flags }),
    ...(collection.timeout !== undefined && { timeout: collection.timeout }),
    ...(collection.autoMerge && { 'auto-merge': true }),
    ...commentOf(collection.comment),
    ...(collection.counter && { stmt: [{ counter: null }] }),
  };
}

/** 1.0.6 refuses the flag `dynamic` in JSON and sets it itself where a rule adds to the set. */
function collectionFlags(collection: KeyedCollection): readonly string[] {
  return [...(collection.interval ? ['interval'] : []), ...(collection.timeout !== undefined ? ['timeout'] : [])];
}

/** The elements are written by `setLines`. */
function setToJson(set: NamedSet): JsonObject {
  return { ...collectionToJson(set), ...(set.elements.length > 0 && { elem: [] }) };
}

function setLines(set: NamedSet): readonly string[] {
  const naming = namingOfTypes(set.keyTypes);
  return mergedElements(set).map((element) => `  ${setElementText(element, naming)}`);
}

/** The elements are written by `mapLines`. */
function mapToJson(map: NamedMap): JsonObject {
  const data = map.dataTypes === 'verdict' ? 'verdict' : typeToJson(map.dataTypes);
  return { ...collectionToJson(map), map: data, ...(map.elements.length > 0 && { elem: [] }) };
}

function mapLines(map: NamedMap): readonly string[] {
  const keyNaming = namingOfTypes(map.keyTypes);
  const dataNaming = map.dataTypes === 'verdict' ? [] : namingOfTypes(map.dataTypes);
  return map.elements.map((element) => `  ${mapElementText(element, keyNaming, dataNaming)}`);
}
