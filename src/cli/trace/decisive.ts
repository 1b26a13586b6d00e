/** Which rule decided, and the policy lines that it, or the rules that led to it, come from. */
import type { SimulatedWay } from '../../expectations/simulated/judged-way.ts';
import type { RulePlace, TraceStep } from '../../simulator/trace/trace.ts';
import type { Origin } from '../../source/span.ts';

export type RuleStep = Extract<TraceStep, { kind: 'rule' }>;

/** Verdicts that decide something; the rest lead from chain to chain. */
const deciding: ReadonlySet<string> = new Set([
  ...['accept', 'drop', 'reject', 'unknown'],
  ...['dnat', 'snat', 'masquerade', 'redirect'],
]);

export function isDeciding({ verdict, failedAt }: RuleStep): boolean {
  return failedAt === undefined && deciding.has(verdict);
}

/** The origins of every rule that matched: its own, else those of the jump that led into its chain. */
export function originsOf(steps: readonly TraceStep[]): ReadonlyMap<RuleStep, readonly Origin[]> {
  const origins = new Map<RuleStep, readonly Origin[]>();
  let leading = new Map<string, readonly Origin[]>();
  for (const step of steps) {
    if (step.kind === 'hook') leading = new Map();
    if (step.kind !== 'rule' || step.failedAt !== undefined) continue;
    const own = step.origins.length > 0 ? step.origins : (leading.get(step.place.chain) ?? []);
    origins.set(step, own);
    const target = /^(?:jump|goto) (.+)$/.exec(step.verdict)?.[1];
    if (target !== undefined && own.length > 0) leading.set(target, own);
  }
  return origins;
}

/** Where it is decided whether a packet may pass. */
const passing: ReadonlySet<string> = new Set(['input', 'forward', 'output']);

/** The rule that ended the packet, or that let it pass where passing is decided; one that translates, where none did. */
export function decisiveStep({ steps, verdict, place }: SimulatedWay): RuleStep | undefined {
  let hook = '';
  let decisive: RuleStep | undefined;
  for (const step of steps) {
    if (step.kind === 'hook') hook = step.family === 'bridge' ? '' : step.hook;
    if (step.kind !== 'rule' || !isDeciding(step)) continue;
    const passes = step.verdict === 'accept' && passing.has(hook) && step.place.family !== 'bridge';
    const isDecision = verdict === 'allowed' ? passes : isSamePlace(step.place, place);
    if (isDecision || (verdict === 'allowed' && decisive === undefined && step.verdict === 'dnat')) decisive = step;
  }
  return decisive;
}

function isSamePlace(left: RulePlace, right: RulePlace | undefined): boolean {
  return (
    right !== undefined &&
    left.family === right.family &&
    left.table === right.table &&
    left.chain === right.chain &&
    left.index === right.index
  );
}

/** A place in words: `inet ctfw forward rule 3`. */
export function placeText({ engine, family, table, chain, index }: RulePlace): string {
  const what = index === undefined ? 'policy' : `rule ${index + 1}`;
  return `${engine === 'nftables' ? '' : `${engine} `}${family} ${table} ${chain} ${what}`;
}
