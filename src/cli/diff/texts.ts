/** The textual difference of the rules of two sides, file by file. */

import { emitIptables } from '../../backends/iptables/emit.ts';
import { emitJson } from '../../backends/nftables/emit-json.ts';
import { emitText } from '../../backends/nftables/emit-text.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { unifiedDiff } from '../io/unified-diff.ts';
import type { RulesText, Side } from '../sides/side.ts';

/** Unified diffs; empty where nothing differs. A side that has no such file has an empty one. */
export function textDiffs(before: Side, after: Side): readonly string[] {
  const names = [...new Set([...before.texts, ...after.texts].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [old, now] = [before, after].map(({ texts }) =>
      texts
        .filter((one) => one.name === name)
        .map(textOf)
        .join(''),
    );
    return old === now ? [] : [unifiedDiff(name, old ?? '', now ?? '')];
  });
}

function textOf({ name, text, rulesets }: RulesText): string {
  return withoutComments(
    text === undefined ? rulesets.map((ruleset) => written(name, ruleset)).join('') : comparable(text),
  );
}

/** The lines of the policy that rules come from move when a line is added above them: that is no difference. */
function withoutComments(text: string): string {
  return text.replaceAll(/ (?:-m comment )?(?:--)?comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, '');
}

/** What cannot be written as text (matches of iptables in nft's listing) is compared as JSON. */
function written(name: string, ruleset: Ruleset): string {
  if (name !== 'nft') {
    const { v4, v6, bridge } = emitIptables(ruleset);
    return comparable(name === 'rules.v4' ? v4 : name === 'rules.v6' ? v6 : (bridge ?? ''));
  }
  try {
    return emitText(ruleset);
  } catch {
    return emitJson(ruleset);
  }
}

/** Without counters and comments: they are no rules. */
function comparable(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => line.replace(/ ?\[\d+:\d+\] ?/, ' ').trim())
    .map((line) => `${line}\n`)
    .join('');
}
