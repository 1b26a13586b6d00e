/** Elements of sets and maps as short texts: of large sets, JSON takes longer than all the rest of a comparison. */
import type { MapElement, SetElement } from '../../ruleset/set.ts';
import { valueKey } from './normalize-value.ts';

/** Equal exactly for elements that do the same, in canonical form; where they come from makes no difference. */
export function elementKey(element: SetElement | MapElement): string {
  if ('value' in element) return valueKey(element.value);
  const { key, data } = element;
  return `${valueKey(key)} : ${data.kind === 'value' ? valueKey(data.value) : JSON.stringify(data.verdict)}`;
}
