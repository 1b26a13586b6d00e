/** Every match extension that has a meaning in the ruleset; all others stay verbatim. Adding one is a file and a line here. */
import type { Statement } from '../../../ruleset/statement.ts';
import type { MatchModule, MatchText, ReadContext } from '../text/module.ts';
import { addrtype, iprange, mac } from './addresses.ts';
import { conntrack } from './conntrack.ts';
import { icmp, icmpv6 } from './icmp.ts';
import { limit } from './limit.ts';
import { connmark, mark } from './marks.ts';
import { dscp, ecn, hl, length, owner, pkttype, tos, ttl } from './packet.ts';
import { physdev } from './physdev.ts';
import { dccp, multiport, sctp, tcp, udp, udplite } from './ports.ts';
import { rpfilter } from './rpfilter.ts';
import { statistic } from './statistic.ts';

export const matchModules: readonly MatchModule[] = [
  tcp,
  udp,
  sctp,
  dccp,
  udplite,
  multiport,
  icmp,
  icmpv6,
  conntrack,
  iprange,
  addrtype,
  mac,
  mark,
  connmark,
  limit,
  pkttype,
  length,
  ttl,
  hl,
  dscp,
  tos,
  ecn,
  owner,
  physdev,
  statistic,
  rpfilter,
];

/** The option that says a statement; undefined when no module can. */
export function writeMatch(
  statement: Statement,
  next: Statement | undefined,
  context: ReadContext,
): MatchText | undefined {
  for (const module of matchModules) {
    const text = module.write(statement, next, context);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Whether an option can stand behind others under one `-m`. */
export function joins(option: MatchText, previous: readonly MatchText[]): boolean {
  const first = previous[0];
  if (first === undefined || first.module !== option.module || option.alone || first.alone) return false;
  return previous.every((other) => other.option !== option.option);
}
