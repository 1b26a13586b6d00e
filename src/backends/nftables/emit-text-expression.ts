/** Writes expressions, sets and maps in place, and verdicts in nft's language. */
import type { BitwiseExpression, Expression } from '../../ruleset/expression.ts';
import { RulesetError } from '../../ruleset/ruleset-error.ts';
import type { MapElement, MapReference, SetElement, SetReference } from '../../ruleset/set.ts';
import type { Verdict } from '../../ruleset/statement.ts';
import { flagNames, isFlagType, symbolsOfType } from '../../ruleset/symbols.ts';
import { symbolsOf, typeOf } from '../../ruleset/type-of.ts';
import type { DataType } from '../../ruleset/value.ts';
import { formatComment } from './comment.ts';
import { bitwiseOperators } from './emit-json-expression.ts';
import { numberToText, plainSpelling, type Spelling, scalarToText, valueToText } from './emit-text-value.ts';
import { isJsonArray, isJsonObject, type Json } from './json.ts';

/** How the integers that an expression is compared with are written. */
export function spellingsOf(expression: Expression): readonly Spelling[] {
  const parts = expression.kind === 'concat' ? expression.parts : [expression];
  return parts.map((part) => ({ symbols: symbolsOf(part), hexadecimal: isHexadecimal(typeOf(part)[0]) }));
}

export function spellingsOfTypes(types: readonly DataType[]): readonly Spelling[] {
  return types.map((type) => ({ symbols: symbolsOfType(type), hexadecimal: isHexadecimal(type) }));
}

function isHexadecimal(type: DataType | undefined): boolean {
  return type !== undefined && (type === 'mark' || type === 'ether_type' || isFlagType(type));
}

/** Keys that nft takes without the word `meta`. */
const bareKeys: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname']);

export function expressionToText(expression: Expression, spelling: Spelling = plainSpelling): string {
  switch (expression.kind) {
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'raw-payload':
      return `@${expression.base},${expression.offset},${expression.length}`;
    case 'meta':
      return bareKeys.has(expression.key) ? expression.key : `meta ${expression.key}`;
    case 'ct':
      return `ct ${expression.direction === undefined ? '' : `${expression.direction} `}${expression.key}`;
    case 'fib':
      return `fib ${expression.flags.join(' . ')} ${expression.result}`;
    case 'concat':
      return expression.parts.map(partToText).join(' . ');
    case 'bitwise':
      return bitwiseToText(expression);
    case 'map':
      return `${expressionToText(expression.key)} map ${mapToText(expression.map, expression.key)}`;
    case 'numgen':
      return `numgen ${expression.mode} mod ${expression.modulus} offset ${expression.offset}`;
    case 'jhash':
    case 'symhash':
      return hashToText(expression);
    case 'exthdr':
      return expression.field === undefined ? `exthdr ${expression.name}` : `${expression.name} ${expression.field}`;
    case 'ip-option':
    case 'tcp-option':
      return `${expression.kind.replace('-', ' ')} ${[expression.name, expression.field ?? []].flat().join(' ')}`;
    case 'constant':
      return scalarToText(expression.value, spelling);
    case 'physdev':
      throw new RulesetError(['nftables has no match for bridge ports of iptables (physdev)']);
  }
}

/** Without parentheses nft takes an operation inside a concatenation only in matches, not in translations. */
function partToText(part: Expression): string {
  return part.kind === 'bitwise' ? `(${expressionToText(part)})` : expressionToText(part);
}

/** Operations inside an operation stand in parentheses. */
function bitwiseToText(expression: BitwiseExpression): string {
  const { left, right } = expression;
  const inner = expressionToText(left);
  const leftText = left.kind === 'bitwise' ? `(${inner})` : inner;
  return `${leftText} ${bitwiseOperators[expression.operation]} ${bitsToText(right, left)}`;
}

function bitsToText(right: Expression, left: Expression): string {
  if (right.kind !== 'constant' || right.value.kind !== 'integer') return expressionToText(right);
  const table = symbolsOf(left);
  const names = table === undefined ? undefined : flagNames(table, right.value.value);
  if (names === undefined) return numberToText(right.value.value, { symbols: undefined, hexadecimal: true });
  return names.length === 1 ? (names[0] ?? '') : `(${names.join(' | ')})`;
}

function hashToText(expression: Extract<Expression, { kind: 'jhash' | 'symhash' }>): string {
  return [
    expression.kind,
    ...(expression.expression === undefined ? [] : [expressionToText(expression.expression)]),
    `mod ${expression.modulus}`,
    ...(expression.seed === undefined ? [] : [`seed 0x${expression.seed.toString(16)}`]),
    ...(expression.offset === 0 ? [] : [`offset ${expression.offset}`]),
  ].join(' ');
}

export function verdictToText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'jump':
    case 'goto':
      return `${verdict.kind} ${verdict.chain}`;
    case 'queue':
      return queueToText(JSON.parse(verdict.text));
    default:
      return verdict.kind;
  }
}

function queueToText(body: Json): string {
  if (body === null) return 'queue';
  if (!isJsonObject(body)) throw new RulesetError([`a queue that ctfw does not model: ${JSON.stringify(body)}`]);
  const { num, flags } = body;
  const range = isJsonObject(num) && isJsonArray(num.range) ? num.range.join('-') : num;
  const list = flags === undefined ? '' : ` flags ${isJsonArray(flags) ? flags.join(',') : `${flags}`}`;
  return `queue${list} to ${typeof range === 'string' ? range : JSON.stringify(range)}`;
}

/** The comment of an element or rule, with the blank before it. */
export function commentToText(commented: SetElement | MapElement): string {
  const comment = formatComment(commented);
  return comment === undefined ? '' : ` comment "${comment}"`;
}

export function setElementToText(element: SetElement, spellings: readonly Spelling[]): string {
  return `${valueToText(element.value, spellings)}${commentToText(element)}`;
}

export function mapElementToText(
  element: MapElement,
  keys: readonly Spelling[],
  dataSpellings: readonly Spelling[],
): string {
  const { data } = element;
  const text = data.kind === 'verdict' ? verdictToText(data.verdict) : valueToText(data.value, dataSpellings);
  return `${valueToText(element.key, keys)}${commentToText(element)} : ${text}`;
}

/** A set on the right side of a comparison with `key`. */
export function setToText(set: SetReference, key: Expression): string {
  if (set.kind === 'named') return `@${set.name}`;
  const spellings = spellingsOf(key);
  return `{ ${set.elements.map((element) => setElementToText(element, spellings)).join(', ')} }`;
}

/** A map that is looked up with `key`. */
export function mapToText(map: MapReference, key: Expression): string {
  if (map.kind === 'named') return `@${map.name}`;
  const spellings = spellingsOf(key);
  return `{ ${map.elements.map((element) => mapElementToText(element, spellings, [])).join(', ')} }`;
}
