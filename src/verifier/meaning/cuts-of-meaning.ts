/** What a policy tells apart. */
import { rangeOfAddress } from '../../net/address-set.ts';
import { lastAddress } from '../../net/prefix.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { FlowBox } from '../../policy/sets/flow-box.ts';
import type { MeaningSets } from '../../policy/sets/meaning-sets.ts';
import type { CutCollector } from '../space/cuts.ts';

export function cutByMeaning(cuts: CutCollector, meaning: Meaning, sets: MeaningSets): void {
  const { atlas } = meaning;
  for (const { addresses } of sets.senders) cuts.addAddresses(addresses);
  for (const box of [...sets.permits, ...sets.strays, ...sets.cut, ...sets.denies, ...sets.translations])
    cutByBox(cuts, box);
  for (const { to, publication } of sets.translations) {
    if (to.family !== cuts.family) continue;
    cuts.addAddresses([rangeOfAddress(to)]);
    const { hostPorts, containerPorts } = publication;
    for (let port: number = hostPorts.first; port <= hostPorts.last; port++) cuts.add('port', port, port);
    for (let port: number = containerPorts.first; port <= containerPorts.last; port++) cuts.add('port', port, port);
  }
  for (const { subnets, bridge, nic } of atlas.networks) {
    cuts.names.add(bridge);
    if (nic !== undefined) cuts.names.add(nic);
    for (const { prefix } of Object.values(subnets)) {
      cuts.addPrefix(prefix);
      cuts.addAddress(prefix.address);
      cuts.addAddress(lastAddress(prefix));
    }
  }
  for (const prefix of atlas.model.elsewhere?.subnets ?? []) cuts.addPrefix(prefix);
  for (const tunnel of atlas.model.elsewhere?.tunnels ?? []) cuts.names.add(tunnel.interface);
  for (const { endpoints } of atlas.model.containers)
    for (const { port } of endpoints) if (port !== undefined) cuts.names.add(port);
  for (const port of dhcpPorts) cuts.add('port', port, port);
}

/** Server and client, of both families. */
const dhcpPorts = [67, 68, 546, 547];

export function cutByBox(cuts: CutCollector, { sources, destinations, services }: FlowBox): void {
  for (const { addresses } of sources) cuts.addAddresses(addresses);
  cuts.addAddresses(destinations);
  for (const service of services) {
    switch (service.kind) {
      case 'any':
        break;
      case 'protocol':
        cuts.add('protocol', service.protocol, service.protocol);
        break;
      case 'ports':
        cuts.add('protocol', service.protocol, service.protocol);
        cuts.add('port', service.ports.first, service.ports.last);
        break;
      case 'icmp-type':
        cuts.add('icmpType', service.type, service.type);
        break;
    }
  }
}
