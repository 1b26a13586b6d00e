/**
 * What joins the hosts of a policy: NICs that are on one link, by their subnets or as trunks of one switch network. On each
 * cable there are machines outside as well, which nobody simulates.
 */
import type { HostView, InterfaceView } from '../../host-view/host-view.ts';
import type { CheckedModel } from '../../model/model.ts';
import { sameAddress } from '../../net/address.ts';
import { prefixesOverlap, prefixOf } from '../../net/prefix.ts';

/** One end of a cable: the NIC, and the interface that has its addresses (itself, or the bridge or switch it is a port of). */
export interface CableEnd {
  readonly host: string;
  readonly nic: InterfaceView;
  readonly holder: InterfaceView;
}

/** Groups of at least two NICs that are on one link. */
export function cablesOf(policy: CheckedModel, views: ReadonlyMap<string, HostView>): readonly (readonly CableEnd[])[] {
  const ends = policy.hosts.flatMap(({ name, interfaces }) =>
    interfaces.flatMap((declared) => endOf(name, views.get(name), declared.name)),
  );
  const trunks = policy.networks
    .filter(({ networkKind }) => networkKind === 'switch')
    .map(({ hosts }) => new Set(hosts.flatMap(({ host, via }) => (via === undefined ? [] : [`${host} ${via}`]))));
  const groups = new Map(ends.map((end) => [end, [end]]));
  for (const [index, end] of ends.entries())
    for (const other of ends.slice(index + 1)) {
      const onTrunk = trunks.some((trunk) => trunk.has(nameOf(end)) && trunk.has(nameOf(other)));
      const [into, from] = [groups.get(end), groups.get(other)];
      if (into === undefined || from === undefined || into === from) continue;
      if (!onTrunk && !shareSubnet(end, other)) continue;
      into.push(...from);
      for (const one of from) groups.set(one, into);
    }
  return [...new Set(groups.values())].filter((group) => group.length > 1);
}

function nameOf({ host, nic }: CableEnd): string {
  return `${host} ${nic.name}`;
}

function endOf(host: string, view: HostView | undefined, name: string): readonly CableEnd[] {
  const find = (wanted: string | undefined): InterfaceView | undefined =>
    view?.interfaces.find((held) => held.name === wanted);
  const nic = find(name);
  if (nic === undefined || nic.kind === 'loopback') return [];
  return [{ host, nic, holder: find(nic.bridgePort?.bridge) ?? nic }];
}

/** Two hosts with one address cannot be on one link, whatever their subnets. */
function shareSubnet({ host, holder }: CableEnd, other: CableEnd): boolean {
  if (host === other.host) return false;
  const [own, theirs] = [holder.addresses, other.holder.addresses];
  if (own.some(({ address }) => theirs.some((held) => sameAddress(held.address, address)))) return false;
  return own.some((left) =>
    theirs.some((right) => prefixesOverlap(prefixOf(left.address, left.length), prefixOf(right.address, right.length))),
  );
}
