/** `-m statistic`: every nth packet, or a random share of them [80]. */
import type { NumberGeneratorExpression } from '../../../ruleset/expression.ts';
import type { MatchOperator, Statement } from '../../../ruleset/statement.ts';
import { integer } from '../../../ruleset/value.ts';
import { integerOf, isMatch } from '../text/format.ts';
import { type MatchModule, matchText, type OptionUse, optionTable } from '../text/module.ts';
import { parseNumber } from '../text/numbers.ts';

/** The kernel draws 31 random bits and compares them with the share. */
export const randomModulus = 0x8000_0000;

function generate(mode: 'inc' | 'random', modulus: number): NumberGeneratorExpression {
  return { kind: 'numgen', mode, modulus, offset: 0 };
}

function match(left: NumberGeneratorExpression, operator: MatchOperator, value: number): readonly Statement[] {
  return [{ kind: 'match', left, operator, right: { kind: 'value', value: integer(value) } }];
}

function readNth(every: OptionUse, packet: OptionUse | undefined): readonly Statement[] | undefined {
  const modulus = parseNumber(every.values[0] ?? '', 0xffff_ffff);
  const value = packet === undefined ? 0 : parseNumber(packet.values[0] ?? '', 0xffff_ffff);
  if (modulus === undefined || value === undefined || modulus < 1 || value >= modulus) return undefined;
  return match(generate('inc', modulus), every.negated ? '!=' : '==', value);
}

function readRandom(probability: OptionUse): readonly Statement[] | undefined {
  const text = probability.values[0] ?? '';
  if (!/^(0?\.\d{1,20}|[01](\.\d{0,20})?)$/.test(text)) return undefined;
  const share = Math.round(Number(text) * randomModulus);
  if (share > randomModulus) return undefined;
  return match(generate('random', randomModulus), probability.negated ? '>=' : '<', share);
}

export const statistic: MatchModule = {
  names: ['statistic'],
  options: optionTable({ mode: 1, probability: 1, every: 1, packet: 1 }),
  read: (options) => {
    const byName = new Map(options.map((option) => [option.name, option]));
    if (byName.size !== options.length) return undefined;
    const mode = byName.get('mode')?.values[0];
    const every = byName.get('every');
    const probability = byName.get('probability');
    const packet = byName.get('packet');
    if (mode === 'nth' && every !== undefined && probability === undefined && packet?.negated !== true)
      return readNth(every, packet);
    if (mode === 'random' && probability !== undefined && options.length === 2) return readRandom(probability);
    return undefined;
  },
  write: (statement) => {
    if (!isMatch(statement) || statement.left.kind !== 'numgen' || statement.left.offset !== 0) return undefined;
    const { mode, modulus } = statement.left;
    const value = statement.right.kind === 'value' ? integerOf(statement.right.value) : undefined;
    if (value === undefined) return undefined;
    const text =
      mode === 'inc' ? writeNth(statement.operator, modulus, value) : writeRandom(statement.operator, modulus, value);
    return text === undefined ? undefined : { ...matchText('statistic', 'mode', text), alone: true };
  },
};

function writeNth(operator: MatchOperator, modulus: number, value: number): string | undefined {
  if ((operator !== '==' && operator !== '!=') || value >= modulus || modulus > 0xffff_ffff) return undefined;
  return `--mode nth ${operator === '!=' ? '! ' : ''}--every ${modulus} --packet ${value}`;
}

function writeRandom(operator: MatchOperator, modulus: number, value: number): string | undefined {
  if ((operator !== '<' && operator !== '>=') || modulus !== randomModulus || value > randomModulus) return undefined;
  return `--mode random ${operator === '>=' ? '! ' : ''}--probability ${(value / randomModulus).toFixed(11)}`;
}
