/** `-m limit`. */
import type { LimitStatement } from '../../../ruleset/statement.ts';
import { type MatchModule, matchText, optionTable } from '../text/module.ts';
import { parseNumber } from '../text/numbers.ts';

const units: readonly LimitStatement['unit'][] = ['second', 'minute', 'hour', 'day'];

/** iptables' own burst when none is given [144]. */
export const defaultBurst = 5;

/** `3/min`: a number and a unit, of which any beginning will do; without a unit it is a second. */
export function parseRate(text: string): Pick<LimitStatement, 'rate' | 'unit'> | undefined {
  const slash = text.indexOf('/');
  const rate = parseNumber(slash === -1 ? text : text.slice(0, slash), 10_000_000);
  const unitText = slash === -1 ? 'second' : text.slice(slash + 1).toLowerCase();
  const unit = unitText === '' ? undefined : units.find((name) => name.startsWith(unitText));
  return rate === undefined || rate === 0 || unit === undefined ? undefined : { rate, unit };
}

export const limit: MatchModule = {
  names: ['limit'],
  options: optionTable({ limit: 1, 'limit-burst': 1 }),
  read: (options) => {
    const rateText = options.find((option) => option.name === 'limit')?.values[0];
    const burstText = options.find((option) => option.name === 'limit-burst')?.values[0];
    const rate = rateText === undefined ? ({ rate: 3, unit: 'hour' } as const) : parseRate(rateText);
    const burst = burstText === undefined ? defaultBurst : parseNumber(burstText, 10_000);
    if (rate === undefined || burst === undefined || options.length > 2) return undefined;
    if (options.some((option) => option.negated)) return undefined;
    return [{ kind: 'limit', rate: rate.rate, unit: rate.unit, burst, over: false, of: 'packets' }];
  },
  write: (statement) => {
    if (statement.kind !== 'limit') return undefined;
    const text = formatLimit(statement);
    return text === undefined ? undefined : { ...matchText('limit', 'limit', text), alone: true };
  },
};

/** How finely xt_limit counts: ten thousandths of a second. */
const scale = 10_000;
const seconds: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/**
 * `--limit RATE/UNIT --limit-burst N`, when the kernel can keep exactly this: packets, not over, and a rate that its clock
 * can tell from its neighbours, so that it lists the same rate again. iptables-legacy besides refuses to load a limit whose
 * burst takes longer than about a day and a half to fill.
 */
export function formatLimit(statement: LimitStatement): string | undefined {
  const { rate, unit, burst, over, of } = statement;
  const length = seconds[unit];
  if (length === undefined || over || of !== 'packets' || burst < 1 || burst > 10_000) return undefined;
  const interval = Math.floor((scale * length) / rate);
  if (interval < 1 || interval > 0xffff_ffff) return undefined;
  const burstText = burst === defaultBurst ? '' : ` --limit-burst ${burst}`;
  return `--limit ${rate}/${unit === 'second' ? 'sec' : unit === 'minute' ? 'min' : unit}${burstText}`;
}
