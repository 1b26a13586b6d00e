/** Plans as files: JSON with addresses as text, refused where they are of another format. */
import { formatAddress, parseAddress } from '../../net/address.ts';
import { type Plan, planFormatVersion } from './plan.ts';
import { planProblem } from './plan-shape.ts';

export function formatPlan(plan: Plan): string {
  const stored = { ...plan, prepared: undefined, judge: undefined };
  return `${JSON.stringify(stored, (_, value) => (isAddress(value) ? formatAddress(value) : value), 1)}\n`;
}

export type PlanReading =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'no-plan'; readonly why: string };

/** Reads a plan that `formatPlan` wrote. */
export function parsePlan(text: string): PlanReading {
  let json: unknown;
  try {
    json = JSON.parse(text, (key, value) =>
      addressKeys.has(key) && typeof value === 'string' ? readAddress(value) : value,
    );
  } catch {
    return { kind: 'no-plan', why: 'it is not JSON' };
  }
  if (typeof json !== 'object' || json === null || !('formatVersion' in json) || !('artifact' in json))
    return { kind: 'no-plan', why: 'it is not a plan' };
  if (json.formatVersion !== planFormatVersion)
    return {
      kind: 'no-plan',
      why: `it has the format ${String(json.formatVersion)}, which this version does not know: plan again`,
    };
  const problem = planProblem(json);
  if (problem !== undefined) return { kind: 'no-plan', why: `its \`${problem}\` is not what a plan has there` };
  return { kind: 'plan', plan: { ...(json as Plan), prepared: undefined, judge: undefined } };
}

/** Whether a text looks like a plan rather than like a policy. */
export function looksLikePlan(text: string): boolean {
  return text.trimStart().startsWith('{') && text.includes('"formatVersion"');
}

const addressKeys: ReadonlySet<string> = new Set(['source', 'destination']);

function readAddress(text: string): unknown {
  return parseAddress(text) ?? text;
}

function isAddress(value: unknown): value is Parameters<typeof formatAddress>[0] {
  return (
    typeof value === 'object' &&
    value !== null &&
    'family' in value &&
    'value' in value &&
    typeof value.value === 'bigint'
  );
}
