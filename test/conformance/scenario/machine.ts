/** A host of a scenario as its configuration and `ip` commands shape it; gives the view that the simulator takes. */
import { createHash } from 'node:crypto';
import type {
  AddressView,
  HostView,
  InterfaceView,
  NeighbourView,
  RoutingRuleView,
} from '../../../src/host-view/host-view.ts';
import { addressBits, parseAddress } from '../../../src/net/address.ts';
import { type MacAddress, parseMac } from '../../../src/net/mac.ts';
import {
  hostPrefix,
  type Prefix,
  parseInterfaceAddress,
  parsePrefix,
  prefixContains,
  prefixOf,
  wholeFamily,
} from '../../../src/net/prefix.ts';
import type { RouteWithSource } from '../../../src/simulator/routing/tables.ts';
import type { HostConfig } from './types.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
export type InterfaceDraft = Omit<Writable<InterfaceView>, 'addresses' | 'bridgePort'> & {
  addresses: AddressView[];
  bridgePort: Writable<NonNullable<InterfaceView['bridgePort']>> | undefined;
};

/** The MAC address that the harness gives an interface. */
export function macOf(host: string, interfaceName: string): MacAddress {
  const digest = createHash('md5').update(`${host}/${interfaceName}`).digest();
  const mac = parseMac(
    `02:${[...digest.subarray(0, 5)].map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`,
  );
  if (mac === undefined) throw new Error('a digest makes a MAC address');
  return mac;
}

export class Machine {
  readonly name: string;
  readonly interfaces: InterfaceDraft[] = [];
  routes: RouteWithSource[] = [];
  rules: RoutingRuleView[] = [];
  neighbours: NeighbourView[] = [];
  readonly sysctls: Record<string, string>;

  constructor(name: string, config: HostConfig) {
    this.name = name;
    this.sysctls = baseline(config.forward === undefined ? name === 'router' : Boolean(config.forward));
    for (const [key, value] of Object.entries(config.sysctl ?? {})) this.setSysctl(key, value);
  }

  setSysctl(key: string, value: string | number): void {
    this.sysctls[sysctlName(key)] = String(value);
  }

  addInterface(name: string, kind: InterfaceView['kind'], mac: MacAddress | undefined, mtu: number, up: boolean): void {
    this.interfaces.push({ name, kind, mac, mtu, up, addresses: [], bridgePort: undefined });
    if (mac !== undefined && up) this.addLinkLocal(name, mac);
  }

  interface(name: string): InterfaceDraft {
    let found = this.interfaces.find((candidate) => candidate.name === name);
    if (found === undefined) {
      found = {
        name,
        kind: name === 'lo' ? 'loopback' : 'other',
        mac: undefined,
        mtu: 1500,
        up: true,
        addresses: [],
        bridgePort: undefined,
      };
      this.interfaces.push(found);
    }
    return found;
  }

  private addLinkLocal(name: string, mac: MacAddress): void {
    const octets = mac.split(':').map((octet) => Number.parseInt(octet, 16));
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = octets;
    const identifier = [a ^ 2, b, c, 0xff, 0xfe, d, e, f].reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
    this.interface(name).addresses.push({
      address: { family: 'ipv6', value: (0xfe80n << 112n) | identifier },
      length: 64,
      scope: 'link',
      deprecated: false,
    });
  }

  /** `ip addr add|change|replace`: words from the address on. */
  addAddress(words: readonly string[]): void {
    const text = words[0] ?? '';
    const address = parseInterfaceAddress(text) ?? bareAddress(text);
    const held = this.interface(option(words, 'dev') ?? '');
    const scopeText = option(words, 'scope');
    const scope = scopeText === 'link' || scopeText === 'host' ? scopeText : 'universe';
    const entry: AddressView = { ...address, scope, deprecated: option(words, 'preferred_lft') === '0' };
    const known = held.addresses.findIndex(
      (other) => other.address.value === entry.address.value && other.address.family === entry.address.family,
    );
    if (known >= 0) {
      held.addresses[known] = entry;
      return;
    }
    const rank = { universe: 0, link: 253, host: 254 };
    const place = held.addresses.findIndex(
      (other) => other.address.family === 'ipv4' && rank[other.scope] < rank[scope],
    );
    if (entry.address.family === 'ipv4' && place >= 0) held.addresses.splice(place, 0, entry);
    else held.addresses.push(entry);
  }

  /** `ip addr del`. */
  deleteAddress(words: readonly string[]): void {
    const address = parseInterfaceAddress(words[0] ?? '') ?? bareAddress(words[0] ?? '');
    const held = this.interface(option(words, 'dev') ?? '');
    held.addresses = held.addresses.filter(
      (other) => other.address.value !== address.address.value || other.address.family !== address.address.family,
    );
    this.disableWithoutAddress(held);
  }

  /** `ip addr flush dev X [scope global]`. */
  flushAddresses(words: readonly string[]): void {
    const held = this.interface(option(words, 'dev') ?? '');
    const onlyGlobal = option(words, 'scope') === 'global';
    held.addresses = held.addresses.filter((entry) => onlyGlobal && entry.scope !== 'universe');
    this.disableWithoutAddress(held);
  }

  /** IPv4 routes go with the last IPv4 address of their interface. */
  private disableWithoutAddress(held: InterfaceDraft): void {
    if (held.addresses.some((entry) => entry.address.family === 'ipv4')) return;
    this.routes = this.routes.filter(
      (route) => route.interface !== held.name || route.destination.address.family === 'ipv6',
    );
  }

