/** `-m physdev`: the bridge port that a bridged packet came in by or leaves by [98]. */
import type { PhysicalDeviceExpression } from '../../../ruleset/expression.ts';
import { integer } from '../../../ruleset/value.ts';
import { comparedValue, integerOf, isMatch, negatable } from '../text/format.ts';
import { formatInterface, parseInterface } from '../text/interfaces.ts';
import { type MatchModule, matchText, optionTable, readEach } from '../text/module.ts';
import { compare } from '../text/statements.ts';

const device = (key: PhysicalDeviceExpression['key']): PhysicalDeviceExpression => ({ kind: 'physdev', key });

/** The order in which the module lists its options. */
const listed: readonly PhysicalDeviceExpression['key'][] = ['is-in', 'in', 'is-out', 'out', 'is-bridged'];

/** Negated options hold for packets that were not bridged at all, as `! -i` does where there is no interface [141]. */
export const physdev: MatchModule = {
  names: ['physdev'],
  options: optionTable({
    'physdev-in': 1,
    'physdev-out': 1,
    'physdev-is-in': 0,
    'physdev-is-out': 0,
    'physdev-is-bridged': 0,
  }),
  read: (options, context) => {
    if (options.length === 0) return undefined;
    return readEach(
      options,
      {
        'physdev-in': (option) => compare(device('in'), option, parseInterface(option.values[0] ?? '')),
        'physdev-out': (option) => compare(device('out'), option, parseInterface(option.values[0] ?? '')),
        'physdev-is-in': (option) => compare(device('is-in'), option, integer(1)),
        'physdev-is-out': (option) => compare(device('is-out'), option, integer(1)),
        'physdev-is-bridged': (option) => compare(device('is-bridged'), option, integer(1)),
      },
      context,
    );
  },
  write: (statement) => {
    if (!isMatch(statement) || statement.left.kind !== 'physdev') return undefined;
    const { key } = statement.left;
    const value = comparedValue(statement);
    const option = `physdev-${key}`;
    if (key === 'in' || key === 'out') {
      const name = value?.kind === 'name' ? formatInterface(value.name) : undefined;
      return name === undefined
        ? undefined
        : matchText('physdev', option, negatable(statement, `--${option} ${name}`), listed.indexOf(key));
    }
    const number = integerOf(value);
    if (number === undefined || number > 1) return undefined;
    const negated = (statement.operator === '!=') !== (number === 0);
    return matchText('physdev', option, `${negated ? '! ' : ''}--${option}`, listed.indexOf(key));
  },
};
