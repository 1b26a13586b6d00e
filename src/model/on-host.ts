/**
 * The part of a policy that one host's rules are about: the networks and containers that it has, and statements about
 * everything else as that looks from there. Other hosts and what is on them lie outside, and are known by their addresses;
 * what a switch carries does not meet the rules at all.
 */
import { addressKey, families } from '../net/address.ts';
import { hostPrefix, type Prefix } from '../net/prefix.ts';
import { deniesThroughPublications } from './deny-elsewhere.ts';
import { isBridgedLan } from './lan.ts';
import type {
  Access,
  CheckedModel,
  Container,
  Endpoint,
  Expectation,
  Host,
  HostInterface,
  Link,
  Network,
  Publication,
  Subject,
  Zone,
} from './model.ts';
import {
  devicesOfNics,
  hostAddresses,
  interfaceAddresses,
  isOnHost,
  meetsRules,
  runsOn,
  switchesOfNics,
} from './placement.ts';
import { tunnelInterface, tunnelsOf } from './tunnel.ts';

/** Whether the rules of a policy differ from host to host, or some of its traffic meets no rules. */
export function isSpread(model: CheckedModel): boolean {
  return model.hosts.length > 1 || model.networks.some((network) => !meetsRules(network));
}

/** The model that the rules of one host are made from. A policy that is about one host alone is its own. */
export function modelOnHost(model: CheckedModel, host: Host): CheckedModel {
  if (!isSpread(model)) return model;
  const networks = model.networks.filter((network) => isOnHost(network, host) && meetsRules(network));
  const seen = new Sight(model, host, new Set(networks));
  const containers = seen.containers();
  const access = [...model.access, ...deniesThroughPublications(model, host)].flatMap((one) => seen.access(one));
  const onHost: CheckedModel = {
    ...model,
    hosts: [seen.itself()],
    zones: model.zones.flatMap((zone) => seen.zone(zone)),
    networks,
    elsewhere: {
      hosts: model.hosts.flatMap((other) => (other === host ? [] : interfaceAddresses(other))),
      subnets: seen.subnetsElsewhere(),
      tunnels: tunnelsOf(model, host),
    },
    containers,
    groups: [],
    links: model.links.flatMap((link) => seen.link(link)),
    access,
    expectations: model.expectations.flatMap((expectation) => seen.expectation(expectation)),
    connections: model.connections.filter(({ left, right }) =>
      [left, right].every(({ subject }) =>
        subject.kind === 'host' ? subject.name === host.name : runsOn(subject, host),
      ),
    ),
  };
  return onHost;
}

/** How a policy looks from one host. Every container is translated once. */
class Sight {
  private readonly known = new Map<string, Container>();
  private readonly switchOfNic: ReadonlyMap<string, string>;
  private readonly deviceOfNic: ReadonlyMap<string, string>;
  /** What a zone may be behind. */
  private readonly interfaces: ReadonlySet<string>;

  constructor(
    private readonly model: CheckedModel,
    private readonly host: Host,
    private readonly networks: ReadonlySet<Network>,
  ) {
    this.switchOfNic = switchesOfNics(model, host);
    this.deviceOfNic = devicesOfNics(model, host);
    const outward = [...networks].filter((network) => isBridgedLan(network) || network.unmanaged);
    this.interfaces = new Set([
      ...host.interfaces.map(({ name }) => name),
      ...this.switchOfNic.values(),
      ...outward.map(({ bridge }) => bridge),
    ]);
  }

  /** A NIC that is part of a switch is seen as the switch, which has its addresses. */
  itself(): Host {
    if (this.switchOfNic.size === 0) return this.host;
    const interfaces = new Map<string, HostInterface>();
    for (const entry of this.host.interfaces) {
      const name = this.switchOfNic.get(entry.name) ?? entry.name;
      const known = interfaces.get(name);
      interfaces.set(name, { ...entry, name, addresses: [...(known?.addresses ?? []), ...entry.addresses] });
    }
    const routes = this.host.routes.map((route) => {
      const name = route.interface && this.switchOfNic.get(route.interface);
      return name === undefined ? route : { ...route, interface: name };
    });
    return { ...this.host, interfaces: [...interfaces.values()], routes };
  }

  containers(): readonly Container[] {
    return this.model.containers.flatMap((container) => {
      const here = this.container(container);
      return runsOn(container, this.host) || here.endpoints.length > 0 ? [here] : [];
    });
  }

  /** What of a container meets the rules of this host; one that runs elsewhere is here only through a tunnel. */
  private container(container: Container): Container {
    const known = this.known.get(container.name);
    if (known !== undefined) return known;
    const local = runsOn(container, this.host);
    const endpoints = container.endpoints
      .filter(({ network }) => this.networks.has(network))
      .map((endpoint) => (local ? endpoint : throughTunnel(endpoint)));
    // who may use a publication can be the container itself, or one that publishes for it in turn
    const publications: Publication[] = [];
    const here: Container = {
      ...container,
      endpoints,
      publications,
      plumbs: local ? container.plumbs.filter(({ network }) => this.networks.has(network)) : [],
    };
    this.known.set(container.name, here);
    if (local) publications.push(...container.publications.flatMap((publication) => this.publication(publication)));
    return here;
  }

