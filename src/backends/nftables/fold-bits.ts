/** One form for chains of operations on marks: the kernel keeps a mask and bits to flip, whatever they were written as. */
import { type BitwiseExpression, constant, type Expression } from '../../ruleset/expression.ts';
import { typeOf } from '../../ruleset/type-of.ts';
import { integer } from '../../ruleset/value.ts';

const allBits = 0xffff_ffff;

/** `(base & mask) ^ flip`, which every chain of and, or and xor with constants is. */
interface Folded {
  readonly base: Expression;
  readonly mask: number;
  readonly flip: number;
}

/** The expression as a mask and bits to flip, where it is a chain of operations with constants on a mark. */
export function foldBits(expression: Expression): Expression {
  const folded = fold(expression);
  if (folded === undefined || typeOf(folded.base)[0] !== 'mark') return expression;
  const masked = folded.mask === allBits ? folded.base : operation('and', folded.base, folded.mask);
  return folded.flip === 0 ? masked : operation('xor', masked, folded.flip);
}

function operation(kind: BitwiseExpression['operation'], left: Expression, bits: number): Expression {
  return { kind: 'bitwise', operation: kind, left, right: constant(integer(bits)) };
}

function fold(expression: Expression): Folded | undefined {
  if (expression.kind !== 'bitwise') return { base: expression, mask: allBits, flip: 0 };
  const { right } = expression;
  const inner = fold(expression.left);
  if (inner === undefined || right.kind !== 'constant' || right.value.kind !== 'integer') return undefined;
  const bits = right.value.value;
  const { base, mask, flip } = inner;
  switch (expression.operation) {
    case 'and':
      return { base, mask: (mask & bits) >>> 0, flip: (flip & bits) >>> 0 };
    case 'or':
      return { base, mask: (mask & ~bits) >>> 0, flip: (flip | bits) >>> 0 };
    case 'xor':
      return { base, mask, flip: (flip ^ bits) >>> 0 };
    default:
      return undefined;
  }
}
