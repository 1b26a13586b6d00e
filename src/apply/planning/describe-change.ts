/** What changes for packets from the rules that are in force to all rules as they will be, in words and each with an example. */

import type { HostView } from '../../host-view/host-view.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { compareRules, endsText, type FlowChange } from '../../verifier/verifier.ts';

/** Elements and rules beyond which nobody waits for this. */
const mostParts = 4000;

/** Examples that the simulator has to see as well. */
const mostReplays = 10;

/** `before` and `after`: all rules, those of others included. */
export function describeChange(
  view: HostView,
  meaning: Meaning,
  before: readonly Ruleset[],
  after: readonly Ruleset[],
): readonly string[] {
  if (sizeOf(before) + sizeOf(after) > mostParts)
    return ['not worked out: the rules are too many (ctfw diff live FILE tells it)'];
  const { changes } = compareRules(view, before, after, { policies: [meaning], mostReplays });
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

function sizeOf(rulesets: readonly Ruleset[]): number {
  let size = 0;
  for (const { tables } of rulesets)
    for (const { chains, sets, maps } of tables) {
      for (const { rules } of chains) size += rules.length;
      for (const { elements } of [...sets, ...maps]) size += elements.length;
    }
  return size;
}
