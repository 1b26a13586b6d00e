/** Makes a plan: reads the host, looks at everything that could go wrong, and works out the change. Nothing is changed. */
import { kernelRefuses, notProved, unknownRules } from '../../diagnostics/catalogue/apply.ts';
import type { Connection, GatheredHost } from '../../host/gather/gathered.ts';
import type { HostView } from '../../host-view/host-view.ts';
import { routingOf } from '../../host-view/routing.ts';
import type { CheckedModel, Host as PolicyHost } from '../../model/model.ts';
import { type Meaning, meaningOf } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { type Artifact, emptyArtifact, hasNoRules } from '../artifact.ts';
import { type ApplyContext, stateOf } from '../engine/context.ts';
import { isUnknownBefore, type Look, lookAt, startOf } from '../engine/look.ts';
import type { Installation, InstallationSummary } from '../install/installer.ts';
import { installerOf } from '../install/installers.ts';
import {
  type Finding,
  type Plan,
  type PlannedPolicy,
  type PreparedChange,
  planFormatVersion,
  type SysctlChange,
} from '../plan/plan.ts';
import { connectionsToRemove } from '../preflight/connections.ts';
import { finding } from '../preflight/finding.ts';
import { type Operator, preflight } from '../preflight/preflight.ts';
import { neededSettings } from '../preflight/settings.ts';
import { describeChange } from './describe-change.ts';
import { once } from './once.ts';
import { foreignRulesOf, together } from './rules-together.ts';
import { withMissing } from './view-after.ts';

export interface PlanInput {
  readonly version: string;
  readonly policy: PlannedPolicy;
  readonly model: CheckedModel;
  readonly host: PolicyHost;
  /** The host as the policy declares it. */
  readonly declared: HostView;
  readonly artifact: Artifact;
  /** Our rules, read back from what is emitted. */
  readonly ruleset: () => Ruleset;
  /** How many rules and elements they are. */
  readonly size: number;
  /** Whether the rules were proved to be the policy. */
  readonly proved: boolean;
}

type Seen = Pick<ApplyContext, 'host' | 'files' | 'looks'>;

export interface PlanOptions {
  readonly setSysctls: boolean;
  readonly keepConnections: boolean;
  readonly again: boolean;
  readonly operator: Operator;
}

export async function makePlan(context: Seen, input: PlanInput, options: PlanOptions): Promise<Plan> {
  const look = await (context.looks?.look() ?? lookAt(context));
  const { reading, base } = look;
  const needed = neededSettings(input.declared, meaningOn(input, reading.view), reading);
  const sysctls = options.setSysctls ? needed.filter(({ before }) => before !== undefined) : [];
  const view = withMissing(withSettings(reading.view, sysctls), input.declared);
  const meaning = meaningOn(input, view);
  const foreign = foreignRulesOf(reading, input.artifact.target);
  const all = once(() => together(foreign, input.ruleset()));
  const findings = preflight({
    model: input.model,
    host: input.host,
    declared: input.declared,
    reading,
    view,
    meaning,
    artifact: input.artifact,
    ruleset: input.ruleset,
    foreign,
    together: all,
    sysctls: needed,
    setSysctls: options.setSysctls,
    operator: options.operator,
  });
  const judge = (connections: readonly Connection[]) =>
    connectionsToRemove(meaning, connections, !hasNoRules(input.artifact));
  const { change, refusal, prepared } = await changeOf(context, input.artifact, look, options.again);
  return {
    formatVersion: planFormatVersion,
    version: input.version,
    at: context.host.now(),
    host: input.host.name,
    policy: input.policy,
    artifact: input.artifact,
    base,
    prepared,
    change,
    sysctls,
    judge,
    connections: options.keepConnections ? [] : judge(reading.connections ?? []),
    findings: [
      ...(input.proved ? [] : [notProvedFinding]),
      ...refusal,
      ...(isUnknownBefore(look, input.artifact.target) ? [unknownRulesFinding] : []),
      ...findings,
    ],
    meaning: describeChange(view, meaning, {
      before: reading.rulesets.map(({ ruleset }) => ruleset),
      foreign,
      ours: input,
      apart: look.apart,
      together: all,
    }),
  };
}

const notProvedFinding: Finding = finding(notProved, 'the rules were not proved to be the policy');

const unknownRulesFinding: Finding = finding(
  unknownRules,
  'rules of ctfw are loaded that this state directory knows nothing of: they are replaced, and cannot come back',
  { help: 'apply the policy that they are of first, with --confirm-timeout 0, where they should' },
);

/** What a policy means on a host that was read: with what its engines have yet to make. */
export function meaningNow(input: PlanInput, reading: GatheredHost): Meaning {
  return meaningOn(input, withMissing(reading.view, input.declared));
}

export function meaningOn({ model, host }: PlanInput, view: HostView): Meaning {
  return meaningOf(model, host, view, routingOf(view));
}

function withSettings(view: HostView, sysctls: readonly SysctlChange[]): HostView {
  const changed = Object.fromEntries(sysctls.map(({ name, after }) => [name, after]));
  return { ...view, sysctls: { ...view.sysctls, ...changed } };
}

const noChange: InstallationSummary = {
  how: 'nothing',
  elementsAdded: 0,
  elementsRemoved: 0,
  rules: 0,
  bytes: 0,
  documents: [],
};

async function changeOf(
  context: Seen,
  artifact: Artifact,
  look: Look,
  again: boolean,
): Promise<{
  readonly change: Installation['summary'];
  readonly refusal: readonly Finding[];
  readonly prepared: PreparedChange | undefined;
}> {
  const { loaded, base } = look;
  const generation = stateOf(context).highest + 1;
  const start = startOf(look, artifact.target);
  const from = start ?? { artifact: emptyArtifact(artifact.target), loaded };
  const change = { from, to: { artifact, generation }, known: start !== undefined && look.known, again };
  const result = await installerOf(artifact.target).prepare(context.host, change);
  if (result.kind === 'impossible')
    return { change: noChange, refusal: [finding(kernelRefuses, result.failure.message)], prepared: undefined };
  const { installation } = result;
  const prepared = { base: base.hash, loaded, generation, again, installation };
  return { change: installation.summary, refusal: [], prepared };
}
