/** `-m mark` and `-m connmark`. */
import { type ConntrackExpression, ct, type MetaExpression, masked, meta } from '../../../ruleset/expression.ts';
import { integer } from '../../../ruleset/value.ts';
import { comparedValue, formatMasked, integerOf, isMatch, negatable, unmasked } from '../text/format.ts';
import { type MatchModule, matchText, optionTable } from '../text/module.ts';
import { maximumMark, parseMasked } from '../text/numbers.ts';
import { compare } from '../text/statements.ts';

const markModule = (name: string, mark: MetaExpression | ConntrackExpression): MatchModule => ({
  names: [name],
  options: optionTable({ mark: 1 }),
  read: (options) => {
    const option = options[0];
    const parsed = parseMasked(option?.values[0] ?? '', maximumMark);
    if (option === undefined || options.length !== 1 || parsed === undefined) return undefined;
    const left = parsed.mask === maximumMark ? mark : masked(mark, integer(parsed.mask));
    return compare(left, option, integer(parsed.value));
  },
  write: (statement) => {
    if (!isMatch(statement)) return undefined;
    const { base, mask } = unmasked(statement.left);
    if (base.kind !== mark.kind || base.key !== mark.key) return undefined;
    const text = formatMasked(integerOf(comparedValue(statement)), mask);
    if (text === undefined) return undefined;
    return { ...matchText(name, 'mark', negatable(statement, `--mark ${text}`)), alone: true };
  },
});

export const mark = markModule('mark', meta('mark'));
export const connmark = markModule('connmark', ct('mark'));
