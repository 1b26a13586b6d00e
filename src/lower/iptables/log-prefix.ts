/** iptables keeps 29 bytes of a log prefix, nftables 127. */
import type { LogStatement } from '../../ruleset/statement.ts';

const longest = 29;

export const isCut = ({ prefix }: LogStatement): boolean => prefix !== undefined && prefix.length > longest;

/** A prefix that fits: its beginning, which names the tool and the place in the policy, with the usual end. */
export function withShortPrefix(log: LogStatement): LogStatement {
  if (log.prefix === undefined || !isCut(log)) return log;
  return { ...log, prefix: `${log.prefix.slice(0, longest - 2)}: ` };
}
