/** On one network an address belongs to one holder: a container, the gateway, or nobody (network and broadcast address). */
import { addressTwice } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { lastAddress } from '../../net/prefix.ts';
import type { Span } from '../../source/span.ts';
import type { Host, Network } from '../model.ts';
import type { CheckContext } from './rule.ts';

interface Holder {
  readonly what: string;
  readonly span: Span;
}

export function* checkAddressTwice({ model, hosts }: CheckContext): Generator<Diagnostic> {
  const holders = new Map<Network, Map<bigint, Holder>>();
  for (const { host, networks } of hosts) for (const network of networks) holders.set(network, reserved(network, host));

  function* take(container: string, network: Network, address: Address, span: Span): Generator<Diagnostic> {
    const held = holders.get(network);
    const key = keyOf(address);
    const holder = held?.get(key);
    if (holder === undefined) {
      held?.set(key, { what: `the address of \`${container}\``, span });
      return;
    }
    yield report(
      addressTwice,
      span,
      `\`${container}\` has the address ${formatAddress(address)} on \`${network.name}\`, but that is ${holder.what}`,
      {
        related: [{ span: holder.span, message: `${formatAddress(address)} is taken here` }],
        help: 'choose another address, or name none and the next free one is taken',
      },
    );
  }

  for (const { name, endpoints, plumbs } of model.containers) {
    for (const { network, addresses, span } of endpoints) {
      if (addresses.ipv4 !== undefined) yield* take(name, network, addresses.ipv4, span);
      if (addresses.ipv6 !== undefined) yield* take(name, network, addresses.ipv6, span);
    }
    for (const { network, addresses, span } of plumbs)
      for (const { address } of addresses) yield* take(name, network, address, span);
  }
}

/** What nobody may have on a network: its first and (IPv4) last address, the gateway, and on the LAN the host's own addresses. */
function reserved(network: Network, host: Host): Map<bigint, Holder> {
  const result = new Map<bigint, Holder>();
  const { span } = network;
  for (const { prefix, gateway } of Object.values(network.subnets)) {
    result.set(keyOf(prefix.address), { what: 'the address of the network itself', span });
    if (prefix.address.family === 'ipv4')
      result.set(keyOf(lastAddress(prefix)), { what: 'the broadcast address of the network', span });
    if (network.gatewayMode !== 'isolated') result.set(keyOf(gateway), { what: 'the gateway of the network', span });
  }
  if (network.networkKind === 'physical' || network.networkKind === 'macvlan') {
    for (const entry of host.interfaces)
      for (const { address } of entry.addresses)
        result.set(keyOf(address), { what: `an address of the host (on ${entry.name})`, span: entry.span });
  }
  return result;
}

/** One number for an address of either family: IPv4 addresses are negative. */
function keyOf(address: Address): bigint {
  return address.family === 'ipv4' ? -1n - address.value : address.value;
}
