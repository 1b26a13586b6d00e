/** The plan that a generation was applied by, as its folder keeps it. */
import type { StateFiles } from '../state/files.ts';
import { readGeneration, sumOf } from '../state/generations.ts';
import type { Plan } from './plan.ts';
import { parsePlan } from './plan-file.ts';

/** With its emitted files; undefined where the generation is not there, or damaged. */
export function keptPlan(files: StateFiles, generation: number): Plan | undefined {
  const text = generation === 0 ? undefined : files.read(`generations/${generation}/plan.json`);
  const reading = text === undefined ? undefined : parsePlan(text);
  const held = readGeneration(files, generation);
  if (reading?.kind !== 'plan' || text === undefined || held === undefined) return undefined;
  if (held.meta.plan !== undefined && held.meta.plan !== sumOf(text)) return undefined;
  return { ...reading.plan, artifact: held.artifact };
}
