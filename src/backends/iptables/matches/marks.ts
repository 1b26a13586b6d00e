/** `-m mark` and `-m connmark`. */
import { ct, type Expression, masked, meta } from '../../../ruleset/expression.ts';
import { integer } from '../../../ruleset/value.ts';
import { type MatchModule, optionTable } from '../text/module.ts';
import { maximumMark, parseMasked } from '../text/numbers.ts';
import { compare } from '../text/statements.ts';

const markModule = (name: string, mark: Expression): MatchModule => ({
  names: [name],
  options: optionTable({ mark: 1 }),
  read: (options) => {
    const option = options[0];
    const parsed = parseMasked(option?.values[0] ?? '', maximumMark);
    if (option === undefined || options.length !== 1 || parsed === undefined) return undefined;
    const left = parsed.mask === maximumMark ? mark : masked(mark, integer(parsed.mask));
    return compare(left, option, integer(parsed.value));
  },
});

export const mark = markModule('mark', meta('mark'));
export const connmark = markModule('connmark', ct('mark'));
