/** Rules of others on the same hooks, tried together with ours: what the policy says must still be what happens. */
import { foreignRule } from '../../diagnostics/catalogue/apply.ts';
import { formatFlow } from '../../expectations/evaluate.ts';
import { universeOf } from '../../expectations/universe.ts';
import { decide } from '../../policy/decide.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { RulePlace } from '../../simulator/trace/trace.ts';
import { originOf } from '../../source/span.ts';
import type { Finding } from '../plan/plan.ts';
import { finding } from './finding.ts';
import { type FlowResult, flowSimulation } from './flow-simulation.ts';
import { flowsToTry, type TriedFlow } from './flows-to-try.ts';
import { ownerOf } from './owners.ts';
import type { Check } from './preflight.ts';

export const foreignRules: Check = ({ model, view, ruleset, foreign, together: all, meaning }) => {
  if (!foreign.some(actsOnPackets)) return [];
  const found = new Map<string, Finding>(foreign.flatMap(onUnknownDevices).map((one) => [one.message, one]));
  const together = flowSimulation(view, all(), 'unknown');
  const alone = flowSimulation(view, [ruleset()], 'known');
  for (const tried of flowsToTry(model, universeOf(meaning.atlas))) {
    const meant = decide(meaning, tried.flow);
    const allowed = meant.verdict === 'allowed';
    const result = together(tried.flow);
    if (result === undefined) continue;
    const ours = alone(tried.flow);
    if (ours === undefined || ours.kind === 'unknown' || (ours.kind === 'passes') !== allowed) continue; // not for others to answer
    const problem = problemOf(tried, allowed, result, ours);
    if (problem !== undefined && !found.has(problem.key)) found.set(problem.key, problem.finding);
  }
  return [...found.values()];
};

function problemOf(
  tried: TriedFlow,
  allowed: boolean,
  result: FlowResult,
  ours: FlowResult,
): { readonly key: string; readonly finding: Finding } | undefined {
  const { flow, what, span } = tried;
  const origin = originOf(span);
  const about = `${what} at ${origin.file}:${origin.line}`;
  const help = 'change that rule, or say in the policy what it does';
  if (result.kind === 'unknown') {
    const message = `${placeText(result.place)} may decide about ${formatFlow(flow)} in a way that cannot be told (${result.text}), against ${about}`;
    return {
      key: `${placeText(result.place)} unknown`,
      finding: { ...finding(foreignRule, message, { span, help }), severity: 'warning' },
    };
  }
  if (allowed && result.kind === 'stopped') {
    const message = `${placeText(result.place)} stops ${formatFlow(flow)}, which ${about} lets pass (${result.reason})`;
    return { key: placeText(result.place), finding: finding(foreignRule, message, { span, help }) };
  }
  if (!allowed && result.kind === 'passes') {
    const message = `${formatFlow(flow)} passes with the rules of others on this host, although the policy stops it (${about}): a translation of somebody else's sends it elsewhere`;
    return { key: about, finding: finding(foreignRule, message, { span, help }) };
  }
  if (allowed && result.kind === 'passes' && ours.kind === 'passes' && result.destination !== ours.destination) {
    const message = `${formatFlow(flow)} is sent elsewhere by somebody else's translation than ${about} says`;
    return { key: about, finding: finding(foreignRule, message, { span, help }) };
  }
  return undefined;
}

function placeText(place: RulePlace | undefined): string {
  if (place === undefined) return 'the host';
  const owner = ownerOf(place.table, place.chain);
  const rule = place.index === undefined ? 'the policy' : `rule ${place.index + 1}`;
  return `${rule} of chain ${place.family} ${place.table} ${place.chain}${owner === undefined ? '' : ` (${owner})`}`;
}

/** Older versions of nft list chains at the ingress or egress of a device without the device: nobody knows which packets meet them. */
function onUnknownDevices(ruleset: Ruleset): readonly Finding[] {
  return ruleset.tables.flatMap(({ family, name, chains }) =>
    chains.flatMap((chain): readonly Finding[] => {
      const { base } = chain;
      if ((base?.hook !== 'ingress' && base?.hook !== 'egress') || base.devices.length > 0) return [];
      if (base.policy !== 'drop' && chain.rules.length === 0) return [];
      const message = `chain ${family} ${name} ${chain.name} is at the ${base.hook} of a device that nft does not name: what it does to packets of the policy is not judged`;
      const help = `look at it with \`nft list chain ${family} ${name} ${chain.name}\``;
      return [{ ...finding(foreignRule, message, { help }), severity: 'warning' }];
    }),
  );
}

/** Whether rulesets hold any base chain that could stop or translate a packet. */
function actsOnPackets({ tables }: Ruleset): boolean {
  return tables.some(({ chains }) =>
    chains.some(({ base, rules }) => base !== undefined && (base.policy === 'drop' || rules.length > 0)),
  );
}
