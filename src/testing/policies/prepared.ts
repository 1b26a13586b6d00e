/** A policy compiled once for many questions: its meaning, and its rules as they would be loaded, emitted and read back. */
import { emitJson } from '../../backends/nftables/emit-json.ts';
import { parseNftJson } from '../../backends/nftables/parse-json.ts';
import { check } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Station } from '../../expectations/journey.ts';
import { stationOf } from '../../expectations/policy.ts';
import { placesOf } from '../../expectations/simulated/places.ts';
import { SimulatedHost } from '../../expectations/simulated/simulated-host.ts';
import { defaultLowerOptions } from '../../lower/context.ts';
import { lower } from '../../lower/lower.ts';
import type { CheckedModel } from '../../model/model.ts';
import type { Meaning } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { positionAt } from '../../source/span.ts';
import { type PolicyLike, policySource } from './policy-source.ts';

/** One host of a policy: what it means there, and a simulated host that has the rules. */
export interface PreparedHost {
  readonly name: string;
  readonly station: Station;
  readonly meaning: Meaning;
  readonly rulesets: readonly Ruleset[];
  readonly simulated: SimulatedHost;
}

export interface Prepared {
  readonly model: CheckedModel;
  readonly hosts: readonly PreparedHost[];
}

/** A policy, or a question about it, that cannot be used. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** A policy with statements of its own behind it, ready to be asked. Throws {@link PolicyError} when it has an error. */
export function prepare(policy: PolicyLike, more = ''): Prepared {
  const { source, read, lock } = policySource(policy);
  const { model, diagnostics } = check({ ...source, text: `${source.text}\n${more}\n` }, read, lock);
  if (model === undefined) throw new PolicyError(errorsIn(diagnostics));
  const hosts = model.hosts.map((host): PreparedHost => {
    const station = stationOf(model, host);
    const [itself = host] = station.model.hosts;
    const rulesets = [parseNftJson(emitJson(lower(station.model, itself, defaultLowerOptions)), 'rules.json').ruleset];
    return {
      name: host.name,
      station,
      meaning: station.meaning,
      rulesets,
      simulated: new SimulatedHost(placesOf(station.view, { model: station.model, host: itself }), rulesets),
    };
  });
  return { model, hosts };
}

function errorsIn(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message, span }) => {
      const { line, column } = positionAt(span.file, span.start);
      return `${span.file.name}:${line}:${column}: ${code} ${message}`;
    })
    .join('\n');
}
