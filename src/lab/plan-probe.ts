/** From a probe in the words of the policy to what the agent has to do in which namespace. */
import { type Address, formatAddress } from '../net/address.ts';
import type { MacAddress } from '../net/mac.ts';
import { type Prefix, prefixContains, prefixOf } from '../net/prefix.ts';
import { protocolNumbers } from '../net/protocol.ts';
import type { WireProbe } from './agent-protocol.ts';
import { LabError } from './lab-error.ts';
import { isLoopback } from './loopback.ts';
import type { Probe, TcpFlag } from './probe.ts';
import type { Attachment, HostPlace, LabNamespace, LinkEnd, NamespaceName, Outside, Topology } from './topology.ts';

const flagBits: Readonly<Record<TcpFlag, number>> = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 };

/** Plans probes of one topology; the returned function throws LabError for a probe that names what the topology does not have. */
export function probePlanner(topology: Topology): (probe: Probe) => WireProbe {
  const places = new Places(topology);
  return (probe) => {
    const start = places.startOf(probe);
    const source = probe.source ?? start.source;
    const frame = probe.mode === 'crafted' ? start.frame : undefined;
    return {
      namespace: start.namespace,
      mode: probe.mode,
      protocol: probe.protocol,
      destination: formatAddress(probe.destination),
      ...(source === undefined ? {} : { source: formatAddress(source) }),
      ...(probe.sourcePort === undefined ? {} : { sourcePort: probe.sourcePort }),
      ...transportPart(probe),
      ...(probe.ttl === undefined ? {} : { ttl: probe.ttl }),
      ...(frame === undefined ? {} : { frame }),
    };
  };
}

function transportPart(probe: Probe): Partial<WireProbe> {
  switch (probe.protocol) {
    case protocolNumbers.tcp:
      return { destinationPort: destinationPort(probe), tcpFlags: flagsValue(probe.tcpFlags ?? ['syn']) };
    case protocolNumbers.udp:
    case protocolNumbers.sctp:
      return { destinationPort: destinationPort(probe) };
    case protocolNumbers.icmp:
      return probe.icmp ?? { type: 8, code: 0 };
    case protocolNumbers.icmpv6:
      return probe.icmp ?? { type: 128, code: 0 };
    default:
      return {};
  }
}

function destinationPort(probe: Probe): number {
  if (probe.destinationPort === undefined) throw new LabError('A TCP, UDP or SCTP probe needs a destination port.');
  return probe.destinationPort;
}

function flagsValue(flags: readonly TcpFlag[]): number {
  return flags.reduce((value, flag) => value | flagBits[flag], 0);
}

interface Start {
  readonly namespace: string;
  readonly source: Address | undefined;
  readonly frame: WireProbe['frame'];
}

/** Where probes can start, by name. */
class Places {
  private readonly namespaces: ReadonlyMap<string, LabNamespace>;
  private readonly attachments: ReadonlyMap<string, Attachment>;
  private readonly ends: ReadonlyMap<string, Pick<LinkEnd, 'mac'>>;

  constructor(private readonly topology: Topology) {
    this.namespaces = new Map(topology.namespaces.map((namespace) => [namespace.name, namespace]));
    this.attachments = new Map(
      topology.attachments.map((attachment) => [`${attachment.container} ${attachment.network}`, attachment]),
    );
    this.ends = new Map(
      [...topology.links.flatMap(({ ends }) => ends), ...topology.macvlans].map(
        (end) => [`${end.namespace} ${end.interface}`, end] as const,
      ),
    );
  }

  startOf(probe: Probe): Start {
    switch (probe.from.kind) {
      case 'host':
        return this.startOnHost(probe, this.place(probe.from.host).namespace);
      case 'outside':
        return this.startOutside(probe, probe.from.interface, this.place(probe.from.host));
      case 'container':
        return this.startInContainer(probe, probe.from.container, probe.from.network);
    }
  }

  private place(host: string | undefined): HostPlace {
    if (host === undefined) return { namespace: this.topology.host, outsides: this.topology.outsides };
    const place = this.topology.hosts[host];
    if (place === undefined) throw new LabError(`The lab has no host ${host}.`);
    return place;
  }

  private startOnHost(probe: Probe, namespace: NamespaceName): Start {
    return { namespace, source: undefined, frame: this.frame(namespace, probe, undefined) };
  }