  /** `ip route add|replace|del`. */
  changeRoute(verb: string, words: readonly string[], wantsIpv6: boolean): void {
    const kinds = ['unreachable', 'prohibit', 'blackhole'] as const;
    const kind = kinds.find((name) => name === words[0]) ?? 'unicast';
    const rest = kind === 'unicast' ? words : words.slice(1);
    const via = parseAddress(option(rest, 'via') ?? '');
    const isIpv6 = wantsIpv6 || via?.family === 'ipv6' || (rest[0] ?? '').includes(':');
    const destination = prefixFrom(rest[0] ?? '', isIpv6);
    const table = option(rest, 'table') ?? 'main';
    const metric = Number(option(rest, 'metric') ?? (isIpv6 ? 1024 : 0));
    const dev = option(rest, 'dev') ?? (via === undefined ? undefined : this.connectedTo(via));
    const source = parseAddress(option(rest, 'src') ?? '');
    const same = (route: RouteWithSource): boolean =>
      route.table === table &&
      route.destination.length === destination.length &&
      route.destination.address.value === destination.address.value &&
      route.destination.address.family === destination.address.family;
    if (verb === 'del') {
      const known = this.routes.findIndex((route) => same(route) && (dev === undefined || route.interface === dev));
      if (known >= 0) this.routes.splice(known, 1);
      return;
    }
    const taken = this.routes.some((route) => same(route) && route.metric === metric);
    if (verb === 'add' && taken) return; // File exists
    const route: RouteWithSource = {
      destination,
      via,
      interface: dev,
      kind,
      metric,
      table,
      ...(source !== undefined && { preferredSource: source }),
    };
    this.routes = this.routes.filter((other) => !(same(other) && other.metric === metric));
    this.routes.push(route);
  }

  private connectedTo(via: NonNullable<ReturnType<typeof parseAddress>>): string | undefined {
    return this.interfaces.find(
      (held) => held.up && held.addresses.some((entry) => prefixContains(prefixOf(entry.address, entry.length), via)),
    )?.name;
  }

  /** `ip rule add fwmark N[/M] [from P] table T`. */
  addRule(words: readonly string[]): void {
    const [value, mask] = (option(words, 'fwmark') ?? '').split('/');
    const from = option(words, 'from');
    const source = from === undefined || from === 'all' ? undefined : prefixFrom(from, from.includes(':'));
    this.rules.push({
      priority: Number(option(words, 'priority') ?? option(words, 'pref') ?? 32_765 - this.rules.length),
      mark:
        value === undefined || value === ''
          ? undefined
          : { value: Number(value), mask: mask === undefined ? 0xffff_ffff : Number(mask) },
      source,
      table: option(words, 'table') ?? option(words, 'lookup') ?? 'main',
    });
  }

  setLink(name: string, up: boolean): void {
    const held = this.interface(name);
    held.up = up;
    if (up) return;
    this.routes = this.routes.filter((route) => route.interface !== name);
    held.addresses = held.addresses.filter((entry) => entry.address.family === 'ipv4');
  }

  view(): HostView {
    return {
      source: 'declared',
      name: this.name,
      interfaces: this.interfaces.map((held) => ({ ...held, addresses: [...held.addresses] })),
      routes: this.routes,
      rules: this.rules,
      neighbours: this.neighbours,
      sysctls: { ...this.sysctls },
      capabilities: { brNetfilter: true, bridgeConntrack: false, bridgeName: false },
    };
  }
}

function bareAddress(text: string): NonNullable<ReturnType<typeof parseInterfaceAddress>> {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return { address, length: addressBits(address.family) };
}

function prefixFrom(text: string, isIpv6: boolean): Prefix {
  if (text === 'default') return wholeFamily(isIpv6 ? 'ipv6' : 'ipv4');
  const prefix = parsePrefix(text);
  return prefix ?? hostPrefix(bareAddress(text).address);
}

/** The word behind a keyword. */
export function option(words: readonly string[], keyword: string): string | undefined {
  const place = words.indexOf(keyword);
  return place < 0 ? undefined : words[place + 1];
}

/** Dotted names; names with slashes may hold dots in interface names. */
export function sysctlName(key: string): string {
  return key.includes('/') ? key.split('/').join('.') : key;
}

/** What the harness sets in every namespace before a scenario's own settings. */
function baseline(forwards: boolean): Record<string, string> {
  const zero = [
    'net.ipv4.conf.all.rp_filter',
    'net.ipv4.conf.default.rp_filter',
    'net.ipv6.conf.all.accept_dad',
    'net.ipv4.conf.all.route_localnet',
    'net.ipv4.conf.default.route_localnet',
    'net.ipv4.conf.all.accept_local',
    'net.ipv4.conf.default.accept_local',
    'net.ipv4.conf.all.send_redirects',
    'net.ipv4.conf.default.send_redirects',
    'net.ipv4.icmp_ratelimit',
    'net.ipv6.icmp.ratelimit',
    'net.bridge.bridge-nf-call-iptables',
    'net.bridge.bridge-nf-call-ip6tables',
  ];
  const forward = forwards ? '1' : '0';
  return {
    ...Object.fromEntries(zero.map((name) => [name, '0'])),
    'net.ipv4.ip_forward': forward,
    'net.ipv6.conf.all.forwarding': forward,
    'net.ipv6.conf.default.forwarding': forward,
  };
}
