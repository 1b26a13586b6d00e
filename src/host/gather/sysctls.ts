/** Kernel settings that verdicts depend on, read from /proc/sys/net in one go. */
import type { Gathered } from './part.ts';
import { failureOf, type Runner } from './runner.ts';

/** File names of the settings; all else of the thousands that exist is left where it is. */
const wanted: readonly string[] = [
  'ip_forward',
  'forwarding',
  'force_forwarding',
  'rp_filter',
  'accept_local',
  'route_localnet',
  'send_redirects',
  'src_valid_mark',
  'arp_ignore',
  'proxy_arp',
  'disable_ipv6',
  'ip_default_ttl',
  'ip_local_port_range',
  'ip_nonlocal_bind',
  'icmp_ratelimit',
  'icmp_ratemask',
  'icmp_msgs_per_sec',
  'icmp_msgs_burst',
  'icmp_echo_ignore_all',
  'icmp_echo_ignore_broadcasts',
  'ratelimit',
  'bridge-nf-*',
  'nf_conntrack_*timeout*',
  'nf_conntrack_tcp_*',
  'nf_conntrack_checksum',
  'nf_conntrack_max',
];

const folders = ['ipv4', 'ipv6', 'bridge', 'netfilter'].map((name) => `/proc/sys/net/${name}`);

/** Values by dotted name. A kernel without a part (br_netfilter, connection tracking, IPv6) has no names for it. */
export async function gatherSysctls(runner: Runner): Promise<Gathered<Readonly<Record<string, string>>>> {
  const args = ['-rsH', ...wanted.map((name) => `--include=${name}`), '', ...folders];
  const result = await runner('grep', args);
  // 1: nothing matched; 2: something could not be read, such as a folder that this kernel does not have
  const values = result.kind === 'exited' && result.status <= 2 ? parseSysctls(result.stdout) : {};
  if (Object.keys(values).length > 0) return { value: values, missing: [] };
  return { value: undefined, missing: [failureOf('sysctls', `grep -r '' ${folders.join(' ')}`, result)] };
}

/** Lines `/proc/sys/net/ipv4/ip_forward:1`; of a setting of several lines the first counts. */
export function parseSysctls(text: string): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\/proc\/sys\/([^:]+):(.*)$/.exec(line);
    const name = match?.[1]?.replaceAll('/', '.');
    if (name !== undefined && !values.has(name)) values.set(name, match?.[2] ?? '');
  }
  return Object.fromEntries([...values].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)));
}
