/** Writes a ruleset as a script for `nft -f`: the same as the JSON document, for people to read. */
import type { Chain, Rule, Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { KeyedCollection, NamedMap, NamedSet } from '../../ruleset/set.ts';
import type { DataType } from '../../ruleset/value.ts';
import { formatComment, plainText } from './comment.ts';
import { mapElementToText, setElementToText, spellingsOfTypes } from './emit-text-expression.ts';
import { statementToText } from './emit-text-statement.ts';
import type { Json, JsonObject } from './json.ts';
import { mergedElements } from './merge-elements.ts';
import { clearingSteps, type ReplaceOptions, type Step } from './transaction.ts';
import { statementsToWrite } from './written-rule.ts';

export interface EmitTextOptions extends ReplaceOptions {
  /** What the comment at the head says about the script, a line an entry. */
  readonly metainfo?: JsonObject;
}

/** The script of a ruleset; ends with a newline. Throws RulesetError for what nftables cannot say. */
export function emitText(ruleset: Ruleset, options: EmitTextOptions = {}): string {
  const head = Object.entries(options.metainfo ?? {}).map(([key, value]) => `# ${key}: ${headerValue(value)}`);
  const removed = clearingSteps(undefined, options).map(commandToText);
  const blocks = ruleset.tables.map((table) =>
    [...clearingSteps(table, options).map(commandToText), '', ...tableToText(table)].join('\n'),
  );
  const parts = [['#!/usr/sbin/nft -f', ...head].join('\n'), ...(removed.length > 0 ? [removed.join('\n')] : [])];
  return `${[...parts, ...blocks].join('\n\n')}\n`;
}

function headerValue(value: Json): string {
  return plainText(typeof value === 'string' ? value : JSON.stringify(value));
}

function commandToText(step: Step): string {
  const table = `${step.table.family} ${step.table.name}`;
  switch (step.kind) {
    case 'add-table':
      return `add table ${table}`;
    case 'delete-table':
      return `delete table ${table}`;
    case 'flush-table':
      return `flush table ${table}`;
    case 'delete-chain':
      return `delete chain ${table} ${step.name}`;
    case 'delete-set':
      return `delete set ${table} ${step.name}`;
    case 'delete-map':
      return `delete map ${table} ${step.name}`;
    case 'add-chain':
    case 'add-set':
    case 'add-map':
    case 'add-rule':
      throw new TypeError(`${step.kind} is written inside its table`);
  }
}

function tableToText(table: Table): readonly string[] {
  const blocks = [
    ...table.sets.map(setToText),
    ...table.maps.map(mapToText),
    ...table.chains.map((chain) => chainToText(chain, table)),
  ];
  return [
    `table ${table.family} ${table.name} {`,
    ...commentLines(table.comment),
    ...blocks.flatMap((block, index) => [...(index === 0 ? [] : ['']), ...block.map((line) => `\t${line}`)]),
    '}',
  ];
}

function commentLines(comment: string | undefined): readonly string[] {
  return comment === undefined ? [] : [`\tcomment "${plainText(comment)}"`];
}

function setToText(set: NamedSet): readonly string[] {
  const spellings = spellingsOfTypes(set.keyTypes);
  const elements = mergedElements(set).map((element) => setElementToText(element, spellings));
  return block(`set ${set.name}`, [typeLine(set.keyTypes), ...collectionLines(set), ...elementLines(elements)]);
}

function mapToText(map: NamedMap): readonly string[] {
  const { dataTypes } = map;
  const keys = spellingsOfTypes(map.keyTypes);
  const data = dataTypes === 'verdict' ? [] : spellingsOfTypes(dataTypes);
  const elements = map.elements.map((element) => mapElementToText(element, keys, data));
  const type = `${typeLine(map.keyTypes)} : ${dataTypes === 'verdict' ? dataTypes : dataTypes.join(' . ')}`;
  return block(`map ${map.name}`, [type, ...collectionLines(map), ...elementLines(elements)]);
}

function typeLine(types: readonly DataType[]): string {
  return `type ${types.join(' . ')}`;
}

function collectionLines(collection: KeyedCollection): readonly string[] {
  const flags = [
    ...(collection.interval ? ['interval'] : []),
    ...(collection.timeout === undefined ? [] : ['timeout']),
    ...(collection.dynamic ? ['dynamic'] : []),
  ];
  return [
    ...(flags.length === 0 ? [] : [`flags ${flags.join(',')}`]),
    ...(collection.timeout === undefined ? [] : [`timeout ${collection.timeout}s`]),
    ...(collection.autoMerge ? ['auto-merge'] : []),
    ...(collection.counter ? ['counter'] : []),
    ...(collection.comment === undefined ? [] : [`comment "${plainText(collection.comment)}"`]),
  ];
}

function elementLines(elements: readonly string[]): readonly string[] {
  if (elements.length === 0) return [];
  return ['elements = {', ...elements.map((element) => `\t${element},`), '}'];
}

function chainToText(chain: Chain, table: Table): readonly string[] {
  const rules = chain.rules.filter((rule) => rule.statements.length > 0).map((rule) => ruleToText(rule, table));
  return block(`chain ${chain.name}`, [...baseLines(chain), ...rules]);
}

function baseLines({ base }: Chain): readonly string[] {
  if (base === undefined) return [];
  const devices = base.devices.map((device) => `"${device}"`);
  const on =
    devices.length === 0
      ? ''
      : devices.length === 1
        ? ` device ${devices[0] ?? ''}`
        : ` devices = { ${devices.join(', ')} }`;
  return [`type ${base.type} hook ${base.hook}${on} priority ${base.priority}; policy ${base.policy};`];
}

function ruleToText(rule: Rule, table: Table): string {
  const comment = formatComment(rule);
  const statements = statementsToWrite(rule, table.family).map(statementToText);
  return [...statements, ...(comment === undefined ? [] : [`comment "${comment}"`])].join(' ');
}

function block(head: string, lines: readonly string[]): readonly string[] {
  return [`${head} {`, ...lines.map((line) => `\t${line}`), '}'];
}
