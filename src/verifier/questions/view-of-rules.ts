/**
 * A host as rules speak of it, for rules that came without one: the interfaces that they name, and what seems to be behind
 * each by the addresses that stand beside its name. A guess, and said to be one.
 */
import type { HostView, InterfaceView, RouteView } from '../../host-view/host-view.ts';
import { families } from '../../net/address.ts';
import {
  formatPrefix,
  type InterfaceAddress,
  type Prefix,
  parseInterfaceAddress,
  prefixOf,
  wholeFamily,
} from '../../net/prefix.ts';
import type { Expression } from '../../ruleset/expression.ts';
import type { Ruleset, Table } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';
import type { Interval, Value } from '../../ruleset/value.ts';

export interface GuessedView {
  readonly view: HostView;
  /** What was guessed, in a few sentences. */
  readonly notes: readonly string[];
}

/** Names that bridges of container engines have. */
const bridgeNames = /^(docker\d|br-|br\d|virbr|cni|podman|lxdbr|incusbr|lxcbr)/;
/** Names that interfaces towards the rest of the world have, the likeliest first. */
const outwardNames = [/^(ppp|wan|wwan)/, /^(eth|en[opsx]|ens|em|eno|p\dp)\S*0/, /^(eth|en[opsx]|ens|em|wl)/];

export function viewOfRules(rulesets: readonly Ruleset[]): GuessedView {
  const collected = new Collected();
  for (const { tables } of rulesets) for (const table of tables) collected.table(table);
  const names = [...collected.names].filter((name) => name !== 'lo').sort();
  const outward = outwardOf(names, collected.behind);
  const interfaces = names.map((name) => interfaceOf(name, collected.behind.get(name) ?? []));
  const bridges = interfaces.filter(({ kind }) => kind === 'bridge');
  const outside = interfaces.find(({ name }) => name === outward) ?? interfaceOf(outward, []);
  const others = interfaces.filter(({ name }) => name !== outward);
  const view: HostView = {
    source: 'declared',
    name: 'the host',
    interfaces: [loopback, withOwnAddresses(outside, collected), ...others, ...bridges.map(({ name }) => portOf(name))],
    routes: [
      ...[outside, ...others].flatMap(({ name }) =>
        (collected.behind.get(name) ?? []).map((prefix) => routeTo(prefix, name)),
      ),
      ...families.map((family) => routeTo(wholeFamily(family), outward)),
    ],
    rules: [],
    neighbours: undefined,
    sysctls: {
      'net.ipv4.ip_forward': '1',
      'net.ipv6.conf.all.forwarding': '1',
      'net.bridge.bridge-nf-call-iptables': '1',
      'net.bridge.bridge-nf-call-ip6tables': '1',
    },
    capabilities: { brNetfilter: true, bridgeConntrack: true, bridgeName: true },
  };
  return { view, notes: [noteOf(view, outward, collected.behind)] };
}

function noteOf(view: HostView, outward: string, behind: ReadonlyMap<string, readonly Prefix[]>): string {
  const places = view.interfaces
    .filter(({ kind, bridgePort }) => kind !== 'loopback' && bridgePort === undefined)
    .map(({ name }) => {
      const prefixes = (behind.get(name) ?? []).map(formatPrefix);
      const where = [...prefixes, ...(name === outward ? ['everything else'] : [])];
      return where.length === 0
        ? `${name} (nothing known)`
        : `${name} (${where.slice(0, 4).join(', ')}${where.length > 4 ? ', ...' : ''})`;
    });
  return `there is no view of the host (--host-view): by the rules alone it has ${places.join(', ')}, forwards packets, and shows bridged packets to the rules`;
}

/** What rules say about interfaces, table by table. */
class Collected {
  readonly names = new Set<string>();
  readonly behind = new Map<string, Prefix[]>();
  /** Whoever was named with a prefix first has it. */
  private readonly owners = new Map<string, string>();
  /** Addresses that packets to the host itself have. */
  readonly own = new Map<string, Prefix>();

  table({ chains, sets, maps, name: tableName }: Table): void {
    const inputs = new Set(chains.filter(({ base }) => base?.hook === 'input').map(({ name }) => name));
    const named = new Map<string, readonly Value[]>([
      ...sets.map((set) => [set.name, set.elements.map(({ value }) => value)] as const),
      ...maps.map((map) => [map.name, map.elements.map(({ key }) => key)] as const),
    ]);
    for (const { name, rules } of chains)
      for (const { statements } of rules) {
        const comparisons = statements.flatMap((statement) => comparisonOf(statement, named));
        for (const comparison of comparisons) this.together(comparison);
        this.rule(comparisons, statements.some(({ kind }) => kind === 'nat') && tableName === 'nat');
        if (inputs.has(name)) this.ownAddresses(comparisons);
      }
  }

