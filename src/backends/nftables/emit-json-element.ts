/** Writes elements of sets and maps as JSON text. */
import type { MapElement, SetElement } from '../../ruleset/set.ts';
import type { Verdict } from '../../ruleset/statement.ts';
import { formatComment } from './comment.ts';
import { type Naming, valueText } from './emit-json-value.ts';
import type { JsonObject } from './json.ts';

export function verdictToJson(verdict: Verdict): JsonObject {
  switch (verdict.kind) {
    case 'jump':
    case 'goto':
      return { [verdict.kind]: { target: verdict.chain } };
    case 'queue':
      return { queue: JSON.parse(verdict.text) };
    default:
      return { [verdict.kind]: null };
  }
}

/** `value`, with its comment where it has one. */
function commentedText(value: string, commented: SetElement | MapElement): string {
  const comment = formatComment(commented);
  return comment === undefined ? value : `{"elem":{"val":${value},"comment":${JSON.stringify(comment)}}}`;
}

export function setElementText(element: SetElement, naming: Naming): string {
  return commentedText(valueText(element.value, naming), element);
}

export function mapElementText(element: MapElement, keyNaming: Naming, dataNaming: Naming): string {
  const key = commentedText(valueText(element.key, keyNaming), element);
  const { data } = element;
  return `[${key},${data.kind === 'verdict' ? JSON.stringify(verdictToJson(data.verdict)) : valueText(data.value, dataNaming)}]`;
}
