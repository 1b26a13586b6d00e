/** Loads what was compiled for the hosts of a policy into the hosts of its lab. */
import { emitIptables } from '../backends/iptables/emit.ts';
import { emitJson } from '../backends/nftables/emit-json.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import type { Lab } from './lab.ts';
import type { LoadResult, Rules } from './load-rules.ts';

/** Who runs the rules; they must have been compiled for it. */
export type RulesRunner = 'nftables' | 'iptables-nft' | 'iptables-legacy';

/** Each host's rules into its own namespace; the first that the kernel refuses ends it. */
export async function loadPolicy(
  lab: Lab,
  compiled: readonly { readonly host: { readonly name: string }; readonly ruleset: Ruleset }[],
  runner: RulesRunner = 'nftables',
): Promise<LoadResult> {
  for (const { host, ruleset } of compiled) {
    const rules = rulesFor(ruleset, runner);
    if ('refused' in rules) return { loaded: false, message: `on ${host.name}: ${rules.refused}` };
    const result = await lab.load(rules, lab.topology.hosts[host.name]?.namespace);
    if (!result.loaded) return { loaded: false, message: `on ${host.name}: ${result.message}` };
  }
  return { loaded: true };
}

/** What the runner's tools load, or why iptables cannot say it. */
export function rulesFor(ruleset: Ruleset, runner: RulesRunner): Rules | { readonly refused: string } {
  if (runner === 'nftables') return { kind: 'nft-json', text: emitJson(ruleset) };
  const { v4, v6, bridge, diagnostics } = emitIptables(ruleset, { ownChains: 'CTFW-' });
  const [problem] = diagnostics;
  if (problem !== undefined) return { refused: problem.message };
  return { kind: 'iptables', variant: runner === 'iptables-nft' ? 'nft' : 'legacy', v4, v6, bridge: bridge ?? '' };
}