  /** An interface and an address in one element of a set: they belong together. */
  private together({ keys, values, equal }: Comparison): void {
    for (const parts of values) {
      for (const part of parts) this.name(part);
      if (!equal || parts.length < 2) continue;
      for (const [name, address] of [
        ['iifname', 'saddr'],
        ['oifname', 'daddr'],
      ] as const) {
        const device = parts[keys.indexOf(name)];
        const prefix = parts[keys.indexOf(address)];
        const where = prefix === undefined ? undefined : prefixIn(prefix);
        if (device?.kind === 'name' && where !== undefined) this.place(nameFor(device.name), where);
      }
    }
  }

  /** An interface and an address in one rule. */
  private rule(comparisons: readonly Comparison[], translates: boolean): void {
    const single = comparisons.filter(({ keys }) => keys.length === 1);
    const namesOf = (key: Key, equal: boolean): readonly string[] =>
      single
        .filter((one) => one.keys[0] === key && one.equal === equal && one.values.length < 20)
        .flatMap(({ values }) => values.flat())
        .flatMap((part) => (part.kind === 'name' ? [nameFor(part.name)] : []));
    const prefixesOf = (key: Key): readonly Prefix[] =>
      single
        .filter((one) => one.keys[0] === key && one.equal && one.values.length < 20)
        .flatMap(({ values }) => values.flat())
        .map(prefixIn)
        .filter((prefix) => prefix !== undefined);
    for (const name of namesOf('iifname', true)) for (const prefix of prefixesOf('saddr')) this.place(name, prefix);
    for (const name of namesOf('oifname', true)) for (const prefix of prefixesOf('daddr')) this.place(name, prefix);
    // `-s NET ! -o BRIDGE -j MASQUERADE`: what is behind the bridge leaves by others.
    if (!translates) return;
    for (const name of namesOf('oifname', false)) for (const prefix of prefixesOf('saddr')) this.place(name, prefix);
  }

  private ownAddresses(comparisons: readonly Comparison[]): void {
    for (const { keys, values, equal } of comparisons) {
      if (keys.length !== 1 || keys[0] !== 'daddr' || !equal) continue;
      for (const [part] of values) {
        const prefix = part?.kind === 'address' ? prefixIn(part) : undefined;
        if (prefix !== undefined) this.own.set(formatPrefix(prefix), prefix);
      }
    }
  }

  private name(part: Interval): void {
    if (part.kind === 'name' && part.name !== '' && part.name !== '*') this.names.add(nameFor(part.name));
  }

  private place(name: string, prefix: Prefix): void {
    if (name === 'lo' || prefix.length === 0 || isSpecial(prefix)) return;
    const key = formatPrefix(prefix);
    if (this.owners.has(key)) return;
    this.owners.set(key, name);
    const known = this.behind.get(name);
    if (known === undefined) this.behind.set(name, [prefix]);
    else known.push(prefix);
  }
}

type Key = 'iifname' | 'oifname' | 'saddr' | 'daddr' | undefined;

/** What a statement compares with what: each value has a part for each key. */
interface Comparison {
  readonly keys: readonly Key[];
  readonly values: readonly (readonly Interval[])[];
  readonly equal: boolean;
}

function comparisonOf(statement: Statement, named: ReadonlyMap<string, readonly Value[]>): readonly Comparison[] {
  if (statement.kind === 'match') {
    const { left, operator, right } = statement;
    if (operator !== '==' && operator !== '!=') return [];
    const values =
      right.kind === 'value'
        ? [right.value]
        : right.kind !== 'set'
          ? []
          : right.set.kind === 'named'
            ? (named.get(right.set.name) ?? [])
            : right.set.elements.map(({ value }) => value);
    return [{ keys: keysOf(left), values: values.map(partsOf), equal: operator === '==' }];
  }
  if (statement.kind !== 'vmap') return [];
  const { key, map } = statement;
  const values = map.kind === 'named' ? (named.get(map.name) ?? []) : map.elements.map((element) => element.key);
  return [{ keys: keysOf(key), values: values.map(partsOf), equal: true }];
}

const keysOf = (expression: Expression): readonly Key[] =>
  expression.kind === 'concat' ? expression.parts.map(keyOf) : [keyOf(expression)];

