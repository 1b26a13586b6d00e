/** What sysctls say about tracking, read once: how long entries live, in seconds [32], and how strictly TCP is judged [38, 39, 46]. */
import type { TcpState } from '../packet/connection.ts';
import type { TcpSettings } from './tcp.ts';

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

export interface TrackingSettings {
  /** nf_conntrack_checksum: packets with bad checksums are invalid. */
  readonly checksums: boolean;
  readonly udp: number;
  readonly udpStream: number;
  readonly icmp: number;
  readonly icmpv6: number;
  readonly generic: number;
  readonly tcp: TcpSettings;
}

/** The settings that a host's sysctls give. */
export function trackingSettings(sysctl: SysctlReader): TrackingSettings {
  const flag = (name: string, fallback: boolean): boolean => {
    const text = sysctl(`net.netfilter.nf_conntrack_${name}`);
    return text === undefined ? fallback : text.trim() !== '0';
  };
  const tcpTimeouts = new Map(
    Object.entries(tcpDefaults).map(([state, [name, fallback]]) => [
      state,
      name === '' ? fallback : seconds(sysctl, `tcp_timeout_${name}`, fallback),
    ]),
  );
  return {
    checksums: flag('checksum', true),
    udp: seconds(sysctl, 'udp_timeout', 30),
    udpStream: seconds(sysctl, 'udp_timeout_stream', 120),
    icmp: seconds(sysctl, 'icmp_timeout', 30),
    icmpv6: seconds(sysctl, 'icmpv6_timeout', 30),
    generic: seconds(sysctl, 'generic_timeout', 600),
    tcp: {
      loose: flag('tcp_loose', true),
      liberal: flag('tcp_be_liberal', false),
      ignoreInvalidReset: flag('tcp_ignore_invalid_rst', false),
      timeout: (state) => tcpTimeouts.get(state) ?? 0,
    },
  };
}
