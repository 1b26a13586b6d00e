/**
 * "With `icc off`, and with a deny inside one bridge, a host without br_netfilter fails closed, links included."
 * Written apart from the lowering, which has to come to the same networks by itself.
 */

import type { HostView } from '../host-view/host-view.ts';
import { isBridgedLan } from '../model/lan.ts';
import type { Access, Model, Network, Subject } from '../model/model.ts';
import { type Family, families } from '../net/address.ts';
import { prefixesOverlap } from '../net/prefix.ts';

/** Networks with icc off, or with a deny both of whose sides may be in the network. */
export function guardedNetworks(model: Model): ReadonlySet<Network> {
  const denies = model.access.filter((access) => access.action === 'deny');
  return new Set(
    model.networks.filter(
      (network) => isBridged(network) && (!network.icc || denies.some((deny) => isInside(deny, network))),
    ),
  );
}

function isInside(deny: Access, network: Network): boolean {
  const inNetwork = (subject: Subject): boolean => mayBeIn(subject, network);
  const besideIt = (subject: Subject): boolean => inNetwork(subject) || mayBeBeside(subject, network);
  // Where spoofing is allowed, any address may be the source of something inside.
  const mayComeFrom = (subject: Subject): boolean =>
    inNetwork(subject) || (network.spoofingAllowed && subject.kind === 'prefix');
  return (
    (deny.from.some(mayComeFrom) && deny.to.some(besideIt)) || (deny.from.some(besideIt) && deny.to.some(inNetwork))
  );
}

/** A network of ours whose packets may stay on a bridge of the host. */
function isBridged({ unmanaged, networkKind }: Network): boolean {
  return !unmanaged && networkKind !== 'wire' && networkKind !== 'macvlan';
}

/** Whether a subject may be a machine of the LAN behind the bridge of a network. */
function mayBeBeside(subject: Subject, network: Network): boolean {
  if (!isBridgedLan(network)) return false;
  if (subject.kind === 'zone') return subject.interface === undefined || subject.interface === network.bridge;
  return subject.kind === 'any' || subject.kind === 'prefix';
}

function mayBeIn(subject: Subject, network: Network): boolean {
  if (subject.kind === 'any' || subject === network) return true;
  if (subject.kind === 'container') return subject.endpoints.some((endpoint) => endpoint.network === network);
  if (subject.kind !== 'prefix') return false;
  return families.some((family) => {
    const subnet = network.subnets[family];
    return subnet !== undefined && prefixesOverlap(subnet.prefix, subject.prefix);
  });
}

/** Whether bridged packets of a family meet the inet table [97, 98]; a view that does not say has the kernel's default, on [100]. */
export function bridgedIsJudged(view: HostView, family: Family): boolean {
  const name = family === 'ipv4' ? 'net.bridge.bridge-nf-call-iptables' : 'net.bridge.bridge-nf-call-ip6tables';
  return view.capabilities.brNetfilter && view.sysctls[name] !== '0';
}
