/** Host views by hand, as short texts. */
import type { AddressView, HostView, InterfaceView, RouteView } from '../../src/host-view/host-view.ts';
import { type Address, formatAddress, parseAddress } from '../../src/net/address.ts';
import { parseInterfaceAddress, parsePrefix } from '../../src/net/prefix.ts';

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

export function shown(value: Address | undefined): string | undefined {
  return value && formatAddress(value);
}

/** `10.0.0.1/24`, with `link`, `host` or `deprecated` behind it. */
function addressView(text: string): AddressView {
  const [prefix = '', ...words] = text.split(' ');
  const parsed = parseInterfaceAddress(prefix);
  if (parsed === undefined) throw new Error(`no interface address: ${text}`);
  const scope = words.includes('link') ? 'link' : words.includes('host') ? 'host' : 'universe';
  return { ...parsed, scope, deprecated: words.includes('deprecated') };
}

/** An interface and its addresses, in the order the kernel holds them. */
export function link(name: string, addresses: readonly string[], up = true): InterfaceView {
  return {
    name,
    kind: name === 'lo' ? 'loopback' : 'ethernet',
    mac: undefined,
    mtu: 1500,
    up,
    addresses: addresses.map(addressView),
    bridgePort: undefined,
  };
}

/** `10.0.0.0/8 via 10.0.0.1 dev eth0 metric 5 table 7`, `unreachable 10.0.0.0/8`. */
export function route(text: string): RouteView {
  const words = text.split(' ');
  const kinds = ['unreachable', 'prohibit', 'blackhole'] as const;
  const kind = kinds.find((word) => word === words[0]);
  const destination = parsePrefix(words[kind === undefined ? 0 : 1] ?? '');
  if (destination === undefined) throw new Error(`no route: ${text}`);
  const value = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const via = value('via');
  return {
    destination,
    via: via === undefined ? undefined : address(via),
    interface: value('dev'),
    kind: kind ?? 'unicast',
    metric: Number(value('metric') ?? 0),
    table: value('table') ?? 'main',
  };
}

export function view(
  interfaces: readonly InterfaceView[],
  routes: readonly string[] = [],
  rules: HostView['rules'] = [],
): HostView {
  return {
    source: 'gathered',
    name: 'edge',
    interfaces,
    routes: routes.map(route),
    rules,
    neighbours: undefined,
    sysctls: {},
    capabilities: { brNetfilter: true, bridgeConntrack: false, bridgeName: false },
  };
}
