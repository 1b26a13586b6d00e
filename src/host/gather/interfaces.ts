/** Interfaces with their addresses, bridges and tunnels, from `ip -j -d address show`. */
import type {
  AddressView,
  BridgePortView,
  InterfaceKind,
  InterfaceView,
  PortVlan,
  TunnelView,
} from '../../host-view/host-view.ts';
import type { JsonReader } from '../../host-view/json-reader.ts';
import { type Address, addressBits } from '../../net/address.ts';
import { parseMac } from '../../net/mac.ts';
import { parsePrefix, prefixContains } from '../../net/prefix.ts';
import type { Missing } from './gathered.ts';
import { type Gathered, gatherJson } from './part.ts';
import type { Runner } from './runner.ts';

const kinds: ReadonlyMap<string, InterfaceKind> = new Map([
  ['bridge', 'bridge'],
  ['veth', 'veth'],
  ['openvswitch', 'switch'],
  ['vlan', 'vlan'],
  ['vxlan', 'vxlan'],
  ['macvlan', 'macvlan'],
]);

interface Link {
  readonly view: InterfaceView;
  readonly filtersVlans: boolean;
  readonly inetOnBridge: boolean;
}

/** The interfaces in the order in which the kernel made them, the loopback interface first. */
export async function gatherInterfaces(runner: Runner): Promise<Gathered<readonly InterfaceView[]>> {
  const read = await gatherJson(runner, 'interfaces', ['ip', '-j', '-d', 'address', 'show'], (document) =>
    document
      .items()
      .filter((item) => item.optional('ifname', () => true))
      .map(link),
  );
  const links = read.value ?? [];
  const missing = [...read.missing];
  const vlans = links.some(({ filtersVlans }) => filtersVlans) ? await gatherVlans(runner) : none;
  const remotes = links.some(({ view }) => view.kind === 'vxlan') ? await gatherRemotes(runner) : none;
  missing.push(...vlans.missing, ...remotes.missing, ...links.flatMap(perBridgeCalls));
  const filtering = new Set(links.filter(({ filtersVlans }) => filtersVlans).map(({ view }) => view.name));
  const views = links.map(({ view }) =>
    withRemotes(withVlan(view, filtering, vlans.value, missing), remotes.value?.get(view.name) ?? []),
  );
  return { value: read.value === undefined ? undefined : views, missing };
}

const none = { value: undefined, missing: [] };

function link(item: JsonReader): Link {
  const kind = item.optional('linkinfo', (info) => info.optional('info_kind', (reader) => reader.text()));
  const isLoopback = item.optional('link_type', (reader) => reader.text()) === 'loopback';
  const isEthernet = kind === undefined && item.optional('link_type', (reader) => reader.text()) === 'ether';
  const master = item.optional('master', (reader) => reader.text());
  const data = <T>(name: string, read: (reader: JsonReader) => T): T | undefined =>
    item.optional('linkinfo', (info) => info.optional('info_data', (found) => found.optional(name, read)));
  const view: InterfaceView = {
    name: item.field('ifname').text(),
    kind: isLoopback ? 'loopback' : isEthernet ? 'ethernet' : (kinds.get(kind ?? '') ?? 'other'),
    mac: isLoopback ? undefined : item.optional('address', (reader) => parseMac(reader.text())),
    mtu: item.field('mtu').integer(0, 0xffff_ffff),
    up: item
      .field('flags')
      .items()
      .some((flag) => flag.text() === 'UP'),
    addresses: item.field('addr_info').items().flatMap(address),
    bridgePort: master === undefined ? undefined : bridgePort(item, master),
  };
  const tunnel = kind === 'vxlan' ? vxlan(item) : undefined;
  return {
    view: tunnel === undefined ? view : { ...view, tunnel },
    filtersVlans: data('vlan_filtering', (reader) => reader.integer(0, 1)) === 1,
    inetOnBridge:
      data('nf_call_iptables', (reader) => reader.integer(0, 1)) === 1 ||
      data('nf_call_ip6tables', (reader) => reader.integer(0, 1)) === 1,
  };
}

/** Addresses of other families and such as failed duplicate detection are not held for packets. */
function address(item: JsonReader): readonly AddressView[] {
  const family = item.field('family').text();
  if ((family !== 'inet' && family !== 'inet6') || item.optional('dadfailed', (reader) => reader.boolean())) return [];
  const own = item.optional('local', (reader) => reader.address());
  if (own === undefined) return [];
  // with a peer, the prefix is the peer's; the own address is on no link by itself
  const hasPeer = item.optional('address', () => true) ?? false;
  return [
    {
      address: own,
      length: hasPeer ? addressBits(own.family) : item.field('prefixlen').integer(0, addressBits(own.family)),
      scope: scope(item.optional('scope', (reader) => reader.text())),
      deprecated: item.optional('deprecated', (reader) => reader.boolean()) ?? false,
    },
  ];
}

function scope(text: string | undefined): AddressView['scope'] {
  return text === 'host' || text === 'link' ? text : 'universe';
}

