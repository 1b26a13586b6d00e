/** Writes a ruleset as one nftables command document: what `nft -j -f` loads, in one transaction, touching its own tables only. */
import type { Chain, Ruleset } from '../../ruleset/ruleset.ts';
import type { KeyedCollection, NamedMap, NamedSet } from '../../ruleset/set.ts';
import { symbolsOfType } from '../../ruleset/symbols.ts';
import type { DataType } from '../../ruleset/value.ts';
import { formatComment, plainText } from './comment.ts';
import { mapElementToJson, setElementToJson } from './emit-json-expression.ts';
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
  const commands: Json[] = [{ metainfo: options.metainfo ?? {} }];
  for (const step of steps(ruleset, options)) commands.push(stepToJson(step));
  return `{"nftables": [\n${commands.map(layOut).join(',\n')}\n]}\n`;
}

/** One command a line, and one element a line: what changed between two documents is what a line-wise comparison shows. */
function layOut(command: Json): string {
  const elements = elementsOf(command);
  if (elements.length === 0) return JSON.stringify(command);
  const text = JSON.stringify(command, (key, value: Json) => (key === 'elem' && Array.isArray(value) ? [] : value));
  const lines = elements.map((element) => `  ${JSON.stringify(element)}`);
  return text.replace('"elem":[]', () => `"elem":[\n${lines.join(',\n')}\n]`);
}

function elementsOf(command: Json): readonly Json[] {
  const add = (command as { add?: Record<string, { elem?: Json }> }).add;
  const elements = (add?.set ?? add?.map)?.elem;
  return Array.isArray(elements) ? elements : [];
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

function setToJson(set: NamedSet): JsonObject {
  const naming = namingOfTypes(set.keyTypes);
  const elem = mergedElements(set).map((element) => setElementToJson(element, naming));
  return { ...collectionToJson(set), ...(elem.length > 0 && { elem }) };
}

function mapToJson(map: NamedMap): JsonObject {
  const keyNaming = namingOfTypes(map.keyTypes);
  const dataNaming = map.dataTypes === 'verdict' ? [] : namingOfTypes(map.dataTypes);
  const elem = map.elements.map((element) => mapElementToJson(element, keyNaming, dataNaming));
  const data = map.dataTypes === 'verdict' ? 'verdict' : typeToJson(map.dataTypes);
  return { ...collectionToJson(map), map: data, ...(elem.length > 0 && { elem }) };
}
