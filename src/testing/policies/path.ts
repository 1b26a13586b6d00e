/** The way of a packet through the rules in a few lines: hooks, rules that said something, rewrites, and how it ended. */
import type { SimulatedWay } from '../../expectations/simulated/judged-way.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import type { RulePlace, TraceStep } from '../../simulator/trace/trace.ts';
import type { Origin } from '../../source/span.ts';

/** One line for each step that says something about the packet's fate; with several hosts, one where each begins. */
export function pathLines(way: SimulatedWay, rulesetsOf: (host: string) => readonly Ruleset[]): readonly string[] {
  const several = way.steps.some(({ host }) => host !== way.steps[0]?.host);
  const lines = way.steps.flatMap((step, index) => {
    const isNew = several && step.host !== way.steps[index - 1]?.host;
    return [...(isNew ? [`host ${step.host}`] : []), ...lineOf(step, rulesetsOf(step.host))];
  });
  const end = way.reason === '' ? [] : [`${way.verdict}: ${way.reason}`];
  return [...lines, ...end];
}

function lineOf(step: TraceStep, rulesets: readonly Ruleset[]): string[] {
  switch (step.kind) {
    case 'hook':
      return [
        `${step.hook} (${[step.input, step.output].filter((name) => name !== undefined).join(' to ')}): ${step.packet}`,
      ];
    case 'rule':
      if (step.failedAt !== undefined || step.verdict === 'continue') return [];
      return [`  ${placeText(step.place, rulesets)}: ${step.verdict}${originText(step.origins)}`];
    case 'chain-end':
      return step.verdict === 'drop' ? [`  ${placeText(step.place, rulesets)}: policy drop`] : [];
    case 'rewrite':
      return [`  ${step.what} rewritten: ${step.from} becomes ${step.to}`];
    case 'route':
      return [`  route ${step.text}`];
    case 'deliver':
      return [`delivered on ${step.interface}: ${step.packet}`];
    case 'sent':
      return [`sent by ${step.interface}: ${step.packet}`];
    case 'encapsulated':
      return [`into the tunnel ${step.interface}: ${step.packet}`];
    case 'decapsulated':
      return [`out of the tunnel ${step.interface}: ${step.packet}`];
    case 'received':
    case 'conntrack':
    case 'drop':
      return [];
  }
}

function placeText({ family, table, chain, index }: RulePlace, rulesets: readonly Ruleset[]): string {
  const comment = rulesets
    .flatMap(({ tables }) => tables)
    .find((candidate) => candidate.family === family && candidate.name === table)
    ?.chains.find((candidate) => candidate.name === chain)?.rules[index ?? -1]?.comment;
  return `${family} ${table} ${chain}${index === undefined ? '' : ` rule ${index + 1}`}${comment === undefined ? '' : ` (${comment})`}`;
}

/** The policy lines that a rule or element comes from. */
function originText(origins: readonly Origin[]): string {
  const lines = [...new Set(origins.map(({ file, line }) => `${file}:${line}`))];
  return lines.length === 0 ? '' : `, from ${lines.join(', ')}`;
}