/** An interface may have a master that is no bridge (a bond, a VRF): it is no bridge port. */
function bridgePort(item: JsonReader, bridge: string): BridgePortView | undefined {
  return item.optional('linkinfo', (info) => {
    const kind = info.optional('info_slave_kind', (reader) => reader.text());
    if (kind === 'openvswitch') return { bridge, hairpin: false, isolated: false };
    if (kind !== 'bridge') return undefined;
    const flag = (name: string): boolean =>
      info.optional('info_slave_data', (data) => data.optional(name, (reader) => reader.boolean())) ?? false;
    return { bridge, hairpin: flag('hairpin'), isolated: flag('isolated') };
  });
}

function vxlan(item: JsonReader): TunnelView | undefined {
  return item.optional('linkinfo', (info) =>
    info.optional('info_data', (data) => {
      const end = (name: string): Address | undefined =>
        data.optional(name, (reader) => reader.address()) ?? data.optional(`${name}6`, (reader) => reader.address());
      const remote = end('remote');
      return {
        identifier: data.optional('id', (reader) => reader.integer(0, 0xff_ffff)) ?? 0,
        port: data.optional('port', (reader) => reader.integer(0, 65535)) ?? 8472,
        local: end('local'),
        remotes: remote === undefined ? [] : [remote],
      };
    }),
  );
}

/** Remotes of tunnels beside the one of the device: entries of its forwarding table for frames to everybody. */
function gatherRemotes(runner: Runner): Promise<Gathered<ReadonlyMap<string, readonly Address[]>>> {
  return gatherJson(runner, 'interfaces', ['bridge', '-j', 'fdb', 'show'], (document) => {
    const remotes = new Map<string, Address[]>();
    for (const item of document.items()) {
      const name = item.optional('ifname', (reader) => reader.text());
      const remote = item.optional('dst', (reader) => reader.address());
      const isForAll = item.optional('mac', (reader) => reader.text()) === '00:00:00:00:00:00';
      if (name !== undefined && remote !== undefined && isForAll)
        remotes.set(name, [...(remotes.get(name) ?? []), remote]);
    }
    return remotes;
  });
}

function withRemotes(view: InterfaceView, remotes: readonly Address[]): InterfaceView {
  if (view.tunnel === undefined || remotes.length === 0) return view;
  const multicast = parsePrefix('224.0.0.0/4');
  const all = [...view.tunnel.remotes, ...remotes].filter(
    (remote, index, list) => list.findIndex(({ value }) => value === remote.value) === index,
  );
  const unicast = all.filter((remote) => multicast === undefined || !prefixContains(multicast, remote));
  return { ...view, tunnel: { ...view.tunnel, remotes: unicast } };
}

interface VlanEntry {
  readonly first: number;
  readonly last: number;
  /** Untagged frames belong to it, on the way in and out. */
  readonly isAccess: boolean;
}

function gatherVlans(runner: Runner): Promise<Gathered<ReadonlyMap<string, readonly VlanEntry[]>>> {
  return gatherJson(runner, 'interfaces', ['bridge', '-j', 'vlan', 'show'], (document) => {
    const entry = (item: JsonReader): VlanEntry => {
      const first = item.field('vlan').integer(0, 4095);
      const flags = item.optional('flags', (reader) => reader.items().map((flag) => flag.text())) ?? [];
      return {
        first,
        last: item.optional('vlanEnd', (reader) => reader.integer(0, 4095)) ?? first,
        isAccess: flags.includes('PVID') && flags.includes('Egress Untagged'),
      };
    };
    return new Map(
      document.items().map((item) => [item.field('ifname').text(), item.field('vlans').items().map(entry)]),
    );
  });
}

function withVlan(
  view: InterfaceView,
  filtering: ReadonlySet<string>,
  vlans: ReadonlyMap<string, readonly VlanEntry[]> | undefined,
  missing: Missing[],
): InterfaceView {
  const { bridgePort: port } = view;
  if (port === undefined || !filtering.has(port.bridge)) return view;
  const entries = vlans?.get(view.name) ?? [];
  const tagged = entries.filter(({ isAccess }) => !isAccess);
  const [access] = entries.filter(({ isAccess }) => isAccess);
  if (access !== undefined && tagged.length > 0)
    missing.push({
      part: 'interfaces',
      why: 'inexact',
      message: `The bridge port ${view.name} takes untagged frames for VLAN ${access.first} and tagged ones too; only the untagged VLAN is in the view.`,
    });
  const vlan: PortVlan =
    access === undefined
      ? { kind: 'trunk', tags: tagged.flatMap(({ first, last }) => range(first, last)) }
      : { kind: 'access', tag: access.first };
  return { ...view, bridgePort: { ...port, vlan } };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
}

/** One bridge may pass its packets to the inet hooks where the setting for all does not [97]; the view knows the latter. */
function perBridgeCalls({ view, inetOnBridge }: Link): Missing[] {
  if (!inetOnBridge) return [];
  const message = `The bridge ${view.name} has its own nf_call_iptables or nf_call_ip6tables switched on; the view knows bridge-nf-call-* of all bridges only.`;
  return [{ part: 'interfaces', why: 'inexact', message }];
}
