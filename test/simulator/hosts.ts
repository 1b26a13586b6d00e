/** Small hosts and rules for tests of the simulator. */
import type { HostView } from '../../src/host-view/host-view.ts';
import { type Address, parseAddress } from '../../src/net/address.ts';
import { parseInterfaceAddress, parsePrefix } from '../../src/net/prefix.ts';
import type { BaseChain, Chain, Rule, Ruleset, TableFamily } from '../../src/ruleset/ruleset.ts';
import type { NatStatement, Statement } from '../../src/ruleset/statement.ts';
import { addressValue, integer } from '../../src/ruleset/value.ts';
import type { PacketInput } from '../../src/simulator/packet/input.ts';

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

export interface HostOptions {
  readonly interfaces: Readonly<Record<string, readonly string[]>>;
  readonly gateway?: string;
  readonly sysctls?: Readonly<Record<string, string>>;
}

/** A forwarding host; an interface whose name starts with `br` is a bridge. */
export function host({ interfaces, gateway, sysctls = {} }: HostOptions): HostView {
  const via = gateway === undefined ? undefined : address(gateway);
  const everything = parsePrefix(via?.family === 'ipv6' ? '::/0' : '0.0.0.0/0');
  return {
    source: 'declared',
    name: 'host',
    interfaces: Object.entries(interfaces).map(([name, addresses]) => ({
      name,
      kind: name.startsWith('br') ? 'bridge' : 'ethernet',
      mac: undefined,
      mtu: 1500,
      up: true,
      addresses: addresses.map((text) => {
        const parsed = parseInterfaceAddress(text);
        if (parsed === undefined) throw new Error(`not an interface address: ${text}`);
        return { ...parsed, scope: 'universe', deprecated: false };
      }),
      bridgePort: undefined,
    })),
    routes:
      via === undefined || everything === undefined
        ? []
        : [{ destination: everything, via, interface: undefined, kind: 'unicast', metric: 0, table: 'main' }],
    rules: [],
    neighbours: undefined,
    sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1', ...sysctls },
    capabilities: { brNetfilter: true, bridgeConntrack: false, bridgeName: false },
  };
}

/** The usual host: a network outside, containers on br0. */
export const router = host({
  interfaces: { eth0: ['192.0.2.1/24', 'fd00::1/64'], br0: ['172.17.0.1/16', 'fd17::1/64'] },
  gateway: '192.0.2.254',
});

export function rule(...statements: readonly Statement[]): Rule {
  return { statements, origins: [] };
}

export function baseChain(
  name: string,
  hook: BaseChain['hook'],
  priority: number,
  rules: readonly Rule[],
  options: { readonly type?: BaseChain['type']; readonly policy?: BaseChain['policy'] } = {},
): Chain {
  return {
    name,
    base: { type: options.type ?? 'filter', hook, priority, policy: options.policy ?? 'accept', devices: [] },
    rules,
  };
}

export function table(name: string, chains: readonly Chain[], family: TableFamily = 'inet'): Ruleset {
  return { tables: [{ family, name, engine: 'nftables', chains, sets: [], maps: [] }] };
}

export function dnat(to: string, port?: number): NatStatement {
  const target = address(to);
  return {
    kind: 'nat',
    type: 'dnat',
    family: target.family === 'ipv4' ? 'ip' : 'ip6',
    address: { kind: 'value', value: addressValue(target) },
    port: port === undefined ? undefined : { kind: 'value', value: integer(port) },
    shiftBase: undefined,
    flags: [],
  };
}

export const masquerade: NatStatement = {
  kind: 'nat',
  type: 'masquerade',
  family: undefined,
  address: undefined,
  port: undefined,
  shiftBase: undefined,
  flags: [],
};

export function udp(source: string, sourcePort: number, destination: string, destinationPort: number): PacketInput {
  return { source: address(source), destination: address(destination), protocol: 17, sourcePort, destinationPort };
}

export function tcp(
  source: string,
  sourcePort: number,
  destination: string,
  destinationPort: number,
  flags = 2,
): PacketInput {
  return { ...udp(source, sourcePort, destination, destinationPort), protocol: 6, flags };
}
