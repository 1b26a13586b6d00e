/** The rules that `ctfw verify` judges. */
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { ChainOrder } from '../../simulator/host/hook-lists.ts';

/** Rules that are judged: those that the policy ships for a target, or those found on a host. */
export interface JudgedRules {
  /** `nft`, `iptables`, or the files. */
  readonly name: string;
  readonly isOurs: boolean;
  readonly rulesets: readonly Ruleset[];
}

/** Ours are loaded in a known order; which of the chains found on a host was registered first, no listing says [4]. */
export function chainOrderOf({ isOurs }: JudgedRules): ChainOrder {
  return isOurs ? 'known' : 'unknown';
}
