/** What the kernel itself lets through, whatever the rules say: sysctls, martians, the ways of bridged packets. */
import type { HostView } from '../../host-view/host-view.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { everything, type SetId } from '../sets/diagrams.ts';
import type { AddressField, Space } from '../space/space.ts';

const known = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`not a prefix: ${text}`);
  return prefix;
};
const loopback4 = known('127.0.0.0/8');
const martianSources4 = ['224.0.0.0/4', '255.255.255.255/32', '0.0.0.0/32'].map(known);
const unforwardable6 = ['::/128', '::1/128', 'ff00::/8', 'fe80::/10'].map(known);

/** Whether bridged packets of the family meet the inet hooks [97, 98, 100]. */
export function callsInet({ view, family }: Space): boolean {
  const name = family === 'ipv4' ? 'iptables' : 'ip6tables';
  return view.capabilities.brNetfilter && view.sysctls[`net.bridge.bridge-nf-call-${name}`] !== '0';
}

export class Kernel {
  private readonly space: Space;
  private readonly bridges: ReadonlySet<string>;

  constructor(space: Space) {
    this.space = space;
    this.bridges = new Set(space.view.interfaces.filter(({ kind }) => kind === 'bridge').map(({ name }) => name));
  }

  /** Packets from a bridge port to an address on the link of the same bridge, as those behind it see it. */
  behindOwnBridge(field: AddressField): SetId {
    return this.onOwnBridge((bridge) => {
      const { space } = this;
      const prefixes = space.links.get(bridge);
      if (prefixes === undefined) return this.linkOf(bridge, field);
      const mine = prefixes.filter(({ address }) => address.family === space.family);
      const link = space.diagrams.uniteAll(mine.map((prefix) => space.prefix(field, prefix)));
      return space.diagrams.subtract(link, this.local(field));
    });
  }

  /** The same, as the host routes. */
  routedBackToBridge(field: AddressField): SetId {
    return this.onOwnBridge((bridge) => this.linkOf(bridge, field));
  }

  private linkOf(bridge: string, field: AddressField): SetId {
    return this.space.routed(
      field,
      `on the link of ${bridge}`,
      (decision) => decision.kind === 'unicast' && decision.interface === bridge && decision.via === undefined,
    );
  }

  private onOwnBridge(link: (bridge: string) => SetId): SetId {
    const { diagrams } = this.space;
    return diagrams.uniteAll(
      [...this.bridges].map((bridge) =>
        diagrams.intersect(
          this.space.originsWhere((origin) => origin.bridge === bridge),
          link(bridge),
        ),
      ),
    );
  }

  fromBridge(): SetId {
    return this.space.originsWhere(({ bridge }) => bridge !== undefined);
  }

  toBridge(field: AddressField): SetId {
    return this.space.routed(
      field,
      'towards a bridge',
      (decision) => decision.kind === 'unicast' && this.bridges.has(decision.interface),
    );
  }

  local(field: AddressField): SetId {
    return this.space.routed(field, 'local', ({ kind }) => kind === 'local' || kind === 'broadcast');
  }

  /** Packets that have a way out of the host. */
  outward(field: AddressField): SetId {
    return this.space.routed(field, 'outward', ({ kind }) => kind === 'unicast');
  }

  /** Packets that routing takes in from a wire: no martians, and where rp_filter is on a source that lives on that side [108, 109]. */
  admitted(source: AddressField, destination: AddressField): SetId {
    const { space } = this;
    const { diagrams, family, view } = space;
    if (family === 'ipv6')
      return diagrams.complement(diagrams.unite(space.prefix(destination, loopback6), space.prefix(source, loopback6)));
    const martians = diagrams.uniteAll(martianSources4.map((prefix) => space.prefix(source, prefix)));
    const own = diagrams.subtract(
      space.routed(source, 'own', ({ kind }) => kind === 'local' || kind === 'broadcast'),
      this.fromInputs((name) => isOn(view, name, 'accept_local')),
    );
    const loopback = diagrams.subtract(
      diagrams.unite(space.prefix(source, loopback4), space.prefix(destination, loopback4)),
      this.fromInputs((name) => isOn(view, name, 'route_localnet')),
    );
    const refused = diagrams.uniteAll([martians, own, loopback]);
    return diagrams.subtract(this.passesReversePath(source), refused);
  }

  private passesReversePath(source: AddressField): SetId {
    const { space } = this;
    const { diagrams, view } = space;
    const value = (name: string): number =>
      Math.max(
        Number(view.sysctls['net.ipv4.conf.all.rp_filter'] ?? 0),
        Number(view.sysctls[`net.ipv4.conf.${name}.rp_filter`] ?? view.sysctls['net.ipv4.conf.default.rp_filter'] ?? 0),
      );
    const inputs = new Set(space.origins.map(({ input }) => input).filter((input) => input !== undefined));
    const sets = [...inputs].map((name) => {
      const from = this.fromInputs((input) => input === name);
      const filter = value(name);
      if (filter === 0) return from;
      const back =
        filter === 1
          ? space.routed(
              source,
              `back by ${name}`,
              (decision) => decision.kind === 'unicast' && decision.interface === name,
            )
          : space.routed(source, 'has a route', ({ kind }) => kind === 'unicast');
      return diagrams.intersect(from, back);
    });
    return diagrams.unite(
      diagrams.uniteAll(sets),
      space.originsWhere(({ device }) => device === undefined),
    );
  }

  private fromInputs(holds: (name: string) => boolean): SetId {
    return this.space.originsWhere(({ input }) => input !== undefined && holds(input));
  }

  /** Packets that the host would forward [110, 111, 135]. */
  forwards(source: AddressField): SetId {
    const { space } = this;
    const { diagrams, view, family } = space;
    const { sysctls } = view;
    if (family === 'ipv4') {
      const all = sysctls['net.ipv4.ip_forward'] ?? '0';
      return this.fromInputs((name) => (sysctls[`net.ipv4.conf.${name}.forwarding`] ?? all) !== '0');
    }
    const all = (sysctls['net.ipv6.conf.all.forwarding'] ?? '0') !== '0';
    const on = all
      ? everything
      : this.fromInputs((name) => (sysctls[`net.ipv6.conf.${name}.force_forwarding`] ?? '0') !== '0');
    return diagrams.subtract(on, diagrams.uniteAll(unforwardable6.map((prefix) => space.prefix(source, prefix))));
  }

  /** The host's own packets whose source may leave by the way to an address: loopback needs route_localnet there [95]. */
  maySend(source: AddressField, destination: AddressField): SetId {
    const { space } = this;
    if (space.family === 'ipv6') return everything;
    const { diagrams, view } = space;
    const refused = space.routed(
      destination,
      'by interfaces without route_localnet',
      (decision) => decision.kind === 'unicast' && !isOn(view, decision.interface, 'route_localnet'),
    );
    return diagrams.complement(diagrams.intersect(space.prefix(source, loopback4), refused));
  }
}

const loopback6 = known('::1/128');

function isOn({ sysctls }: HostView, name: string, setting: string): boolean {
  return ['all', name].some((one) => (sysctls[`net.ipv4.conf.${one}.${setting}`] ?? '0') !== '0');
}
