/** On one network an address belongs to one holder: a container, the gateway, or nobody (network and broadcast address). */
import { addressTwice } from '../../diagnostics/catalogue/checks.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, families, formatAddress } from '../../net/address.ts';
import { lastAddress } from '../../net/prefix.ts';
import type { Span } from '../../source/span.ts';
import { isLan } from '../lan.ts';
import type { Host, Network } from '../model.ts';
import { meetsRules } from '../placement.ts';
import type { CheckContext } from './rule.ts';

/** A container, or what else has the address. */
type Holder = ({ readonly container: string } | { readonly what: string }) & { readonly span: Span };

export function* checkAddressTwice({ model, hosts }: CheckContext): Generator<Diagnostic> {
  const holders = new Map<Network, Map<bigint, Holder>>();
  for (const { host, networks } of hosts) for (const network of networks) holders.set(network, reserved(network, host));

  /** The problem with an address, or undefined: then it is taken from now on. */
  function take(container: string, network: Network, address: Address, span: Span): Diagnostic | undefined {
    const held = holders.get(network);
    const key = keyOf(address);
    const holder = held?.get(key);
    if (holder !== undefined) return takenTwice(container, network, address, span, holder);
    held?.set(key, { container, span });
    return undefined;
  }

  for (const { name, endpoints } of model.containers) {
    for (const { network, addresses, span } of endpoints)
      for (const family of families) {
        const address = addresses[family];
        const problem = address && take(name, network, address, span);
        if (problem !== undefined) yield problem;
      }
  }
}

function takenTwice(container: string, network: Network, address: Address, span: Span, holder: Holder): Diagnostic {
  const text = formatAddress(address);
  const what = 'what' in holder ? holder.what : `the address of \`${holder.container}\``;
  return report(
    addressTwice,
    span,
    `\`${container}\` has the address ${text} on \`${network.name}\`, but that is ${what}`,
    {
      related: [{ span: holder.span, message: `${text} is taken here` }],
      help: 'choose another address, or name none and the next free one is taken',
    },
  );
}

/** What nobody may have on a network: its first and (IPv4) last address, the gateway, and on the LAN the host's own addresses. */
function reserved(network: Network, host: Host): Map<bigint, Holder> {
  const result = new Map<bigint, Holder>();
  const { span } = network;
  if (network.networkKind === 'wire') return result;
  for (const { prefix, gateway } of Object.values(network.subnets)) {
    result.set(keyOf(prefix.address), { what: 'the address of the network itself', span });
    if (prefix.address.family === 'ipv4')
      result.set(keyOf(lastAddress(prefix)), { what: 'the broadcast address of the network', span });
    if ((network.gatewayMode !== 'isolated' && meetsRules(network)) || isLan(network))
      result.set(keyOf(gateway), { what: 'the gateway of the network', span });
  }
  if (isLan(network)) {
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
