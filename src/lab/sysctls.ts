/** The kernel settings of the lab's namespaces: what a verdict depends on is set, never inherited from the machine. */
import type { Host, Model, Network } from '../model/model.ts';
import { isLoopback } from './loopback.ts';
import type { Sysctl } from './topology.ts';

/** Settings of the host under test that a policy does not write down. */
export interface HostSettings {
  /** True: bridged packets meet the ip and ip6 hooks [98]; false: they do not [97]. A fresh namespace has true [100]. Default false. */
  readonly brNetfilter?: boolean;
  /** rp_filter of every interface [108]; default 0. */
  readonly reversePathFilter?: 0 | 1 | 2;
  /** True: each container gets its own hostname, /etc/hosts and /etc/resolv.conf; a hosts file names everyone on a network. */
  readonly names?: boolean;
  /** Whom hosts files name, where the model of the lab is a part of a policy. */
  readonly policy?: Model;
  /** Further values by dotted name, such as those of a host view; they win. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

const everywhere: readonly Sysctl[] = [
  ...forAllAndDefault('net.ipv4.conf', {
    accept_local: '0',
    accept_redirects: '0',
    arp_announce: '0',
    arp_ignore: '0',
    log_martians: '0',
    route_localnet: '0',
    rp_filter: '0',
    send_redirects: '1',
  }),
  ...forAllAndDefault('net.ipv6.conf', { accept_dad: '0', accept_ra: '0', accept_redirects: '0', disable_ipv6: '0' }),
  { name: 'net.ipv6.conf.default.router_solicitations', value: '0' },
  { name: 'net.ipv6.conf.default.addr_gen_mode', value: '0' },
  // errors are evidence here: the kernel's limits [128] would make the second of two equal probes look dropped
  { name: 'net.ipv4.icmp_ratelimit', value: '0' },
  { name: 'net.ipv6.icmp.ratelimit', value: '0' },
  { name: 'net.ipv4.icmp_msgs_per_sec', value: '1000000', optional: true },
  { name: 'net.ipv4.icmp_msgs_burst', value: '1000000', optional: true },
  { name: 'net.ipv4.tcp_syncookies', value: '0' },
  { name: 'net.ipv4.tcp_synack_retries', value: '1' },
  { name: 'net.ipv4.tcp_max_syn_backlog', value: '65536' },
];

function forAllAndDefault(folder: string, values: Readonly<Record<string, string>>): Sysctl[] {
  return Object.entries(values).flatMap(([name, value]) =>
    ['all', 'default'].map((scope) => ({ name: `${folder}.${scope}.${name}`, value })),
  );
}

/** What containers and outside namespaces are set to: they forward nothing. */
export function plainSysctls(): readonly Sysctl[] {
  return [
    { name: 'net.ipv4.ip_forward', value: '0' },
    { name: 'net.ipv6.conf.all.forwarding', value: '0' },
    ...everywhere,
  ];
}

/** What the host under test is set to, split into what can be set before its links exist and what is set behind them. */
export function hostSysctls(
  model: Model,
  host: Host,
  networks: readonly Network[],
  settings: HostSettings,
): { readonly early: readonly Sysctl[]; readonly late: readonly Sysctl[] } {
  const forward = host.ipForward ? '1' : '0';
  const filter = `${settings.reversePathFilter ?? 0}`;
  const bridged = settings.brNetfilter === true ? '1' : '0';
  const early: Sysctl[] = [
    { name: 'net.ipv4.ip_forward', value: forward }, // resets other values, so it comes first
    { name: 'net.ipv6.conf.all.forwarding', value: forward },
    ...everywhere,
    { name: 'net.ipv4.conf.all.rp_filter', value: filter },
    { name: 'net.ipv4.conf.default.rp_filter', value: filter },
    ...['iptables', 'ip6tables'].map((name) => ({
      name: `net.bridge.bridge-nf-call-${name}`,
      value: bridged,
      optional: bridged === '0', // without the module, bridged packets meet no hook of ip and ip6 either
    })),
  ];
  const late: Sysctl[] = networks
    .filter((network) => needsRouteLocalnet(model, host, network))
    .map((network) => ({ name: `net.ipv4.conf.${escapeDots(network.bridge)}.route_localnet`, value: '1' }));
  for (const [name, value] of Object.entries(settings.sysctls ?? {})) {
    (isOfInterface(name) ? late : early).push({ name, value });
  }
  return { early, late };
}

/** A connection of the host to 127.0.0.1 that is translated to a container needs it on the container's bridge [95]. */
function needsRouteLocalnet(model: Model, host: Host, network: Network): boolean {
  return model.containers.some((container) =>
    container.publications.some(
      ({ target, listener }) =>
        target.network.name === network.name &&
        (listener.kind === 'all'
          ? host.loopbackPublish
          : listener.address.family === 'ipv4' && isLoopback(listener.address)),
    ),
  );
}

function isOfInterface(name: string): boolean {
  const scope = /^net\.ipv[46]\.(?:conf|neigh)\.([^.]+)\./.exec(name)?.[1];
  return scope !== undefined && scope !== 'all' && scope !== 'default';
}

function escapeDots(interfaceName: string): string {
  return interfaceName.replaceAll('.', '/');
}

/** The path of a sysctl below /proc/sys: dots and slashes change places, as sysctl(8) reads names. */
export function sysctlPath(name: string): string {
  return name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'));
}
