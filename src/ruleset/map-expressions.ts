/** Changes or visits every expression of a statement. */
import type { Expression } from './expression.ts';
import type { NatOperand, Statement } from './statement.ts';

export type ExpressionChange = (expression: Expression) => Expression;

/** A statement with each of its expressions changed, the outer ones before those in them. */
export function mapExpressions(statement: Statement, change: ExpressionChange): Statement {
  switch (statement.kind) {
    case 'match':
      return { ...statement, left: mapExpression(statement.left, change) };
    case 'vmap':
    case 'set-update':
      return { ...statement, key: mapExpression(statement.key, change) };
    case 'assign':
      return {
        ...statement,
        target: mapExpression(statement.target, change),
        value: mapExpression(statement.value, change),
      };
    case 'nat':
      return {
        ...statement,
        address: mapOperand(statement.address, change),
        port: mapOperand(statement.port, change),
      };
    case 'verdict':
    case 'reject':
    case 'counter':
    case 'limit':
    case 'log':
    case 'notrack':
    case 'unknown':
      return statement;
  }
}

function mapOperand(operand: NatOperand | undefined, change: ExpressionChange): NatOperand | undefined {
  return operand?.kind === 'expression'
    ? { kind: 'expression', expression: mapExpression(operand.expression, change) }
    : operand;
}

function mapExpression(expression: Expression, change: ExpressionChange): Expression {
  const changed = change(expression);
  switch (changed.kind) {
    case 'concat':
      return { ...changed, parts: changed.parts.map((part) => mapExpression(part, change)) };
    case 'bitwise':
      return { ...changed, left: mapExpression(changed.left, change), right: mapExpression(changed.right, change) };
    case 'map':
      return { ...changed, key: mapExpression(changed.key, change) };
    case 'jhash':
    case 'symhash':
      return changed.expression === undefined
        ? changed
        : { ...changed, expression: mapExpression(changed.expression, change) };
    default:
      return changed;
  }
}

/** All expressions of a statement, the outer ones first. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  const found: Expression[] = [];
  mapExpressions(statement, (expression) => {
    found.push(expression);
    return expression;
  });
  return found;
}
