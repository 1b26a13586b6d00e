/** What changes for packets from the rules that are in force to all rules as they will be, in words and each with an example. */

import type { HostView } from '../../host-view/host-view.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { compareRules, endsText, type FlowChange } from '../../verifier/verifier.ts';

/** Elements and rules beyond which nobody waits for this. */
const mostParts = 4000;

/** Examples that the simulator has to see as well. */
const mostReplays = 10;

export interface RulesBeforeAndAfter {
  /** All rules that are in force, those of others included, but for elements that were left `apart`. */
  readonly before: readonly Ruleset[];
  readonly apart: number;
  readonly foreign: readonly Ruleset[];
  readonly ours: { readonly size: number };
  /** All rules as they will be. */
  readonly together: () => readonly Ruleset[];
}

export function describeChange(view: HostView, meaning: Meaning, rules: RulesBeforeAndAfter): readonly string[] {
  const { before, apart, foreign, ours, together } = rules;
  if (sizeOf(before) + apart + sizeOf(foreign) + ours.size > mostParts)
    return ['not worked out: the rules are too many (ctfw diff live FILE tells it)'];
  const { changes } = compareRules(view, before, together(), { policies: [meaning], mostReplays });
  if (changes.length === 0) return ['nothing: every packet fares as before'];
  return changes.map(sentence);
}

const words: Readonly<Record<FlowChange['kind'], string>> = {
  opens: 'opens',
  closes: 'closes',
  translates: 'goes elsewhere',
  refuses: 'is refused otherwise',
  'may-open': 'may open',
  'may-close': 'may close',
  uncertain: 'is uncertain',
};

function sentence({ kind, packets, from, to, services, before, after, example }: FlowChange): string {
  const whose = packets === 'first packets' ? '' : ` (${packets})`;
  const flow = `${endsText(from, 'anyone')} -> ${endsText(to, 'anyone')} ${services.join(', ')}`;
  return `${words[kind]}: ${flow}${whose}: ${before} -> ${after}; such as ${example.text}`;
}

/** Rules and elements. */
export function sizeOf(rulesets: readonly Ruleset[]): number {
  let size = 0;
  for (const { tables } of rulesets)
    for (const { chains, sets, maps } of tables) {
      for (const { rules } of chains) size += rules.length;
      for (const { elements } of [...sets, ...maps]) size += elements.length;
    }
  return size;
}
