/** What a lab test of a policy sends, and what is meant to become of it. */
import { itineraryOf } from '../expectations/journey.ts';
import { matrixFlows } from '../expectations/matrix.ts';
import { universeOf } from '../expectations/universe.ts';
import type { HostView } from '../host-view/host-view.ts';
import type { CheckedModel, Host } from '../model/model.ts';
import { isSpread } from '../model/on-host.ts';
import { decide, type Meaning } from '../policy/decide.ts';
import { planProbe } from './agreement.ts';
import { type PlannedJourney, planJourneys } from './agreement-across.ts';
import type { Topology } from './topology.ts';

/** What was compiled for a host, as far as planning needs it. */
export interface Planned {
  readonly policy: CheckedModel;
  readonly model: CheckedModel;
  readonly host: Host;
  readonly view: HostView;
  readonly meaningWith: (settings: { readonly brNetfilter: boolean }) => Meaning;
}

/** All flows of the matrix that the lab can send. */
export function* planPolicy(
  compiled: readonly Planned[],
  brNetfilter: boolean,
  topology: Topology,
): Generator<PlannedJourney> {
  const [first] = compiled;
  if (first === undefined) return;
  if (isSpread(first.policy)) {
    const stations = compiled.map(({ host, model, view, meaningWith }) => ({
      host,
      model,
      view,
      meaning: meaningWith({ brNetfilter }),
    }));
    yield* planJourneys(itineraryOf(first.policy, stations), topology);
    return;
  }
  const meaning = first.meaningWith({ brNetfilter });
  for (const flow of matrixFlows(universeOf(meaning.atlas))) {
    const plan = planProbe(meaning, topology, flow, decide(meaning, flow));
    if (plan !== undefined) yield { plan, seenFrom: topology };
  }
}
