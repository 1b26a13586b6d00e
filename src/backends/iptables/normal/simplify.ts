/** The plainest form of each statement for one family of iptables, so that what means the same is written the same. */
import { addressBits } from '../../../net/address.ts';
import { type Expression, meta } from '../../../ruleset/expression.ts';
import type {
  LogStatement,
  MatchStatement,
  NatOperand,
  NatStatement,
  RejectStatement,
  Statement,
} from '../../../ruleset/statement.ts';
import { addressValue, type Interval, integer, prefixValue, type Value } from '../../../ruleset/value.ts';
import { defaultLevel, logFlags } from '../targets/log.ts';
import { plainAssignment } from '../targets/marks.ts';
import { isWholeFamily, prefixOfMask } from '../text/addresses.ts';
import { unmasked } from '../text/format.ts';
import type { IptablesFamily } from '../text/module.ts';
import { maximumMark } from '../text/numbers.ts';

/** No statement (it holds for every packet of the family), or the same said plainly. */
export function simplify(statement: Statement, family: IptablesFamily): readonly Statement[] {
  switch (statement.kind) {
    case 'match':
      return simplifyMatch(statement, family);
    case 'nat':
      return [simplifyNat(statement)];
    case 'reject':
      return [simplifyReject(statement, family)];
    case 'log':
      return [simplifyLog(statement)];
    case 'assign':
      return [plainAssignment(statement)];
    case 'verdict':
      return statement.verdict.kind === 'continue' && family !== 'bridge' ? [] : [statement];
    default:
      return [statement];
  }
}

function simplifyMatch(original: MatchStatement, family: IptablesFamily): readonly Statement[] {
  const statement = withoutBits(withPlainSides(original, family), family);
  if (statement.right.kind !== 'value') return [statement];
  return alwaysHolds(statement, statement.right.value, family) ? [] : [statement];
}

/** Whether every packet that meets rules of this family fulfils it. */
function alwaysHolds({ left, operator }: MatchStatement, value: Value, family: IptablesFamily): boolean {
  if (operator !== '==') return false;
  if (left.kind === 'payload') return left.protocol === family && isWholeFamily(value);
  if (left.kind !== 'meta') return false;
  if (left.key === 'iifname' || left.key === 'oifname') return value.kind === 'name' && value.name === '*';
  if (left.key !== 'nfproto' || value.kind !== 'integer' || family === 'bridge') return false;
  return value.value === (family === 'ip' ? 2 : 10);
}

function withPlainSides(statement: MatchStatement, family: IptablesFamily): MatchStatement {
  const left = plainLeft(statement.left, family);
  if (statement.right.kind === 'set') return withPlainSet({ ...statement, left });
  if (statement.right.kind === 'bits' || statement.right.kind === 'redacted') return { ...statement, left };
  const value = plainValue(statement.right.value, left);
  const { base, mask } = unmasked(left);
  if (mask?.kind === 'address' && value.kind === 'address') {
    const prefix = prefixOfMask(value.address, mask.address);
    if (prefix !== undefined) {
      const plain = plainValue(prefixValue(prefix), base);
      return { ...statement, left: base, right: { kind: 'value', value: plain } };
    }
  }
  if (mask?.kind === 'integer' && mask.value === maximumMark && isMark(base))
    return { ...statement, left: base, right: { kind: 'value', value } };
  return asPresence({ ...statement, left, right: { kind: 'value', value } });
}

/** Presence is compared with 1. */
function asPresence(statement: MatchStatement): MatchStatement {
  const { left, right } = statement;
  const isPresence =
    (left.kind === 'tcp-option' && left.field === undefined) || (left.kind === 'physdev' && left.key.startsWith('is-'));
  if (!isPresence || right.kind !== 'value' || right.value.kind !== 'integer' || right.value.value !== 0)
    return statement;
  return {
    ...statement,
    operator: statement.operator === '==' ? '!=' : '==',
    right: { kind: 'value', value: integer(1) },
  };
}

const isMark = (expression: Expression): boolean =>
  (expression.kind === 'meta' || expression.kind === 'ct') && expression.key === 'mark';

function plainLeft(left: Expression, family: IptablesFamily): Expression {
  if (family === 'ip' && left.kind === 'payload' && left.protocol === 'ip' && left.field === 'protocol')
    return meta('l4proto');
  return left;
}

/** Whether several values in one place are said by an extension of its own, so that a set of one stays a set. */
function isPort(left: Expression): boolean {
  return left.kind === 'payload' && (left.field === 'sport' || left.field === 'dport');
}

