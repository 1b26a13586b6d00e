/** Loads what was compiled for the hosts of a policy into the hosts of its lab. */
import { emitJson } from '../backends/nftables/emit-json.ts';
import type { Ruleset } from '../ruleset/ruleset.ts';
import type { Lab } from './lab.ts';
import type { LoadResult } from './load-rules.ts';

/** Each host's rules into its own namespace; the first that the kernel refuses ends it. */
export async function loadPolicy(
  lab: Lab,
  compiled: readonly { readonly host: { readonly name: string }; readonly ruleset: Ruleset }[],
): Promise<LoadResult> {
  for (const { host, ruleset } of compiled) {
    const result = await lab.load(
      { kind: 'nft-json', text: emitJson(ruleset) },
      lab.topology.hosts[host.name]?.namespace,
    );
    if (!result.loaded) return { loaded: false, message: `on ${host.name}: ${result.message}` };
  }
  return { loaded: true };
}
