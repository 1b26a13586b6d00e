/** Compiles NAT statements into requests: what they want translated, the hook carries out. */
import type { NatOperand, NatStatement } from '../../ruleset/statement.ts';
import type { AddressDatum, Datum } from '../packet/datum.ts';
import { type EvaluationContext, unknownValue } from './context.ts';
import { compileParts } from './expressions.ts';
import { compileKey } from './keys.ts';
import { compileMap, type Limits, limitsOf, noLimits } from './maps.ts';
import { type StatementScope, type Step, stop } from './step.ts';

/** One interval, or two where a map's data is address and port. */
type OperandReader = (context: EvaluationContext) => Limits | undefined | typeof unknownValue;

/** The step of a NAT statement. */
export function compileNat(statement: NatStatement, scope: StatementScope): Step {
  const address = compileOperand(statement.address, scope);
  const port = compileOperand(statement.port, scope);
  const random = statement.flags.includes('random') || statement.flags.includes('fully-random');
  const persistent = statement.flags.includes('persistent');
  return (context) => {
    const addresses = address(context);
    const ports = port(context);
    if (addresses === undefined || ports === undefined) return 'mismatch';
    const isIpv4 = context.packet.family === 'ipv4';
    if (statement.family !== undefined && (statement.family === 'ip') !== isIpv4) return 'mismatch'; // [86], after counting [154]
    if (addresses === unknownValue || ports === unknownValue)
      return stop(context, `the target of ${statement.type} is not modelled`);
    const portRange = statement.port === undefined ? addresses.next : ports;
    context.nat = {
      type: statement.type,
      firstAddress: addressOf(addresses.first),
      lastAddress: addressOf(addresses.last),
      firstPort: portOf(portRange?.first),
      lastPort: portOf(portRange?.last),
      shiftBase: statement.shiftBase,
      random,
      persistent,
    };
    return 'nat';
  };
}

function compileOperand(operand: NatOperand | undefined, scope: StatementScope): OperandReader {
  if (operand === undefined) return () => noLimits;
  if (operand.kind === 'value') {
    const limits = limitsOf(operand.value);
    return () => limits;
  }
  const { expression } = operand;
  if (expression.kind !== 'map') {
    const key = compileKey(compileParts(expression, scope.expressions));
    return (context) => {
      const values = key(context);
      if (values === undefined || values === unknownValue) return values;
      let limits: Limits | undefined;
      for (let index = values.length - 1; index >= 0; index--) {
        const value = values[index] ?? '';
        limits = { first: value, last: value, next: limits };
      }
      return limits;
    };
  }
  const map = compileMap(expression.map, scope.collections);
  const key = compileKey(compileParts(expression.key, { ...scope.expressions, byIndex: map.keyedByIndex }));
  return (context) => {
    const values = key(context);
    if (values === undefined || values === unknownValue) return values;
    const found = map.findLimits(values);
    if (found === undefined) return undefined; // a miss leaves the rule unmatched [79]
    context.element = found.element;
    return found.first === '' ? unknownValue : found; // a verdict is no target
  };
}

function addressOf(value: Datum): AddressDatum | undefined {
  return typeof value === 'string' ? undefined : value;
}

function portOf(value: Datum | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
