/** Tells tables of iptables-nft from those of nftables itself. */
import type { BaseChain, Engine, TableFamily } from '../../ruleset/ruleset.ts';

const iptablesTables: ReadonlySet<string> = new Set(['filter', 'nat', 'mangle', 'raw', 'security']);
const iptablesChains: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** iptables-nft shows in the names that it gives its tables and base chains. */
export function engineOf(
  family: TableFamily,
  name: string,
  chains: readonly { readonly name: string; readonly base: BaseChain | undefined }[],
): Engine {
  if ((family !== 'ip' && family !== 'ip6') || !iptablesTables.has(name)) return 'nftables';
  const baseChains = chains.filter((chain) => chain.base !== undefined);
  const known = baseChains.length > 0 && baseChains.every((chain) => iptablesChains.has(chain.name));
  return known ? 'iptables-nft' : 'nftables';
}
