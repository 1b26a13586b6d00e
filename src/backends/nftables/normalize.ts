/** The canonical form of rulesets: what comes back when a ruleset is written as nftables JSON and read again. */
import type { Ruleset } from '../../ruleset/ruleset.ts';

export function normalize(ruleset: Ruleset): Ruleset {
  return ruleset;
}