  private publication(publication: Publication): readonly Publication[] {
    if (!this.networks.has(publication.target.network)) return [];
    if (publication.from === undefined) return [publication];
    return [{ ...publication, from: publication.from.flatMap((subject) => this.subject(subject, 'endpoints')) }];
  }

  /** A zone on an interface that the host does not have is not in sight; one on the NIC of a switch or bridge is behind that. */
  zone(zone: Zone): readonly Zone[] {
    if (zone.interface === undefined) return [zone];
    const name = this.deviceOfNic.get(zone.interface) ?? zone.interface;
    if (this.host.interfaces.length > 0 && !this.interfaces.has(name)) return [];
    return [name === zone.interface ? zone : { ...zone, interface: name }];
  }

  access(access: Access): readonly Access[] {
    const means = access.action === 'deny' ? 'subnets' : 'endpoints';
    const from = access.from.flatMap((subject) => this.subject(subject, means));
    const to = access.to.flatMap((subject) => this.subject(subject, means));
    return from.length === 0 || to.length === 0 ? [] : [{ ...access, from, to }];
  }

  expectation(expectation: Expectation): readonly Expectation[] {
    const from = expectation.from.flatMap((subject) => this.subject(subject, 'endpoints'));
    const to = expectation.to.flatMap((subject) => this.subject(subject, 'endpoints'));
    return [{ ...expectation, from, to }];
  }

  link(link: Link): readonly Link[] {
    const [from, to] = [this.container(link.from), this.container(link.to)];
    const common = from.endpoints.some(({ network }) => to.endpoints.some((other) => other.network === network));
    return common ? [{ ...link, from, to }] : [];
  }

  private subject(subject: Subject, means: 'endpoints' | 'subnets'): readonly Subject[] {
    switch (subject.kind) {
      case 'any':
      case 'prefix':
        return [subject];
      case 'zone':
        return this.zone(subject);
      case 'host':
        return subject.name === this.host.name ? [this.itself()] : outside(subject, hostAddresses(this.model, subject));
      case 'network':
        if (this.networks.has(subject)) return [subject];
        return meetsRules(subject) && !subject.unmanaged ? outside(subject, this.networkPrefixes(subject, means)) : [];
      case 'container': {
        const here = this.container(subject);
        if (runsOn(subject, this.host)) return [here];
        const away = subject.endpoints.filter(({ network }) => this.isElsewhere(network));
        return [...(here.endpoints.length > 0 ? [here] : []), ...outside(subject, away.flatMap(prefixesOf))];
      }
    }
  }

  private isElsewhere(network: Network): boolean {
    return !this.networks.has(network) && meetsRules(network) && !network.unmanaged;
  }

  private networkPrefixes(network: Network, means: 'endpoints' | 'subnets'): readonly Prefix[] {
    if (means === 'subnets') return Object.values(network.subnets).map(({ prefix }) => prefix);
    return this.model.containers.flatMap(({ endpoints }) =>
      endpoints.filter((endpoint) => endpoint.network === network).flatMap(prefixesOf),
    );
  }

  /** "Traffic between declared networks is routed with its own source": the subnets of bridges of the other hosts. */
  subnetsElsewhere(): readonly Prefix[] {
    return this.model.networks
      .filter((network) => this.isElsewhere(network) && network.networkKind === 'bridge')
      .flatMap(({ subnets }) => Object.values(subnets).map(({ prefix }) => prefix))
      .filter((prefix) => !this.coveredHere(prefix));
  }

  /** Hosts may well have networks of the same subnet: here it is the own one. */
  private coveredHere(prefix: Prefix): boolean {
    return [...this.networks].some((network) => {
      const own = network.subnets[prefix.address.family]?.prefix;
      return (
        own !== undefined && own.length === prefix.length && addressKey(own.address) === addressKey(prefix.address)
      );
    });
  }
}

/** Its place behind the bridge is the tunnel. */
function throughTunnel(endpoint: Endpoint): Endpoint {
  const { vxlan } = endpoint.network;
  return { ...endpoint, port: vxlan === undefined ? endpoint.port : tunnelInterface(vxlan), mac: undefined };
}

/** Something that is not on this host, known by its addresses. */
function outside({ name, span }: Host | Network | Container, prefixes: readonly Prefix[]): readonly Zone[] {
  return prefixes.length === 0 ? [] : [{ kind: 'zone', name, prefixes, interface: undefined, span }];
}

function prefixesOf({ addresses }: Endpoint): readonly Prefix[] {
  return families.flatMap((family) => {
    const address = addresses[family];
    return address === undefined ? [] : [hostPrefix(address)];
  });
}
