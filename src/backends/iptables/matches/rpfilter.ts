/** `-m rpfilter`: whether the way back to the source leads out of the interface that the packet came in by [139]. */
import type { FibExpression } from '../../../ruleset/expression.ts';
import { integer } from '../../../ruleset/value.ts';
import { comparedValue, integerOf, isMatch } from '../text/format.ts';
import { type MatchModule, matchText, optionTable } from '../text/module.ts';

/** `fib saddr . iif oif` is 0 when there is no such route; `--accept-local` has no such form. */
export const rpfilter: MatchModule = {
  names: ['rpfilter'],
  options: optionTable({ loose: 0, validmark: 0, 'accept-local': 0, invert: 0 }),
  read: (options) => {
    const names = new Set(options.map((option) => option.name));
    if (names.has('accept-local') || options.some((option) => option.negated)) return undefined;
    const flags: FibExpression['flags'][number][] = ['saddr'];
    if (names.has('validmark')) flags.push('mark');
    if (!names.has('loose')) flags.push('iif');
    return [
      {
        kind: 'match',
        left: { kind: 'fib', flags, result: 'oif' },
        operator: names.has('invert') ? '==' : '!=',
        right: { kind: 'value', value: integer(0) },
      },
    ];
  },
  write: (statement) => {
    if (!isMatch(statement) || statement.left.kind !== 'fib' || statement.left.result !== 'oif') return undefined;
    const flags = new Set(statement.left.flags);
    if (!flags.has('saddr') || flags.has('daddr') || flags.has('oif')) return undefined;
    if (integerOf(comparedValue(statement)) !== 0) return undefined;
    const words = [
      ...(flags.has('iif') ? [] : ['--loose']),
      ...(flags.has('mark') ? ['--validmark'] : []),
      ...(statement.operator === '==' ? ['--invert'] : []),
    ];
    return { ...matchText('rpfilter', 'rpfilter', words.join(' ')), alone: true };
  },
};
