/** Every match extension that has a meaning in the ruleset; all others stay verbatim. Adding one is a file and a line here. */
import type { MatchModule } from '../text/module.ts';
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
