/** `limit`: a bucket of `burst` packets that refills at the given rate [144]. Time is the simulation's. */
import type { LimitStatement } from '../../ruleset/statement.ts';
import type { StateLayout } from './state.ts';
import type { Step } from './step.ts';

const unitMilliseconds = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

/** The step of a limit. Two numbers are kept: milliseconds' worth of tokens used up, and when that was true. */
export function compileLimit(statement: LimitStatement, layout: StateLayout): Step {
  const slot = layout.numbers;
  layout.numbers += 2;
  const unit = unitMilliseconds[statement.unit];
  const each = unit / statement.rate;
  const capacity = statement.of === 'packets' ? each * statement.burst : each * (statement.rate + statement.burst);
  const [within, beyond] = statement.over ? (['mismatch', 'next'] as const) : (['next', 'mismatch'] as const);
  return ({ state, services, packet }) => {
    const elapsed = services.now - (state.numbers[slot + 1] ?? 0);
    const used = Math.max(0, (state.numbers[slot] ?? 0) - elapsed);
    const cost = statement.of === 'packets' ? each : each * packet.length();
    state.numbers[slot + 1] = services.now;
    const fits = used + cost <= capacity + 1e-6;
    state.numbers[slot] = fits ? used + cost : used;
    return fits ? within : beyond;
  };
}