/** An interface for a pattern: `eth+` may be eth0. */
function nameFor(name: string): string {
  return name.endsWith('*') ? `${name.slice(0, -1)}0` : name;
}

function keyOf(expression: Expression): Key {
  if (expression.kind === 'bitwise') return undefined;
  if (expression.kind === 'meta')
    return expression.key === 'iifname' || expression.key === 'iif'
      ? 'iifname'
      : expression.key === 'oifname' || expression.key === 'oif'
        ? 'oifname'
        : undefined;
  if (expression.kind === 'payload' && (expression.protocol === 'ip' || expression.protocol === 'ip6'))
    return expression.field === 'saddr' || expression.field === 'daddr' ? expression.field : undefined;
  return undefined;
}

const partsOf = (value: Value): readonly Interval[] => (value.kind === 'concatenation' ? value.parts : [value]);

function prefixIn(part: Interval): Prefix | undefined {
  if (part.kind === 'prefix') return part.prefix;
  if (part.kind !== 'address') return undefined;
  return { address: part.address, length: part.address.family === 'ipv4' ? 32 : 128 };
}

/** Nobody lives at a multicast, loopback or link-local address for good. */
function isSpecial({ address }: Prefix): boolean {
  if (address.family === 'ipv6')
    return address.value >> 120n === 0xffn || address.value >> 118n === 0x3fan || address.value <= 1n;
  const first = address.value >> 24n;
  return first === 0n || first === 127n || first >= 224n || address.value >> 16n === 0xa9fen;
}

function outwardOf(names: readonly string[], behind: ReadonlyMap<string, readonly Prefix[]>): string {
  const candidates = names.filter((name) => !bridgeNames.test(name));
  const unknown = candidates.filter((name) => !behind.has(name));
  for (const pattern of outwardNames) {
    const found = unknown.find((name) => pattern.test(name));
    if (found !== undefined) return found;
  }
  return unknown[0] ?? candidates.find((name) => outwardNames.some((pattern) => pattern.test(name))) ?? 'outside';
}

function interfaceOf(name: string, prefixes: readonly Prefix[]): InterfaceView {
  // The first address of a subnet is the one that a gateway has.
  const addresses = prefixes
    .filter(({ address, length }) => length < (address.family === 'ipv4' ? 31 : 127))
    .map(
      ({ address, length }): InterfaceAddress => ({
        address: { ...address, value: prefixOf(address, length).address.value + 1n },
        length,
      }),
    );
  return {
    name,
    kind: bridgeNames.test(name) ? 'bridge' : 'ethernet',
    mac: undefined,
    mtu: 1500,
    up: true,
    addresses: addresses.map((address) => ({ ...address, scope: 'universe', deprecated: false })),
    bridgePort: undefined,
  };
}

const loopback: InterfaceView = {
  ...interfaceOf('lo', []),
  kind: 'loopback',
  addresses: ['127.0.0.1/8', '::1/128']
    .map(parseInterfaceAddress)
    .filter((address) => address !== undefined)
    .map((address) => ({ ...address, scope: 'host' as const, deprecated: false })),
};

/** Something to leave with: addresses that the rules take for the host's own, or those of documentation. */
function withOwnAddresses(outside: InterfaceView, { own }: Collected): InterfaceView {
  const held = new Set(outside.addresses.map(({ address }) => address.family));
  const found = [...own.values()].filter((prefix) => !isSpecial(prefix)).slice(0, 16);
  const made = ['192.0.2.1/24', '2001:db8::1/64']
    .map(parseInterfaceAddress)
    .filter((address) => address !== undefined)
    .filter(
      ({ address }) => !held.has(address.family) && !found.some((prefix) => prefix.address.family === address.family),
    );
  const addresses = [...found, ...made].map((address) => ({
    ...address,
    scope: 'universe' as const,
    deprecated: false,
  }));
  return { ...outside, addresses: [...outside.addresses, ...addresses] };
}

function portOf(bridge: string): InterfaceView {
  return {
    ...interfaceOf(`a port of ${bridge}`, []),
    kind: 'veth',
    bridgePort: { bridge, hairpin: true, isolated: false },
  };
}

function routeTo(destination: Prefix, name: string): RouteView {
  return {
    destination: prefixHead(destination),
    via: undefined,
    interface: name,
    kind: 'unicast',
    metric: 0,
    table: 'main',
  };
}

const prefixHead = ({ address, length }: Prefix): Prefix => prefixOf(address, length);
