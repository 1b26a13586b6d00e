/** `-m icmp` and `-m icmp6`: types and codes. */
import { concat, type Expression, payload } from '../../../ruleset/expression.ts';
import type { MatchStatement, Statement } from '../../../ruleset/statement.ts';
import { concatenation, integer, rangeValue } from '../../../ruleset/value.ts';
import { comparedValue, formatNumberRange, integerOf, isMatch, negatable } from '../text/format.ts';
import { type MatchModule, matchText, type OptionUse, optionTable } from '../text/module.ts';
import { parseNumber } from '../text/numbers.ts';
import { compare } from '../text/statements.ts';
import { icmpTypeNames, icmpv6TypeNames } from './icmp-names.ts';

interface TypeAndCode {
  readonly type: number;
  readonly code: number | undefined;
}

function parseType(text: string, names: ReadonlyMap<string, TypeAndCode>): TypeAndCode | undefined {
  const named = names.get(text.toLowerCase());
  if (named !== undefined) return named;
  const slash = text.indexOf('/');
  const type = parseNumber(slash === -1 ? text : text.slice(0, slash), 255);
  if (type === undefined) return undefined;
  if (slash === -1) return { type, code: undefined };
  const code = parseNumber(text.slice(slash + 1), 255);
  return code === undefined ? undefined : { type, code };
}

type Header = 'icmp' | 'icmpv6';

/** Any type: the header has to be there, which later fragments do not have [143]. */
function anyType(header: Header): readonly Statement[] {
  const whole = rangeValue(integer(0), integer(255));
  return [{ kind: 'match', left: payload(header, 'type'), operator: '==', right: { kind: 'value', value: whole } }];
}

function readType(
  header: Header,
  option: OptionUse,
  names: ReadonlyMap<string, TypeAndCode>,
): readonly Statement[] | undefined {
  const text = option.values[0] ?? '';
  if (header === 'icmp' && text.toLowerCase() === 'any') return option.negated ? undefined : anyType(header);
  const parsed = parseType(text, names);
  if (parsed === undefined) return undefined;
  const { type, code } = parsed;
  if (code === undefined) return compare(payload(header, 'type'), option, integer(type));
  if (option.negated)
    return compare(
      concat(payload(header, 'type'), payload(header, 'code')),
      option,
      concatenation(integer(type), integer(code)),
    );
  const typeMatch = compare(payload(header, 'type'), option, integer(type)) ?? [];
  const codeMatch = compare(payload(header, 'code'), option, integer(code)) ?? [];
  return [...typeMatch, ...codeMatch];
}

interface TypeText {
  readonly type: string;
  readonly statements: number;
}

function isField(header: Header, expression: Expression, field: string): boolean {
  return expression.kind === 'payload' && expression.protocol === header && expression.field === field;
}

/** `type == T` with `code == C` behind it, `type == T`, the pair for negation, or all types. */
function writeType(header: Header, statement: MatchStatement, next: Statement | undefined): TypeText | undefined {
  const value = comparedValue(statement);
  if (isField(header, statement.left, 'type')) {
    const type = integerOf(value);
    if (type === undefined) {
      const whole = header === 'icmp' && statement.operator === '==' && formatNumberRange(value, ':') === '0:255';
      return whole ? { type: 'any', statements: 1 } : undefined;
    }
    const code = codeOf(header, statement, next);
    return code === undefined ? { type: `${type}`, statements: 1 } : { type: `${type}/${code}`, statements: 2 };
  }
  if (statement.left.kind !== 'concat' || statement.operator !== '!=' || value?.kind !== 'concatenation')
    return undefined;
  const [typeField, codeField, ...others] = statement.left.parts;
  const [type, code] = value.parts.map(integerOf);
  if (typeField === undefined || codeField === undefined || others.length > 0) return undefined;
  if (!isField(header, typeField, 'type') || !isField(header, codeField, 'code')) return undefined;
  return type === undefined || code === undefined ? undefined : { type: `${type}/${code}`, statements: 1 };
}

function codeOf(header: Header, statement: MatchStatement, next: Statement | undefined): number | undefined {
  if (statement.operator !== '==' || !isMatch(next) || next.operator !== '==') return undefined;
  return isField(header, next.left, 'code') ? integerOf(comparedValue(next)) : undefined;
}

function icmpModule(
  names: readonly string[],
  header: Header,
  protocol: number,
  optionName: string,
  typeNames: ReadonlyMap<string, TypeAndCode>,
): MatchModule {
  return {
    names,
    options: optionTable({ [optionName]: 1 }),
    read: (options, context) => {
      if (context.protocol !== protocol || options.length > 1) return undefined;
      const option = options[0];
      return option === undefined ? anyType(header) : readType(header, option, typeNames);
    },
    write: (statement, next, context) => {
      if (!isMatch(statement) || context.protocol !== protocol) return undefined;
      const text = writeType(header, statement, next);
      if (text === undefined) return undefined;
      const module = header === 'icmp' ? 'icmp' : 'icmp6';
      return {
        ...matchText(module, optionName, negatable(statement, `--${optionName} ${text.type}`)),
        statements: text.statements,
        alone: true,
      };
    },
  };
}

export const icmp = icmpModule(['icmp'], 'icmp', 1, 'icmp-type', icmpTypeNames);
export const icmpv6 = icmpModule(['icmp6', 'icmpv6'], 'icmpv6', 58, 'icmpv6-type', icmpv6TypeNames);
