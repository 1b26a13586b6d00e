/**
 * Policies of any size, the same text for the same size: containers spread over bridge networks, one publication each, allow, deny
 * and link among them, zones and expectations, IPv4 and IPv6 alike. Beside the text what it says, so that the same ports can be
 * written for other tools.
 */

import { accessStatements } from './access-text.ts';

export interface PublishedContainer {
  readonly name: string;
  readonly network: number;
  readonly hostPort: number;
  readonly containerPort: number;
  /** Written in the policy for every second container; the others are given this one as the next free address. */
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface PolicyNetwork {
  readonly name: string;
  readonly bridge: string;
  /** The host's addresses on the bridge, with prefix length. */
  readonly gateway4: string;
  readonly gateway6: string;
}

export interface GeneratedPolicy {
  readonly text: string;
  readonly networks: readonly PolicyNetwork[];
  readonly containers: readonly PublishedContainer[];
}

export const containerPort = 8080;
const firstHostPort = 1024;
const lastHostPort = 65_535;

/** The host's side of the wire that the benchmarks send on (the range of RFC 2544 for them), and another one. */
export const hostAddresses = { wan4: '198.18.0.1', wan4Length: 15, wan6: '2001:db8:ffff::1', wan6Length: 64 } as const;

/** 10 to 50 networks: about 200 containers a network, when there are enough. */
export function networkCount(containers: number): number {
  return Math.min(50, Math.max(10, Math.ceil(containers / 200)));
}

export interface PolicyShape {
  /** Default: see `networkCount`. */
  readonly networks?: number;
  /** This many allow and deny statements, in place of ten statements a hundred containers. */
  readonly access?: number;
}

/** A policy with this many containers, 1 to 64,512 (as many as there are host ports above 1023). */
export function generatePolicy(size: number, shape: PolicyShape = {}): GeneratedPolicy {
  const count = shape.networks ?? networkCount(size);
  const networks = Array.from({ length: count }, (_, index) => network(index, size, count));
  const containers = Array.from({ length: size }, (_, index) => container(index, size, networks.length));
  const lines = [
    ...hostLines(),
    ...networks.flatMap(({ lines }) => lines),
    ...containers.flatMap(({ name, network, ipv4, ipv6, hostPort }, index) => [
      `container ${name} {`,
      `  attach net${network}${index % 2 === 1 ? ` ${ipv4}, ${ipv6}` : ''}`,
      `  expose ${containerPort}/tcp`,
      `  publish ${hostPort}:${containerPort}`,
      '}',
    ]),
    ...(shape.access === undefined
      ? statements(containers, networks.length)
      : accessStatements(containers, networks.length, shape.access)),
    ...expectations(containers),
  ];
  return { text: `${lines.join('\n')}\n`, networks, containers };
}

function hostLines(): readonly string[] {
  const { wan4, wan4Length, wan6, wan6Length } = hostAddresses;
  return [
    'host edge {',
    `  interface wan0 { address ${wan4}/${wan4Length}, ${wan6}/${wan6Length} }`,
    '  interface lan0 { address 192.168.1.5/24, fd00:1::5/64 }',
    '  ip-forward on',
    '  loopback-publish off',
    '}',
    'zone office = 192.168.1.0/24, fd00:1::/64 on lan0',
    'zone internet = any on wan0',
    'service web-ports = 80/tcp, 443/tcp',
  ];
}

/** Networks of 65,536 / 10 to 50 containers at most: prefix lengths that hold them and the gateway. */
function network(index: number, size: number, count: number): PolicyNetwork & { readonly lines: readonly string[] } {
  const largest = Math.ceil(size / count);
  const length = 32 - Math.max(6, Math.ceil(Math.log2(largest + 3)));
  const [first, name, bridge] = [`10.${64 + index}.0`, `net${index}`, `br-net${index}`];
  return {
    name,
    bridge,
    gateway4: `${first}.1/${length}`,
    gateway6: `${prefix6(index)}::1/64`,
    lines: [
      `network ${name} { subnet ${first}.0/${length}, ${prefix6(index)}::/64${index % 3 === 0 ? '; icc off' : ''} }`,
    ],
  };
}

function prefix6(networkIndex: number): string {
  return `fd00:64:${(networkIndex + 1).toString(16)}`;
}

function container(index: number, size: number, networks: number): PublishedContainer {
  const place = Math.floor(index / networks) + 2;
  const network = index % networks;
  return {
    name: `c${index}`,
    network,
    hostPort: firstHostPort + Math.floor((index * (lastHostPort - firstHostPort + 1)) / size),
    containerPort,
    ipv4: `10.${64 + network}.${place >> 8}.${place & 255}`,
    ipv6: `${prefix6(network)}::${place.toString(16)}`,
  };
}

/** Ten statements a hundred containers: four allows between networks and to the outside, three denies, three links. */
function statements(containers: readonly PublishedContainer[], networks: number): readonly string[] {
  const lines: string[] = [];
  for (let base = 0; base + 20 <= containers.length; base += 100) {
    const at = (offset: number): string => `c${base + offset}`;
    lines.push(
      `allow ${at(0)} -> ${at(1)} ${containerPort}/tcp`,
      `allow ${at(2)} -> ${at(3)} 5432/tcp, 6000-6010/udp`,
      `allow office -> ${at(4)} web-ports`,
      `allow net${base % networks} -> ${at(5)} icmp`,
      `deny ${at(6)} -> internet 25/tcp log "smtp"`,
      `deny ${at(7)} -> office`,
      `deny net${(base / 100) % networks} -> 203.0.113.${(base / 100) % 256}/32 443/tcp reject`,
      ...linkable(base, networks, containers.length).map((index) => `link c${index} -> c${index + networks} as peer`),
    );
  }
  return lines;
}

/** Three of each hundred containers whose network has `icc off`, where a link says something, and has a container after them. */
function linkable(base: number, networks: number, size: number): readonly number[] {
  const found: number[] = [];
  for (let index = base; found.length < 3 && index < base + 100 && index + networks < size; index++) {
    if ((index % networks) % 3 === 0) found.push(index);
  }
  return found;
}

function expectations(containers: readonly PublishedContainer[]): readonly string[] {
  const [first, last] = [containers[0], containers.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [
    `expect internet -> edge ${first.hostPort}/tcp reaches ${first.name} ${containerPort}/tcp`,
    `expect internet -> edge ${last.hostPort}/tcp reaches ${last.name} ${containerPort}/tcp`,
    `expect office -> ${last.name} 22/tcp blocked`,
    `expect ${last.name} -> internet 53/udp allowed`,
  ];
}
