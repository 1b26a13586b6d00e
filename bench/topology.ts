/** Three namespaces in a row: a client, the router that holds the rules, and one container of the policy behind its bridge. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BenchmarkFailure } from './benchmark.ts';
import type { IpFamily } from './linear-rules.ts';
import type { Namespace } from './namespace.ts';
import { withNamespaces } from './namespace.ts';
import { type GeneratedPolicy, hostAddresses, type PublishedContainer } from './policy-text.ts';

export interface Topology {
  readonly router: Namespace;
  readonly container: PublishedContainer;
  /** Opens one real connection and reads the answer. Throws BenchmarkFailure when it is refused or nothing comes. */
  readonly connect: (to: Target) => Promise<void>;
  /** Sends first packets of distinct connections and gives how many arrived in the container a second. */
  readonly firstPacketsPerSecond: (to: Target, limit: Limit) => Promise<number>;
}

export interface Target {
  readonly address: string;
  readonly port: number;
}

/** At most so many packets in so many seconds. */
export interface Limit {
  readonly packets: number;
  readonly seconds: number;
}

const { wan4, wan4Length, wan6, wan6Length } = hostAddresses;
const client4 = '198.19.255.1';
const client6 = '2001:db8:ffff::2';

/** Where the last publication of the policy answers: the host's address, or without rules the container's own. */
export function targetOf(
  { ipv4, ipv6, hostPort, containerPort }: PublishedContainer,
  family: IpFamily,
  through: 'publication' | 'route',
): Target {
  if (through === 'route') return { address: family === 'ipv4' ? ipv4 : ipv6, port: containerPort };
  return { address: family === 'ipv4' ? wan4 : wan6, port: hostPort };
}

/** Builds `count` topologies around the last container of the policy, gives them to `use`, and deletes them whatever comes of it. */
export function withTopologies<T>(
  policy: GeneratedPolicy,
  script: string,
  count: number,
  use: (topologies: readonly Topology[]) => Promise<T>,
): Promise<T> {
  return withNamespaces(3 * count, async (namespaces) => {
    const topologies: Topology[] = [];
    for (let index = 0; index < count; index++) {
      const [client, router, server] = namespaces.slice(3 * index);
      if (client === undefined || router === undefined || server === undefined)
        throw new RangeError('too few namespaces');
      topologies.push(await buildTopology(policy, script, { client, router, server }));
    }
    return use(topologies);
  });
}

interface Places {
  readonly client: Namespace;
  readonly router: Namespace;
  readonly server: Namespace;
}

async function buildTopology(
  policy: GeneratedPolicy,
  script: string,
  { client, router, server }: Places,
): Promise<Topology> {
  const container = policy.containers.at(-1);
  const network = container === undefined ? undefined : policy.networks[container.network];
  if (container === undefined || network === undefined) throw new RangeError('a topology needs a container');
  await router.run('ip', ['-batch', '-'], routerLinks(client, server, network));
  await client.run('ip', ['-batch', '-'], clientLinks());
  await server.run('ip', ['-batch', '-'], serverLinks(container, network));
  await router.run('tee', ['/proc/sys/net/ipv4/ip_forward', '/proc/sys/net/ipv6/conf/all/forwarding'], '1');
  const routerMac = await macOf(router, 'wan0');
  const python = (namespace: Namespace, ...args: readonly string[]): Promise<string> =>
    namespace.run('python3', [script, ...args]);
  return {
    router,
    container,
    connect: async ({ address, port }) => {
      const stop = await serve(server, script, address.includes(':') ? '::' : '0.0.0.0', container.containerPort);
      try {
        await python(client, 'connect', address, `${port}`);
      } finally {
        await stop();
      }
    },
    firstPacketsPerSecond: async ({ address, port }, limit) => {
      await countArrivals(server, container.containerPort);
      await python(router, 'forget');
      const said = await python(
        client,
        'send',
        'wire0',
        routerMac,
        address,
        `${port}`,
        `${limit.packets}`,
        `${limit.seconds}`,
      );
      const { sent, seconds } = sendingIn(said);
      const arrived = await settledArrivals(server);
      if (arrived === 0) throw new BenchmarkFailure(`none of ${sent} packets to ${address} port ${port} arrived`);
      return arrived / seconds;
    },
  };
}

