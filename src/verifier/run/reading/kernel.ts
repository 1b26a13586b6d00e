/** What the kernel itself lets through, whatever the rules say: sysctls, martians, the ways of bridged packets. */
import type { HostView } from '../../../host-view/host-view.ts';
import { type Prefix, parsePrefix } from '../../../net/prefix.ts';
import { empty, everything, type SetId } from '../../sets/diagrams.ts';
import type { AddressField, LanBridge, Space } from '../../space/space.ts';

const known = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`not a prefix: ${text}`);
  return prefix;
};
const loopback4 = known('127.0.0.0/8');
const martianSources4 = ['224.0.0.0/4', '255.255.255.255/32', '0.0.0.0/32'].map(known);
const unforwardable6 = ['::1/128', 'ff00::/8'].map(known);
const onLink6 = ['::/128', 'fe80::/10'].map(known);

/** Whether bridged packets of the family meet the inet hooks [97, 98, 100]. */
export function callsInet({ view, family }: Space): boolean {
  const name = family === 'ipv4' ? 'iptables' : 'ip6tables';
  return view.capabilities.brNetfilter && view.sysctls[`net.bridge.bridge-nf-call-${name}`] !== '0';
}

export class Kernel {
  private readonly space: Space;
  private readonly anyFrame: boolean;
  private readonly bridges: ReadonlySet<string>;

  /** `anyFrame`: what comes from a bridge port stays on the bridge, whoever it is for: frames may be sent to anybody. */
  constructor(space: Space, anyFrame = false) {
    this.space = space;
    this.anyFrame = anyFrame;
    this.bridges = new Set(space.view.interfaces.filter(({ kind }) => kind === 'bridge').map(({ name }) => name));
  }

  /** Packets from a bridge port to an address on the link of the same bridge, as those behind it see it. */
  behindOwnBridge(field: AddressField): SetId {
    if (this.anyFrame) return this.fromBridge();
    return this.space.once(`${field} behind its own bridge`, () => this.onLinkOfOwnBridge(field));
  }

  private onLinkOfOwnBridge(field: AddressField): SetId {
    return this.onOwnBridge((bridge) => {
      const { space } = this;
      const prefixes = space.links.get(bridge);
      if (prefixes === undefined) return this.linkOf(bridge, field);
      const mine = prefixes.filter(({ address }) => address.family === space.family);
      const link = space.diagrams.uniteAll(mine.map((prefix) => space.prefix(field, prefix)));
      const onLink = space.diagrams.subtract(link, this.local(field));
      const lan = space.lans.get(bridge);
      return lan?.gatewayBeyond[space.family] === true ? this.throughGateway(lan, field, onLink) : onLink;
    });
  }

  /** Containers of a LAN send to its gateway what is neither the host's nor for its other networks. */
  private throughGateway({ nic, ours }: LanBridge, field: AddressField, onLink: SetId): SetId {
    const { space } = this;
    const { diagrams } = space;
    const machines = space.originsWhere(({ device }) => device === nic);
    const own = ours
      .filter(({ address }) => address.family === space.family)
      .map((prefix) => space.prefix(field, prefix));
    const beyond = diagrams.complement(diagrams.uniteAll([this.local(field), ...own]));
    return diagrams.unite(diagrams.intersect(onLink, machines), diagrams.subtract(beyond, machines));
  }

