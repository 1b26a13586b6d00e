/** Addresses for attachments that name none: the lowest free one of the subnet, kept by the lock file. */
import { noFreeAddress } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { Lock, LockedAddress } from '../lock/lock.ts';
import { type Address, type Family, families } from '../net/address.ts';
import { formatPrefix, lastAddress } from '../net/prefix.ts';
import type { Attachment } from './attachment.ts';
import type { Network, Subnet } from './model.ts';
import { isHostAddress } from './network.ts';

export interface GivenAddresses {
  readonly of: (attachment: Attachment) => Readonly<Partial<Record<Family, Address>>>;
  readonly locked: readonly LockedAddress[];
}

/** Addresses that the policy itself names. */
export interface WrittenAddresses {
  /** Held by something else than the attachments: an address in the lock that is one of these is given up. */
  readonly held: readonly Address[];
  /** Only mentioned (as a gateway or next hop, say, which may be one of our containers): not given out anew. */
  readonly mentioned: readonly Address[];
}

/**
 * Gives every attachment an address of each family that its network has: the written one, else the one in the lock, else
 * the lowest free one in file order. Near-linear: each subnet is walked once.
 */
export function giveAddresses(
  attachments: readonly Attachment[],
  written: WrittenAddresses,
  lock: Lock,
  onDiagnostic: (diagnostic: Diagnostic) => void,
): GivenAddresses {
  const given = new Map<Attachment, Partial<Record<Family, Address>>>();
  const locked: LockedAddress[] = [];
  const pools = addressPools(attachments, written);
  const inLock = lockedAddresses(lock);
  const waiting: { attachment: Attachment; subnet: Subnet; family: Family }[] = [];

  for (const attachment of attachments) {
    const addresses: Partial<Record<Family, Address>> = { ...attachment.written };
    given.set(attachment, addresses);
    const { network, container } = attachment;
    for (const family of families) {
      const subnet = network.subnets[family];
      if (subnet === undefined || addresses[family] !== undefined) continue;
      const entry = attachment.repeated ? undefined : inLock.get(network.name)?.get(container)?.[family];
      if (entry !== undefined && pools.get(network, family).takeLocked(entry.address)) {
        addresses[family] = entry.address;
        locked.push(entry);
      } else waiting.push({ attachment, subnet, family });
    }
  }
  const exhausted = new Map<Subnet, Attachment[]>();
  for (const { attachment, subnet, family } of waiting) {
    const { network, container } = attachment;
    const address = pools.get(network, family).takeLowest();
    if (address === undefined) {
      const without = exhausted.get(subnet);
      if (without === undefined) exhausted.set(subnet, [attachment]);
      else without.push(attachment);
      continue;
    }
    const addresses = given.get(attachment);
    if (addresses !== undefined) addresses[family] = address;
    if (!attachment.repeated) locked.push({ network: network.name, container, address });
  }
  for (const [subnet, without] of exhausted) reportExhausted(subnet, without, onDiagnostic);
  return { of: (attachment) => given.get(attachment) ?? {}, locked };
}

interface AddressPool {
  /** Takes the address that the lock names, if it still fits. */
  readonly takeLocked: (address: Address) => boolean;
  readonly takeLowest: () => Address | undefined;
}

function addressPools(
  attachments: readonly Attachment[],
  written: WrittenAddresses,
): { get: (network: Network, family: Family) => AddressPool } {
  const held: Record<Family, Set<bigint>> = { ipv4: new Set(), ipv6: new Set() };
  for (const address of written.held) held[address.family].add(address.value);
  const writtenOn = new Map<Subnet, Set<bigint>>();
  const avoided: Record<Family, Set<bigint>> = { ipv4: new Set(held.ipv4), ipv6: new Set(held.ipv6) };
  for (const address of written.mentioned) avoided[address.family].add(address.value);
  for (const attachment of attachments) {
    for (const family of families) {
      const address = attachment.written[family];
      const subnet = attachment.network.subnets[family];
      if (address === undefined) continue;
      avoided[family].add(address.value);
      if (subnet !== undefined) setOf(writtenOn, subnet).add(address.value);
    }
  }
  const pools = new Map<Subnet, AddressPool>();
  return {
    get(network, family) {
      const subnet = network.subnets[family];
      if (subnet === undefined) return { takeLocked: () => false, takeLowest: () => undefined };
      const known = pools.get(subnet);
      if (known !== undefined) return known;
      const pool = addressPool(subnet, setOf(writtenOn, subnet), held[family], avoided[family]);
      pools.set(subnet, pool);
      return pool;
    },
  };
}

function setOf(sets: Map<Subnet, Set<bigint>>, subnet: Subnet): Set<bigint> {
  const known = sets.get(subnet);
  if (known !== undefined) return known;
  const created = new Set<bigint>();
  sets.set(subnet, created);
  return created;
}

function addressPool(
  { prefix, gateway }: Subnet,
  owned: ReadonlySet<bigint>,
  held: ReadonlySet<bigint>,
  avoided: ReadonlySet<bigint>,
): AddressPool {
  const { family } = prefix.address;
  const taken = new Set<bigint>([gateway.value]);
  const last = lastAddress(prefix).value - (family === 'ipv4' ? 1n : 0n);
  let next = prefix.address.value + 1n;
  return {
    takeLocked(address) {
      const { value } = address;
      if (address.family !== family || !isHostAddress(prefix, address)) return false;
      if (taken.has(value) || owned.has(value) || held.has(value)) return false;
      taken.add(value);
      return true;
    },
    takeLowest() {
      while (next <= last && (taken.has(next) || avoided.has(next))) next++;
      if (next > last) return undefined;
      return { family, value: next++ };
    },
  };
}

type EntriesByContainer = Map<string, Partial<Record<Family, LockedAddress>>>;

/** The lock's addresses by network and container; the first of several for one family counts. */
function lockedAddresses(lock: Lock): ReadonlyMap<string, EntriesByContainer> {
  const result = new Map<string, EntriesByContainer>();
  for (const entry of lock.addresses) {
    const { network, container, address } = entry;
    const containers: EntriesByContainer = result.get(network) ?? new Map();
    result.set(network, containers);
    const addresses = containers.get(container) ?? {};
    containers.set(container, addresses);
    addresses[address.family] ??= entry;
  }
  return result;
}

function reportExhausted(
  subnet: Subnet,
  without: readonly Attachment[],
  onDiagnostic: (diagnostic: Diagnostic) => void,
): void {
  const [first, ...others] = without;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (nor for ${others.length} more)`;
  onDiagnostic(
    report(
      noFreeAddress,
      first.item.network.span,
      `no address of ${formatPrefix(subnet.prefix)} is left for \`${first.container}\` on \`${first.network.name}\`${more}`,
      {
        related: [{ span: first.network.span, message: 'the network is declared here' }],
        help: 'give the network a larger subnet',
      },
    ),
  );
}
