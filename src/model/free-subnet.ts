/** Subnets for networks that name none: the first private one that overlaps nothing, kept by the lock file. */
import { noFreeSubnet } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { Lock, LockedSubnet } from '../lock/lock.ts';
import { addressBits } from '../net/address.ts';
import { type Prefix, prefixOf } from '../net/prefix.ts';
import type { Host, Network } from './model.ts';
import { defaultGateway, type NetworkDraft } from './network.ts';
import { occupiedPrefixes } from './occupied-prefixes.ts';

/** Docker's default pools: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20. */
const pools: readonly Prefix[] = [
  ...Array.from({ length: 15 }, (_, index) => ipv4(172, 17 + index, 0, 16)),
  ...Array.from({ length: 16 }, (_, index) => ipv4(192, 168, 16 * index, 20)),
];

function ipv4(first: number, second: number, third: number, length: number): Prefix {
  return prefixOf({ family: 'ipv4', value: BigInt(first * 2 ** 24 + second * 2 ** 16 + third * 2 ** 8) }, length);
}

export interface GivenSubnets {
  readonly networks: readonly Network[];
  readonly locked: readonly LockedSubnet[];
}

/** Gives every network a subnet: in file order, after those that the lock holds and that still fit. */
export function giveSubnets(
  drafts: readonly NetworkDraft[],
  hosts: readonly Host[],
  lock: Lock,
  onDiagnostic: (diagnostic: Diagnostic) => void,
): GivenSubnets {
  const given = new Map<string, Prefix>();
  const needing = drafts.filter((draft) => draft.needsSubnet);
  if (needing.length > 0) {
    const occupied = occupiedPrefixes(declaredPrefixes(drafts, hosts));
    const give = (network: string, prefix: Prefix): void => {
      given.set(network, prefix);
      occupied.add(prefix);
    };
    const inLock = new Map(lock.subnets.map((entry) => [entry.network, entry.prefix]));
    const waiting = needing.filter(({ network: { name } }) => {
      const prefix = inLock.get(name);
      if (prefix === undefined || !isUsable(prefix) || occupied.overlaps(prefix)) return true;
      give(name, prefix);
      return false;
    });
    const free = pools.filter((pool) => !occupied.overlaps(pool));
    for (const [index, draft] of waiting.entries()) {
      const prefix = free[index];
      if (prefix !== undefined) give(draft.network.name, prefix);
    }
    reportExhausted(waiting.slice(free.length), onDiagnostic);
  }
  return {
    networks: drafts.map(({ network }) => withSubnet(network, given.get(network.name))),
    locked: [...given].map(([network, prefix]) => ({ network, family: 'ipv4', prefix })),
  };
}

function declaredPrefixes(drafts: readonly NetworkDraft[], hosts: readonly Host[]): Prefix[] {
  return [
    ...drafts.flatMap(({ network }) => Object.values(network.subnets).map((subnet) => subnet.prefix)),
    ...hosts.flatMap((host) => [
      ...host.interfaces.flatMap((entry) => entry.addresses.map(({ address, length }) => prefixOf(address, length))),
      ...host.routes.map((route) => route.destination).filter((destination) => destination.length > 0),
    ]),
  ];
}

/** A lock file may be edited by hand: what it gives must still be an IPv4 subnet with room for a gateway and a container. */
function isUsable(prefix: Prefix): boolean {
  return prefix.address.family === 'ipv4' && prefix.length > 0 && prefix.length <= addressBits('ipv4') - 2;
}

function withSubnet(network: Network, prefix: Prefix | undefined): Network {
  if (prefix === undefined) return network;
  return { ...network, subnets: { ipv4: { prefix, gateway: defaultGateway(prefix) } } };
}

function reportExhausted(drafts: readonly NetworkDraft[], onDiagnostic: (diagnostic: Diagnostic) => void): void {
  const [first, ...others] = drafts;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (nor for ${others.length} more)`;
  onDiagnostic(
    report(noFreeSubnet, first.network.span, `no private subnet is left for \`${first.network.name}\`${more}`, {
      related: others.slice(0, 3).map((draft) => ({ span: draft.network.span, message: 'nor for this one' })),
      help: 'give it one: `subnet 10.1.0.0/16`',
    }),
  );
}