  /** The same, as the host routes. */
  routedBackToBridge(field: AddressField): SetId {
    return this.space.once(`${field} routed back to its bridge`, () =>
      this.onOwnBridge((bridge) => this.linkOf(bridge, field)),
    );
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

  linkLocal(field: AddressField): SetId {
    return this.space.prefix(field, linkLocal6);
  }

  local(field: AddressField): SetId {
    return this.space.routed(field, 'local', ({ kind }) => kind === 'local' || kind === 'broadcast');
  }

  /** Packets that have a way out of the host. */
  outward(field: AddressField): SetId {
    return this.space.routed(field, 'outward', ({ kind }) => kind === 'unicast');
  }

  /** What IPv6 takes in from a wire, before any hook: nothing from or to loopback, and no multicast source [96]. */
  receivable(source: AddressField, destination: AddressField): SetId {
    const { space } = this;
    if (space.family === 'ipv4') return everything;
    const never = [
      space.prefix(destination, loopback6),
      ...unforwardable6.map((prefix) => space.prefix(source, prefix)),
    ];
    return space.diagrams.complement(space.diagrams.uniteAll(never));
  }

  /** Packets that routing takes in from a wire: no martians, and where rp_filter is on a source that lives on that side [108, 109]. */
  admitted(source: AddressField, destination: AddressField): SetId {
    return this.space.once(`${source} to ${destination} admitted`, () =>
      this.passesMartiansAndSourceCheck(source, destination),
    );
  }

  private passesMartiansAndSourceCheck(source: AddressField, destination: AddressField): SetId {
    const { space } = this;
    const { diagrams, family, view } = space;
    if (family === 'ipv6') return this.receivable(source, destination);
    const martians = diagrams.uniteAll(martianSources4.map((prefix) => space.prefix(source, prefix)));
    const loopback = diagrams.subtract(
      diagrams.unite(space.prefix(source, loopback4), space.prefix(destination, loopback4)),
      this.fromInputs((name) => isOn(view, name, 'route_localnet')),
    );
    return diagrams.subtract(this.passesSourceCheck(source, destination), diagrams.unite(martians, loopback));
  }

  /**
   * What fib_validate_source lets through: without rp_filter any source but the addresses of the host themselves, and no
   * look at routes, unless the packet goes back by the interface that it came by [108, 109].
   */
  private passesSourceCheck(source: AddressField, destination: AddressField): SetId {
    const { space } = this;
    const { diagrams, view } = space;
    const inputs = new Set(space.origins.map(({ input }) => input).filter((input) => input !== undefined));
    const sets = [...inputs].map((name) => {
      const filter = reversePathFilter(view, name);
      const acceptsLocal = isOn(view, name, 'accept_local');
      const full = this.passesFullCheck(source, name, filter, acceptsLocal);
      const quick = acceptsLocal ? everything : diagrams.complement(this.heldAddresses(source));
      const returning = isOn(view, name, 'send_redirects', '1')
        ? space.routed(destination, `by ${name}`, (way) => way.kind === 'unicast' && way.interface === name)
        : empty;
      const passes =
        filter !== 0 || hasOwnRules(view)
          ? full
          : diagrams.unite(diagrams.intersect(returning, full), diagrams.subtract(quick, returning));
      return diagrams.intersect(
        this.fromInputs((input) => input === name),
        passes,
      );
    });
    return diagrams.unite(
      diagrams.uniteAll(sets),
      space.originsWhere(({ device }) => device === undefined),
    );
  }

  /** The route back to the source decides; where there is none, rp_filter does. */
  private passesFullCheck(source: AddressField, name: string, filter: number, acceptsLocal: boolean): SetId {
    return this.space.routed(source, `${filter} ${acceptsLocal} back by ${name}`, (back) => {
      switch (back.kind) {
        case 'unicast':
          return filter !== 1 || back.interface === name;
        case 'local':
          return acceptsLocal;
        case 'none':
          return filter === 0;
        default:
          return false;
      }
    });
  }

  private heldAddresses(field: AddressField): SetId {
    const { space } = this;
    const held = space.view.interfaces.filter(({ up }) => up).flatMap(({ addresses }) => addresses);
    return space.once(`${field} held`, () =>
      space.diagrams.uniteAll(held.map(({ address }) => space.address(field, address))),
    );
  }

  private fromInputs(holds: (name: string) => boolean): SetId {
    return this.space.originsWhere(({ input }) => input !== undefined && holds(input));
  }

  /** Packets that the host would forward [110, 111, 135]. */
  forwards(source: AddressField, destination: AddressField): SetId {
    return this.space.once(`${source} to ${destination} forwarded`, () => this.passesForwarding(source, destination));
  }

  private passesForwarding(source: AddressField, destination: AddressField): SetId {
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
    // What goes back by its own link may have a source of that link [135].
    const inputs = new Set(space.origins.map(({ input }) => input).filter((input) => input !== undefined));
    const leaving = diagrams.subtract(
      diagrams.uniteAll(onLink6.map((prefix) => space.prefix(source, prefix))),
      diagrams.uniteAll(
        [...inputs].map((name) =>
          diagrams.intersect(
            this.fromInputs((input) => input === name),
            space.routed(destination, `by ${name}`, (way) => way.kind === 'unicast' && way.interface === name),
          ),
        ),
      ),
    );
    const never = diagrams.uniteAll(unforwardable6.map((prefix) => space.prefix(source, prefix)));
    return diagrams.subtract(on, diagrams.unite(never, leaving));
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

export const linkLocal6 = known('fe80::/10');
const loopback6 = known('::1/128');

function isOn({ sysctls }: HostView, name: string, setting: string, otherwise = '0'): boolean {
  return ['all', name].some((one) => (sysctls[`net.ipv4.conf.${one}.${setting}`] ?? otherwise) !== '0');
}

function reversePathFilter({ sysctls }: HostView, name: string): number {
  return Math.max(
    Number(sysctls['net.ipv4.conf.all.rp_filter'] ?? 0),
    Number(sysctls[`net.ipv4.conf.${name}.rp_filter`] ?? sysctls['net.ipv4.conf.default.rp_filter'] ?? 0),
  );
}

/** Routing rules of its own make the kernel look at routes back in every case; those that complete a declared view are none. */
function hasOwnRules({ source, rules }: HostView): boolean {
  return (
    source === 'gathered' &&
    rules.some((rule) =>
      ['main', 'default', 'local'].includes(rule.table) ? rule.mark !== undefined || rule.source !== undefined : true,
    )
  );
}