  private startOutside(probe: Probe, name: string, { outsides }: HostPlace): Start {
    const outside = outsides[name];
    if (outside === undefined) throw new LabError(`The lab's host has no interface ${name} to the outside.`);
    const start: Towards = { interface: outside.interface, mac: outside.hostMac };
    return {
      namespace: outside.namespace,
      source: outside.addresses.find(({ family }) => family === probe.destination.family),
      frame: this.frame(outside.namespace, probe, start, isLoopback(probe.destination) || this.isShared(outside)),
    };
  }

  /** Whether several hosts are on the wire, so that routes alone do not say which of them gets a packet first. */
  private isShared({ namespace }: Outside): boolean {
    const places = Object.values(this.topology.hosts).flatMap(({ outsides }) => Object.values(outsides));
    return places.filter((place) => place.namespace === namespace).length > 1;
  }

  private startInContainer(probe: Probe, container: string, network: string | undefined): Start {
    const namespace = this.topology.containers[container];
    if (namespace === undefined) throw new LabError(`The lab has no container ${container}.`);
    const attachments = this.topology.attachments.filter((attachment) => attachment.namespace === namespace);
    if (network === undefined) {
      const leaving = egress(this.namespaces.get(namespace), probe.destination);
      const attachment = attachments.find((candidate) => candidate.interface === leaving) ?? attachments[0];
      return {
        namespace,
        source: undefined,
        frame: this.frame(namespace, probe, attachment && towardsHost(attachment), isLoopback(probe.destination)),
      };
    }
    const attachment =
      this.attachments.get(`${container} ${network}`) ?? attachments.find((candidate) => candidate.network === network);
    if (attachment === undefined) throw new LabError(`Container ${container} is not attached to network ${network}.`);
    const leaves = egress(this.namespaces.get(namespace), probe.destination);
    const elsewhere = leaves !== attachment.interface || isLoopback(probe.destination);
    return {
      namespace,
      source: attachment.addresses.find(({ family }) => family === probe.destination.family),
      frame: this.frame(namespace, probe, towardsHost(attachment), elsewhere),
    };
  }

  /** The frame that a probe asks for with `via`, or that it needs because the sender's kernel would not send it this way. */
  private frame(namespace: string, probe: Probe, towards: Towards | undefined, needed = false): WireProbe['frame'] {
    const name = probe.via?.interface ?? (needed ? towards?.interface : undefined);
    if (name === undefined) return undefined;
    const own =
      this.ends.get(`${namespace} ${name}`) ?? this.namespaces.get(namespace)?.bridges.find((one) => one.name === name);
    if (own === undefined) throw new LabError(`The probe's sender has no interface ${name}.`);
    const known = towards?.interface === name ? towards.mac : this.hostMacOn(namespace, name);
    const mac = probe.via?.mac ?? known;
    if (mac === undefined) throw new LabError(`The probe does not say which neighbour on ${name} it is for.`);
    return { interface: name, sourceMac: own.mac, destinationMac: mac };
  }

  /** The host's MAC address as seen from an interface of another namespace. */
  private hostMacOn(namespace: string, interfaceName: string): MacAddress | undefined {
    const outside = Object.values(this.topology.outsides).find((candidate) => candidate.namespace === namespace);
    if (outside?.interface === interfaceName) return outside.hostMac;
    return this.topology.attachments.find(
      (attachment) => attachment.namespace === namespace && attachment.interface === interfaceName,
    )?.bridgeMac;
  }
}

interface Towards {
  readonly interface: string;
  readonly mac: MacAddress;
}

function towardsHost(attachment: Attachment): Towards {
  return { interface: attachment.interface, mac: attachment.bridgeMac };
}

/** The interface by which a namespace's own addresses and routes lead to a destination: the longest prefix decides. */
export function egress(namespace: LabNamespace | undefined, destination: Address): string | undefined {
  if (namespace === undefined) return undefined;
  const candidates: { readonly prefix: Prefix; readonly interface: string | undefined }[] = [
    ...namespace.addresses.map((held) => ({ prefix: prefixOf(held.address, held.length), interface: held.interface })),
    ...namespace.routes.map((route) => ({ prefix: route.destination, interface: route.interface })),
  ];
  let best: (typeof candidates)[number] | undefined;
  for (const candidate of candidates) {
    if (!prefixContains(candidate.prefix, destination)) continue;
    if (best === undefined || candidate.prefix.length > best.prefix.length) best = candidate;
  }
  return best?.interface;
}
