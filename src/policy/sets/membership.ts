/** Whether a flow lies in boxes, and what the sets say about it. */
import { addressSetContains } from '../../net/address-set.ts';
import type { Atlas } from '../atlas.ts';
import type { Flow } from '../flow.ts';
import { serviceCovers } from '../service.ts';
import type { FlowBox, Side, TranslationBox } from './flow-box.ts';
import type { MeaningSets } from './meaning-sets.ts';

/** Whether a flow lies in a box; its destination and port are as given, which may be those after translation. */
export function boxContains(box: FlowBox, flow: Flow, atlas: Atlas): boolean {
  return (
    addressSetContains(box.destinations, flow.destination) &&
    box.services.some((service) => serviceCovers(service, flow, flow.destinationPort)) &&
    box.sources.some(
      ({ side, addresses }) => sideContains(side, flow, atlas) && addressSetContains(addresses, flow.source),
    )
  );
}

function sideContains(side: Side, flow: Flow, atlas: Atlas): boolean {
  if (side.kind === 'host') return flow.arrivesBy === undefined;
  if (side.kind === 'interface') return flow.arrivesBy === side.name;
  return flow.arrivesBy !== undefined && !atlas.networkOfBridge.has(flow.arrivesBy);
}

/**
 * What the sets say about a flow, by the formula of the language. State of the host that overrides every policy (no
 * forwarding, bridged traffic that nothing judges, the DHCP client of a protected host) is decide's alone.
 */
export function verdictBySets(sets: MeaningSets, atlas: Atlas, flow: Flow): 'allowed' | 'blocked' | 'rejected' {
  if (sets.strays.some((box) => boxContains(box, flow, atlas))) return 'blocked';
  const translation = sets.translations.find((box) => boxContains(box, flow, atlas));
  const real = translation === undefined ? flow : translatedFlow(translation, flow);
  const denying = sets.denies.filter((box) => boxContains(box, flow, atlas) || boxContains(box, real, atlas));
  if (denying.length > 0) return denying.some(({ reject }) => reject) ? 'rejected' : 'blocked';
  if (sets.cut.some((box) => boxContains(box, real, atlas))) return 'blocked';
  return translation !== undefined || sets.permits.some((box) => boxContains(box, real, atlas)) ? 'allowed' : 'blocked';
}

function translatedFlow({ publication, to }: TranslationBox, flow: Flow): Flow {
  const shift = (flow.destinationPort ?? 0) - publication.hostPorts.first;
  return { ...flow, destination: to, destinationPort: publication.containerPorts.first + shift };
}
