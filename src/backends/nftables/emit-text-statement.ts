/** Writes statements in nft's language. */
import { formatAddress } from '../../net/address.ts';
import { firstAddress, lastAddress } from '../../net/prefix.ts';
import type { Expression } from '../../ruleset/expression.ts';
import { RulesetError } from '../../ruleset/ruleset-error.ts';
import type {
  AssignStatement,
  LimitStatement,
  LogStatement,
  MatchStatement,
  NatOperand,
  NatStatement,
  RejectStatement,
  SetUpdateStatement,
  Statement,
} from '../../ruleset/statement.ts';
import { flagNames, isFlagType, logFlags } from '../../ruleset/symbols.ts';
import { symbolsOf, typeOf } from '../../ruleset/type-of.ts';
import { asksForRoute, logPrefix } from './emit-json-statement.ts';
import { expressionToText, mapToText, setToText, spellingsOf, verdictToText } from './emit-text-expression.ts';
import { plainSpelling, valueToText } from './emit-text-value.ts';

/** A statement as nft writes it in a rule. Throws RulesetError for what nftables cannot say. */
export function statementToText(statement: Statement): string {
  switch (statement.kind) {
    case 'match':
      return matchToText(statement);
    case 'vmap':
      return `${expressionToText(statement.key)} vmap ${mapToText(statement.map, statement.key)}`;
    case 'verdict':
      return verdictToText(statement.verdict);
    case 'nat':
      return natToText(statement);
    case 'reject':
      return rejectToText(statement);
    case 'assign':
      return assignToText(statement);
    case 'counter':
      return statement.packets === 0 && statement.bytes === 0
        ? 'counter'
        : `counter packets ${statement.packets} bytes ${statement.bytes}`;
    case 'limit':
      return limitToText(statement);
    case 'log':
      return logToText(statement);
    case 'notrack':
      return 'notrack';
    case 'set-update':
      return setUpdateToText(statement);
    case 'unknown':
      throw new RulesetError([`a statement that ctfw does not model cannot be written: ${statement.text}`]);
  }
}

function matchToText(statement: MatchStatement): string {
  const { left, operator, right } = statement;
  const [type] = typeOf(left);
  const flags = type !== undefined && isFlagType(type) && left.kind !== 'bitwise';
  if (right.kind === 'bits') return bitsToText(left, operator === '!=', right.bits, flags);
  const leftText = expressionToText(left);
  const compared = operator === '==' && !flags ? '' : `${operator} `;
  if (right.kind === 'set')
    return `${leftText} ${operator === '==' ? '' : `${operator} `}${setToText(right.set, left)}`;
  if (right.kind === 'redacted') throw new RulesetError([`a blacked-out value cannot be written: ${right.text}`]);
  if (asksForRoute(statement)) return `${leftText} ${operator === '==' ? 'missing' : 'exists'}`;
  return `${leftText} ${compared}${valueToText(right.value, spellingsOf(left))}`;
}

function bitsToText(left: Expression, negated: boolean, bits: number, flags: boolean): string {
  const hexadecimal = `0x${bits.toString(16)}`;
  if (!flags) {
    const inner = expressionToText(left);
    return `${left.kind === 'bitwise' ? `(${inner})` : inner} & ${hexadecimal} ${negated ? '==' : '!='} 0`;
  }
  const table = symbolsOf(left);
  const names = table === undefined ? undefined : flagNames(table, bits);
  return `${expressionToText(left)} ${negated ? '! ' : ''}${names?.join(',') ?? hexadecimal}`;
}

function natToText(statement: NatStatement): string {
  if (statement.shiftBase !== undefined) throw new RulesetError(['nftables cannot shift a range of ports']);
  const { type, family, address, port, flags } = statement;
  const target = [
    ...(address === undefined ? [] : [addressToText(address, port !== undefined)]),
    ...(port === undefined ? [] : [`:${operandToText(port)}`]),
  ].join('');
  return [
    type,
    ...(family === undefined ? [] : [family]),
    ...(target === '' ? [] : ['to', target]),
    ...(flags.length === 0 ? [] : [flags.join(',')]),
  ].join(' ');
}

function operandToText(operand: NatOperand): string {
  return operand.kind === 'expression' ? expressionToText(operand.expression) : valueToText(operand.value, []);
}

/** Before a port nft takes no prefix but the range of it, and IPv6 addresses in brackets. */
function addressToText(operand: NatOperand, beforePort: boolean): string {
  if (!beforePort || operand.kind === 'expression') return operandToText(operand);
  const { value } = operand;
  const bounds =
    value.kind === 'prefix'
      ? [firstAddress(value.prefix), lastAddress(value.prefix)].map(formatAddress)
      : valueToText(value, []).split('-');
  return bounds.map((bound) => (bound.includes(':') ? `[${bound}]` : bound)).join('-');
}

function rejectToText(statement: RejectStatement): string {
  if (statement.with === 'tcp-reset') return 'reject with tcp reset';
  return `reject with ${statement.with} ${statement.code ?? 'port-unreachable'}`;
}

function assignToText({ target, value }: AssignStatement): string {
  const [spelling] = spellingsOf(target);
  return `${expressionToText(target)} set ${expressionToText(value, spelling ?? plainSpelling)}`;
}

function limitToText(statement: LimitStatement): string {
  const { rate, unit, burst, over, of } = statement;
  const rateText = of === 'bytes' ? `${rate} bytes/${unit}` : `${rate}/${unit}`;
  return `limit rate ${over ? 'over ' : ''}${rateText}${burst === 0 ? '' : ` burst ${burst} ${of}`}`;
}

function logToText(statement: LogStatement): string {
  const { prefix, level, group, flags } = statement;
  return [
    'log',
    ...(prefix === undefined ? [] : [`prefix "${logPrefix(prefix)}"`]),
    ...(level === undefined ? [] : [`level ${level}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(logFlags.entries.every(([name]) => flags.includes(name)) ? ['flags all'] : logFlagsToText(flags)),
  ].join(' ');
}

/** `tcp sequence` and `tcp options` are `flags tcp sequence,options`. */
function logFlagsToText(flags: readonly string[]): readonly string[] {
  const tcp = flags.filter((flag) => flag.startsWith('tcp ')).map((flag) => flag.slice('tcp '.length));
  const others = flags.filter((flag) => !flag.startsWith('tcp ')).map((flag) => `flags ${flag}`);
  return [...(tcp.length === 0 ? [] : [`flags tcp ${tcp.join(',')}`]), ...others];
}

function setUpdateToText(statement: SetUpdateStatement): string {
  const timeout = statement.timeout === undefined ? '' : ` timeout ${statement.timeout}s`;
  return `${statement.operation} @${statement.set} { ${expressionToText(statement.key)}${timeout} }`;
}
