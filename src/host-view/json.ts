/** Host views as JSON files: what `ctfw snapshot` writes and what rules are judged against elsewhere. */
import { formatAddress } from '../net/address.ts';
import { type MacAddress, parseMac } from '../net/mac.ts';
import { formatPrefix } from '../net/prefix.ts';
import type {
  AddressView,
  BridgePortView,
  Capabilities,
  HostView,
  InterfaceView,
  NeighbourView,
  PortVlan,
  RouteView,
  RoutingRuleView,
  TunnelView,
} from './host-view.ts';
import { type JsonReader, type Read, readJson } from './json-reader.ts';

/** The version of the format; a reader takes its own major number and no other. */
export const hostViewFormatVersion = '1.0';

/** The text of a view: one document, indented, the same bytes for the same view. */
export function formatHostView(view: HostView): string {
  return `${JSON.stringify(hostViewToJson(view), null, 2)}\n`;
}

/** A view as a value that `JSON.stringify` takes as it is; what is undefined is left out. */
export function hostViewToJson(view: HostView): Readonly<Record<string, unknown>> {
  return {
    formatVersion: hostViewFormatVersion,
    kind: 'host-view',
    source: view.source,
    name: view.name,
    interfaces: view.interfaces.map(interfaceToJson),
    routes: view.routes.map((route) => ({
      ...route,
      destination: formatPrefix(route.destination),
      via: route.via && formatAddress(route.via),
      preferredSource: route.preferredSource && formatAddress(route.preferredSource),
    })),
    rules: view.rules.map((rule) => ({ ...rule, source: rule.source && formatPrefix(rule.source) })),
    neighbours: view.neighbours?.map((entry) => ({ ...entry, address: formatAddress(entry.address) })),
    sysctls: view.sysctls,
    capabilities: view.capabilities,
  };
}

function interfaceToJson({ addresses, tunnel, ...rest }: InterfaceView): Readonly<Record<string, unknown>> {
  return {
    ...rest,
    addresses: addresses.map((held) => ({
      address: formatPrefix(held),
      scope: held.scope,
      ...(held.deprecated ? { deprecated: true } : {}),
    })),
    tunnel: tunnel && {
      ...tunnel,
      local: tunnel.local && formatAddress(tunnel.local),
      remotes: tunnel.remotes.map(formatAddress),
    },
  };
}

/** Reads what {@link formatHostView} writes. Unknown keys are refused: a view that is understood in part would mislead. */
export function parseHostView(text: string): Read<HostView> {
  return readJson(text, (document) => {
    const version = document.field('formatVersion').text();
    if (!version.startsWith(`${majorOf(hostViewFormatVersion)}.`))
      document.note(`is of format version ${version}; this program reads ${hostViewFormatVersion}`);
    document.field('kind').oneOf(['host-view']);
    document.only(
      ...['formatVersion', 'kind', 'source', 'name', 'interfaces', 'routes', 'rules', 'neighbours'],
      ...['sysctls', 'capabilities'],
    );
    return {
      source: document.field('source').oneOf(['declared', 'gathered']),
      name: document.field('name').text(),
      interfaces: document.field('interfaces').items().map(readInterface),
      routes: document.field('routes').items().map(readRoute),
      rules: document.field('rules').items().map(readRule),
      neighbours: document.optional('neighbours', (reader) => reader.items().map(readNeighbour)),
      sysctls: readSysctls(document.field('sysctls')),
      capabilities: readCapabilities(document.field('capabilities')),
    };
  });
}

function majorOf(version: string): string {
  return version.slice(0, version.indexOf('.'));
}

function readInterface(reader: JsonReader): InterfaceView {
  reader.only('name', 'kind', 'mac', 'mtu', 'up', 'addresses', 'bridgePort', 'tunnel');
  const tunnel = reader.optional('tunnel', readTunnel);
  return {
    name: reader.field('name').text(),
    kind: reader
      .field('kind')
      .oneOf(['loopback', 'ethernet', 'bridge', 'veth', 'switch', 'vlan', 'vxlan', 'macvlan', 'other']),
    mac: reader.optional('mac', readMac),
    mtu: reader.field('mtu').integer(0, 0xffff_ffff),
    up: reader.field('up').boolean(),
    addresses: reader.field('addresses').items().map(readAddress),
    bridgePort: reader.optional('bridgePort', readBridgePort),
    ...(tunnel === undefined ? {} : { tunnel }),
  };
}

