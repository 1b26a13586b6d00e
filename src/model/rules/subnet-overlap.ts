/** On one host an address leads one way: subnets of networks overlap neither each other nor the prefix of an interface. */
import { subnetOverlap } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { compareAddresses } from '../../net/address.ts';
import { formatPrefix, type Prefix, prefixCovers, prefixOf } from '../../net/prefix.ts';
import type { Span } from '../../source/span.ts';
import type { HostContents } from '../host-contents.ts';
import { isLan } from '../lan.ts';
import type { HostInterface, Network } from '../model.ts';
import type { CheckContext } from './rule.ts';

interface Claim {
  readonly prefix: Prefix;
  readonly holder: { readonly network: Network } | { readonly interface: HostInterface };
  readonly span: Span;
  readonly name: string;
}

export function* checkSubnetOverlap({ hosts }: CheckContext): Generator<Diagnostic> {
  for (const contents of hosts) yield* checkHost(contents);
}

/**
 * Two prefixes overlap only when one holds the other, so in order of address and length each is compared with the nearest
 * prefix around it. Networks of a switch are judged apart by VLAN: only with their own VLAN, and with networks on no
 * switch. An interface is in no VLAN.
 * One address of a wire may lie in the prefix of an interface: its host route is the longer one.
 */
function* checkHost(contents: HostContents): Generator<Diagnostic> {
  const claims = claimsOf(contents).sort(
    (left, right) =>
      compareAddresses(left.prefix.address, right.prefix.address) || left.prefix.length - right.prefix.length,
  );
  const around = new Map<string, Claim[]>();
  for (const claim of claims) {
    const own = domainOf(claim);
    for (const domain of domainsAgainst(claim)) {
      const stack = around.get(domain) ?? [];
      while (stack.length > 0 && !prefixCovers((stack.at(-1) as Claim).prefix, claim.prefix)) stack.pop();
      const outer = stack.at(-1);
      if (outer !== undefined && !belongTogether(outer, claim)) {
        yield conflict(outer, claim);
        break;
      }
    }
    for (const domain of own) {
      const stack = around.get(domain) ?? [];
      around.set(domain, stack);
      while (stack.length > 0 && !prefixCovers((stack.at(-1) as Claim).prefix, claim.prefix)) stack.pop();
      stack.push(claim);
    }
  }
}

function claimsOf({ host, networks }: HostContents): Claim[] {
  return [
    ...networks.flatMap((network) =>
      Object.values(network.subnets).map(({ prefix }) => ({
        prefix,
        holder: { network },
        span: network.span,
        name: `the network \`${network.name}\``,
      })),
    ),
    ...host.interfaces.flatMap((entry) =>
      entry.addresses.map(({ address, length }) => ({
        prefix: prefixOf(address, length),
        holder: { interface: entry },
        span: entry.span,
        name: `the interface \`${entry.name}\``,
      })),
    ),
  ];
}

/** Where a claim is remembered: a switch network under its VLAN and among all switches. */
function domainOf({ holder }: Claim): readonly string[] {
  if ('interface' in holder) return ['interface'];
  const { networkKind, bridge, vlan } = holder.network;
  if (networkKind === 'wire') return ['wire'];
  return networkKind === 'switch' ? [`${bridge} ${vlan ?? ''}`, 'switch'] : ['network'];
}

/** What a claim is compared with. Interfaces may share a prefix among themselves. */
function domainsAgainst(claim: Claim): readonly string[] {
  const [first] = domainOf(claim);
  if (first === 'interface') return ['network'];
  if (first === 'wire') return ['wire', 'network', 'switch'];
  return first === 'network' ? ['network', 'interface', 'switch', 'wire'] : [first ?? '', 'network', 'wire'];
}

/** A network on the LAN has the subnet of its own NIC, whose address moves to the bridge. */
function belongTogether(left: Claim, right: Claim): boolean {
  const [network, entry] = 'network' in left.holder ? [left.holder, right.holder] : [right.holder, left.holder];
  if (!('network' in network) || !('interface' in entry)) return false;
  const { nic, bridge } = network.network;
  if (!isLan(network.network)) return false;
  return entry.interface.name === nic || entry.interface.name === bridge;
}

function conflict(left: Claim, right: Claim): Diagnostic {
  const [first, second] = isEarlier(left, right) ? [left, right] : [right, left];
  const [at, other] = 'network' in second.holder ? [second, first] : [first, second];
  return report(
    subnetOverlap,
    at.span,
    `${at.name} has the subnet ${formatPrefix(at.prefix)}, which overlaps ${formatPrefix(other.prefix)} of ${other.name}`,
    {
      related: [{ span: other.span, message: `${formatPrefix(other.prefix)} belongs to ${other.name}` }],
      help: 'give the network another subnet',
    },
  );
}

function isEarlier(left: Claim, right: Claim): boolean {
  return left.span.file !== right.span.file || left.span.start <= right.span.start;
}
