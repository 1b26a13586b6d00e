/** The expectations of a whole policy: on its one host, or along the whole way of a packet where it has several. */
import { hostViewOf } from '../host-view/from-model.ts';
import { routingOf } from '../host-view/routing.ts';
import type { CheckedModel, Host } from '../model/model.ts';
import { isSpread, modelOnHost } from '../model/on-host.ts';
import { meaningOf } from '../policy/decide.ts';
import { evaluateAcross } from './across.ts';
import { type ExpectationResult, evaluateExpectations } from './evaluate.ts';
import { itineraryOf, type Station } from './journey.ts';

/** One host of a policy, with its part of the policy and what that means. */
export function stationOf(policy: CheckedModel, host: Host): Station {
  const view = hostViewOf(policy, host);
  const model = modelOnHost(policy, host);
  return { host, model, view, meaning: meaningOf(model, model.hosts[0] ?? host, view, routingOf(view)) };
}

/** In the order of the statements. */
export function evaluatePolicy(policy: CheckedModel, stations: readonly Station[]): readonly ExpectationResult[] {
  if (isSpread(policy)) return evaluateAcross(itineraryOf(policy, stations));
  return stations.flatMap(({ meaning }) => evaluateExpectations(meaning));
}
