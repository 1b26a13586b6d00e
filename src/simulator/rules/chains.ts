/** Runs the rules of a base chain over a packet: jumps, returns, verdicts and the policy [14-18]. */
import type { BaseChain } from '../../ruleset/ruleset.ts';
import type { Origin } from '../../source/span.ts';
import type { RulePlace } from '../trace/trace.ts';
import type { EvaluationContext } from './context.ts';
import type { Step, StepResult } from './step.ts';

export interface CompiledRule {
  readonly steps: readonly Step[];
  readonly place: RulePlace;
  readonly origins: readonly Origin[];
  readonly comment: string | undefined;
}

/** The rules of a chain that may match a packet, in their order. */
export type ChainIndex = (context: EvaluationContext) => readonly CompiledRule[];

export interface CompiledChain {
  readonly name: string;
  readonly base: BaseChain | undefined;
  readonly rules: CompiledRule[];
  /** Finds the rules that may match, where the chain is long; not used while a trace is asked for. */
  index: ChainIndex | undefined;
  /** Where the chain's policy or end is reported. */
  readonly place: RulePlace;
  /** The chains of the same table, for jumps. */
  readonly chains: ReadonlyMap<string, CompiledChain>;
}

export type ChainVerdict = 'accept' | 'drop' | 'unknown' | 'nat' | 'reject';

/** The kernel refuses deeper nests of jumps. */
const maximumDepth = 64;

interface Frame {
  readonly chain: CompiledChain;
  readonly rules: readonly CompiledRule[];
  readonly index: number;
}

/** The verdict of a base chain on a packet. */
export function runChain(base: CompiledChain, context: EvaluationContext): ChainVerdict {
  let chain = base;
  let rules = rulesFor(chain, context);
  let index = 0;
  let stack: Frame[] | undefined;
  for (;;) {
    const rule = rules[index];
    if (rule === undefined) {
      const frame = stack?.pop();
      if (frame === undefined) return endByPolicy(base, chain, context);
      noteEnd(chain, context, 'continue');
      chain = frame.chain;
      rules = frame.rules;
      index = frame.index;
      continue;
    }
    index++;
    const result = runRule(rule, context);
    if (typeof result === 'object') {
      const target = chain.chains.get(result.chain);
      if (target === undefined || (stack !== undefined && stack.length >= maximumDepth)) {
        context.unknown = `chain ${result.chain} cannot be entered`;
        context.place = rule.place;
        return 'unknown';
      }
      if (result.kind === 'jump') {
        stack ??= [];
        stack.push({ chain, rules, index });
      }
      chain = target;
      rules = rulesFor(chain, context);
      index = 0;
      continue;
    }
    if (result === 'next' || result === 'mismatch') continue;
    if (result === 'return') {
      const frame = stack?.pop();
      if (frame === undefined) return endByPolicy(base, chain, context);
      chain = frame.chain;
      rules = frame.rules;
      index = frame.index;
      continue;
    }
    context.place = rule.place;
    return result;
  }
}

function rulesFor(chain: CompiledChain, context: EvaluationContext): readonly CompiledRule[] {
  return chain.index === undefined || context.trace !== undefined ? chain.rules : chain.index(context);
}

function endByPolicy(base: CompiledChain, last: CompiledChain, context: EvaluationContext): ChainVerdict {
  const policy = base.base?.policy ?? 'accept';
  if (last !== base) noteEnd(last, context, 'continue');
  noteEnd(base, context, policy);
  context.place = base.place;
  return policy;
}

function noteEnd(chain: CompiledChain, context: EvaluationContext, verdict: 'accept' | 'drop' | 'continue'): void {
  if (context.trace === undefined) return;
  const { mark } = context.packet;
  const step = { kind: 'chain-end', host: context.services.hostName, place: chain.place, verdict } as const;
  context.trace.push(mark === 0 ? step : { ...step, mark });
}

function runRule(rule: CompiledRule, context: EvaluationContext): StepResult {
  const { steps } = rule;
  for (let position = 0; position < steps.length; position++) {
    const result = steps[position]?.(context) ?? 'next';
    if (result === 'next') continue;
    if (context.trace !== undefined)
      noteRule(rule, context, result === 'mismatch' ? position : undefined, verdictText(result, context));
    return result;
  }
  if (context.trace !== undefined) noteRule(rule, context, undefined, 'continue');
  return 'next';
}

function verdictText(result: StepResult, context: EvaluationContext): string {
  if (typeof result === 'object') return `${result.kind} ${result.chain}`;
  return result === 'nat' ? (context.nat?.type ?? 'nat') : result;
}

function noteRule(rule: CompiledRule, context: EvaluationContext, failedAt: number | undefined, verdict: string): void {
  context.trace?.push({
    kind: 'rule',
    host: context.services.hostName,
    place: rule.place,
    failedAt,
    verdict,
    origins: [...rule.origins, ...(context.element?.origins ?? [])],
    comment: rule.comment,
  });
  context.element = undefined;
}
