/** How long entries live, in seconds, by the sysctl that sets it [32]. */
import type { TcpState } from './connection.ts';

/** Reads a sysctl by its dotted name; undefined where the host has the default. */
export type SysctlReader = (name: string) => string | undefined;

const tcpDefaults: Readonly<Record<TcpState | 'UNACK', readonly [sysctl: string, seconds: number]>> = {
  NONE: ['', 0],
  SYN_SENT: ['syn_sent', 120],
  SYN_RECV: ['syn_recv', 60],
  ESTABLISHED: ['established', 432_000],
  FIN_WAIT: ['fin_wait', 120],
  CLOSE_WAIT: ['close_wait', 60],
  LAST_ACK: ['last_ack', 30],
  TIME_WAIT: ['time_wait', 120],
  CLOSE: ['close', 10],
  SYN_SENT2: ['syn_sent', 120],
  UNACK: ['unacknowledged', 300],
};

function seconds(sysctl: SysctlReader, name: string, fallback: number): number {
  const text = sysctl(`net.netfilter.nf_conntrack_${name}`);
  return text === undefined || !/^\d+$/.test(text.trim()) ? fallback : Number(text);
}

/** Seconds that a TCP entry in this state lives. */
export function tcpTimeout(sysctl: SysctlReader, state: TcpState | 'UNACK'): number {
  const [name, fallback] = tcpDefaults[state];
  return name === '' ? fallback : seconds(sysctl, `tcp_timeout_${name}`, fallback);
}

export const udpTimeout = (sysctl: SysctlReader): number => seconds(sysctl, 'udp_timeout', 30);
export const udpStreamTimeout = (sysctl: SysctlReader): number => seconds(sysctl, 'udp_timeout_stream', 120);
export const genericTimeout = (sysctl: SysctlReader): number => seconds(sysctl, 'generic_timeout', 600);
export const icmpTimeout = (sysctl: SysctlReader, protocol: number): number =>
  seconds(sysctl, protocol === 1 ? 'icmp_timeout' : 'icmpv6_timeout', 30);