function routerLinks(
  client: Namespace,
  server: Namespace,
  { bridge, gateway4, gateway6 }: GeneratedPolicy['networks'][number],
): string {
  return lines(
    'link set lo up',
    `link add wan0 type veth peer name wire0 netns ${client.holder}`,
    `address add ${wan4}/${wan4Length} dev wan0`,
    `address add ${wan6}/${wan6Length} dev wan0 nodad`,
    'link set wan0 up',
    `link add ${bridge} type bridge`,
    `address add ${gateway4} dev ${bridge}`,
    `address add ${gateway6} dev ${bridge} nodad`,
    `link set ${bridge} up`,
    `link add port0 type veth peer name eth0 netns ${server.holder}`,
    `link set port0 master ${bridge} up`,
  );
}

function clientLinks(): string {
  return lines(
    `address add ${client4}/${wan4Length} dev wire0`,
    `address add ${client6}/${wan6Length} dev wire0 nodad`,
    'link set wire0 up',
    `route add default via ${wan4}`,
    `route add ::/0 via ${wan6}`,
  );
}

function serverLinks(
  { ipv4, ipv6 }: PublishedContainer,
  { gateway4, gateway6 }: GeneratedPolicy['networks'][number],
): string {
  const [via4, length4] = gateway4.split('/');
  const [via6, length6] = gateway6.split('/');
  return lines(
    `address add ${ipv4}/${length4} dev eth0`,
    `address add ${ipv6}/${length6} dev eth0 nodad`,
    'link set eth0 up',
    `route add default via ${via4}`,
    `route add ::/0 via ${via6}`,
  );
}

function lines(...commands: readonly string[]): string {
  return `${commands.join('\n')}\n`;
}

async function macOf(namespace: Namespace, name: string): Promise<string> {
  const links: unknown = JSON.parse(await namespace.run('ip', ['-json', 'link', 'show', 'dev', name]));
  const link: unknown = Array.isArray(links) ? links[0] : undefined;
  if (typeof link === 'object' && link !== null && 'address' in link && typeof link.address === 'string')
    return link.address;
  throw new BenchmarkFailure(`ip link: ${name} has no hardware address`);
}

/** Starts a server in the namespace and waits until it listens; gives what stops it. */
async function serve(
  namespace: Namespace,
  script: string,
  address: string,
  port: number,
): Promise<() => Promise<void>> {
  const [command, args] = namespace.inside('python3', script, 'serve', address, `${port}`);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  const ended = once(child, 'close');
  const listens = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!listens) throw new BenchmarkFailure(`no server could be started on port ${port} in the container`);
  return async () => {
    child.stdin.end();
    await ended;
  };
}

/** Counts what arrives in the container and drops it, before its own TCP sees it: only the way there is measured. */
async function countArrivals(server: Namespace, port: number): Promise<void> {
  const table = `add table inet arrivals; delete table inet arrivals; add table inet arrivals;
add counter inet arrivals arrived;
add chain inet arrivals count { type filter hook prerouting priority -300; };
add rule inet arrivals count tcp dport ${port} counter name arrived drop`;
  await server.run('nft', [table]);
}

/** The number of packets that arrived, once no more do. */
async function settledArrivals(server: Namespace): Promise<number> {
  for (let before = -1; ; ) {
    const listing = await server.run('nft', ['list', 'counter', 'inet', 'arrivals', 'arrived']);
    const arrived = Number(/packets (\d+)/.exec(listing)?.[1] ?? Number.NaN);
    if (Number.isNaN(arrived)) throw new BenchmarkFailure(`nft: no counter in ${listing}`);
    if (arrived === before) return arrived;
    before = arrived;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function sendingIn(text: string): { readonly sent: number; readonly seconds: number } {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'sent' in value && 'seconds' in value) {
    return { sent: Number(value.sent), seconds: Number(value.seconds) };
  }
  throw new BenchmarkFailure(`the sender said ${text}`);
}