function withPlainSet(statement: MatchStatement): MatchStatement {
  const { left, right } = statement;
  if (right.kind !== 'set' || right.set.kind !== 'anonymous') return statement;
  const elements = right.set.elements.map((element) => ({ value: plainValue(element.value, left), origins: [] }));
  const [only] = elements;
  if (only !== undefined && elements.length === 1 && !isPort(left))
    return { ...statement, right: { kind: 'value', value: only.value } };
  return { ...statement, right: { kind: 'set', set: { kind: 'anonymous', elements } } };
}

/** One number for a range of one, one address for a prefix of one; a range of one address stays, it has its own match. */
function plainValue(value: Value, left: Expression): Value {
  if (value.kind === 'concatenation') return value;
  return plainInterval(value, left);
}

function plainInterval(value: Interval, left: Expression): Interval {
  if (value.kind === 'prefix' && value.prefix.length === addressBits(value.prefix.address.family))
    return addressValue(value.prefix.address);
  if (value.kind !== 'range' || value.first.kind !== 'integer' || value.last.kind !== 'integer') return value;
  return value.first.value === value.last.value && left.kind !== 'concat' ? value.first : value;
}

/** Single bits as what the options compare: states keep bits, flags and marks are compared through a mask. */
function withoutBits(statement: MatchStatement, family: IptablesFamily): MatchStatement {
  const { left, operator, right } = statement;
  if (left.kind === 'ct' && left.key === 'state' && right.kind === 'value' && right.value.kind === 'integer')
    return isSingleBit(right.value.value)
      ? { ...statement, right: { kind: 'bits', bits: right.value.value } }
      : statement;
  if (right.kind !== 'bits') return statement;
  const masks: Expression = {
    kind: 'bitwise',
    operation: 'and',
    left,
    right: { kind: 'constant', value: integer(right.bits) },
  };
  const none: MatchStatement['right'] = { kind: 'value', value: integer(0) };
  if (isMark(left) && family !== 'bridge')
    return { kind: 'match', left: masks, operator: operator === '==' ? '!=' : '==', right: none };
  if (left.kind !== 'payload' || left.protocol !== 'tcp' || left.field !== 'flags') return statement;
  return { kind: 'match', left: masks, operator: operator === '==' ? '!=' : '==', right: none };
}

function isSingleBit(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

function plainOperand(operand: NatOperand | undefined): NatOperand | undefined {
  if (operand === undefined) return undefined;
  const value =
    operand.kind === 'expression' && operand.expression.kind === 'constant'
      ? operand.expression.value
      : operand.kind === 'value'
        ? operand.value
        : undefined;
  if (value === undefined) return operand;
  return {
    kind: 'value',
    value: value.kind === 'range' && sameEnds(value) ? value.first : plainValue(value, meta('mark')),
  };
}

function sameEnds(value: Extract<Interval, { kind: 'range' }>): boolean {
  const { first, last } = value;
  if (first.kind === 'address' && last.kind === 'address') return first.address.value === last.address.value;
  return first.kind === 'integer' && last.kind === 'integer' && first.value === last.value;
}

const flagOrder: readonly NatStatement['flags'][number][] = ['random', 'fully-random', 'persistent'];

function simplifyNat(statement: NatStatement): NatStatement {
  return {
    ...statement,
    family: undefined,
    address: plainOperand(statement.address),
    port: plainOperand(statement.port),
    flags: flagOrder.filter((flag) => statement.flags.includes(flag)),
  };
}

/** The codes that icmpx stands for in each family. */
const icmpxCodes: Readonly<Record<string, { readonly ip: string; readonly ip6: string }>> = {
  'no-route': { ip: 'net-unreachable', ip6: 'no-route' },
  'port-unreachable': { ip: 'port-unreachable', ip6: 'port-unreachable' },
  'host-unreachable': { ip: 'host-unreachable', ip6: 'addr-unreachable' },
  'admin-prohibited': { ip: 'admin-prohibited', ip6: 'admin-prohibited' },
};

function simplifyReject(statement: RejectStatement, family: IptablesFamily): RejectStatement {
  if (family === 'bridge' || statement.with === 'tcp-reset') return statement;
  const code = statement.code ?? 'port-unreachable';
  if (statement.with !== 'icmpx') return { ...statement, code };
  const codes = icmpxCodes[code];
  if (codes === undefined) return statement;
  return { kind: 'reject', with: family === 'ip' ? 'icmp' : 'icmpv6', code: codes[family] };
}

function simplifyLog(statement: LogStatement): LogStatement {
  const names = logFlags.map(([, flag]) => flag);
  const all = statement.flags.includes('all');
  const others = statement.flags.filter((flag) => flag !== 'all' && !names.includes(flag));
  return {
    ...statement,
    level: statement.level === defaultLevel ? undefined : statement.level,
    flags: [...names.filter((flag) => all || statement.flags.includes(flag)), ...others],
  };
}