function readMac(reader: JsonReader): MacAddress {
  const mac = parseMac(reader.text());
  if (mac === undefined) reader.note('should be a MAC address');
  return mac ?? ('' as MacAddress);
}

function readAddress(reader: JsonReader): AddressView {
  reader.only('address', 'scope', 'deprecated');
  return {
    ...reader.field('address').interfaceAddress(),
    scope: reader.field('scope').oneOf(['universe', 'link', 'host']),
    deprecated: reader.optional('deprecated', (value) => value.boolean()) ?? false,
  };
}

function readBridgePort(reader: JsonReader): BridgePortView {
  reader.only('bridge', 'hairpin', 'isolated', 'vlan');
  const vlan = reader.optional('vlan', readVlan);
  return {
    bridge: reader.field('bridge').text(),
    hairpin: reader.field('hairpin').boolean(),
    isolated: reader.field('isolated').boolean(),
    ...(vlan === undefined ? {} : { vlan }),
  };
}

function readVlan(reader: JsonReader): PortVlan {
  const kind = reader.field('kind').oneOf(['access', 'trunk']);
  reader.only('kind', kind === 'access' ? 'tag' : 'tags');
  if (kind === 'access') return { kind, tag: reader.field('tag').integer(0, 4095) };
  const tags = reader.field('tags');
  return { kind, tags: tags.is('all') ? 'all' : tags.items().map((tag) => tag.integer(0, 4095)) };
}

function readTunnel(reader: JsonReader): TunnelView {
  reader.only('identifier', 'port', 'local', 'remotes');
  return {
    identifier: reader.field('identifier').integer(0, 0xff_ffff),
    port: reader.field('port').integer(0, 65535),
    local: reader.optional('local', (value) => value.address()),
    remotes: reader
      .field('remotes')
      .items()
      .map((value) => value.address()),
  };
}

function readRoute(reader: JsonReader): RouteView {
  reader.only('destination', 'via', 'interface', 'kind', 'metric', 'table', 'preferredSource');
  const preferredSource = reader.optional('preferredSource', (value) => value.address());
  return {
    destination: reader.field('destination').prefix(),
    via: reader.optional('via', (value) => value.address()),
    interface: reader.optional('interface', (value) => value.text()),
    kind: reader.field('kind').oneOf(['unicast', 'unreachable', 'prohibit', 'blackhole']),
    metric: reader.field('metric').integer(0, 0xffff_ffff),
    table: reader.field('table').text(),
    ...(preferredSource === undefined ? {} : { preferredSource }),
  };
}

function readRule(reader: JsonReader): RoutingRuleView {
  reader.only('priority', 'mark', 'source', 'table');
  return {
    priority: reader.field('priority').integer(0, 0xffff_ffff),
    mark: reader.optional('mark', (value) => {
      value.only('value', 'mask');
      return {
        value: value.field('value').integer(0, 0xffff_ffff),
        mask: value.field('mask').integer(0, 0xffff_ffff),
      };
    }),
    source: reader.optional('source', (value) => value.prefix()),
    table: reader.field('table').text(),
  };
}

function readNeighbour(reader: JsonReader): NeighbourView {
  reader.only('address', 'interface', 'mac');
  return {
    address: reader.field('address').address(),
    interface: reader.field('interface').text(),
    mac: readMac(reader.field('mac')),
  };
}

function readSysctls(reader: JsonReader): Readonly<Record<string, string>> {
  return Object.fromEntries(reader.entries().map(([name, value]) => [name, value.text()]));
}

function readCapabilities(reader: JsonReader): Capabilities {
  reader.only('brNetfilter', 'bridgeConntrack', 'bridgeName');
  return {
    brNetfilter: reader.field('brNetfilter').boolean(),
    bridgeConntrack: reader.field('bridgeConntrack').boolean(),
    bridgeName: reader.field('bridgeName').boolean(),
  };
}
