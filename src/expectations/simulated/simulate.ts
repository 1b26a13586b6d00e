/** One flow through rules, as the library offers it. */
import type { HostView } from '../../host-view/host-view.ts';
import type { Flow } from '../../policy/flow.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { SimulatedWay } from './judged-way.ts';
import { type Inhabitants, placesOf } from './places.ts';
import { SimulatedHost } from './simulated-host.ts';

/**
 * What the rules of a host do to the first packet of a flow: every way that things may go, with all steps. `on` is a host's view,
 * with the policy's model and host where one is at hand (what `compile` gives is both). Nothing, where no one on the view could
 * send such a packet.
 */
export function simulate(
  on: { readonly view: HostView } & Partial<Inhabitants>,
  rulesets: readonly Ruleset[],
  flow: Flow,
): readonly SimulatedWay[] {
  const { view, model, host } = on;
  const inhabitants = model === undefined || host === undefined ? undefined : { model, host };
  const simulated = new SimulatedHost(placesOf(view, inhabitants), rulesets);
  const entrance = simulated.entranceOf(flow);
  return entrance === undefined ? [] : simulated.first(flow, entrance, { trace: true });
}
