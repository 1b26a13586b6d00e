/** Our bit of the packet mark. */
import { masked, meta, withBits } from '../ruleset/expression.ts';
import { type AssignStatement, equals, type Statement } from '../ruleset/statement.ts';
import { integer } from '../ruleset/value.ts';
import type { LowerContext } from './context.ts';

export function hasMark({ options }: LowerContext): Statement {
  return equals(masked(meta('mark'), integer(options.markBit)), integer(options.markBit));
}

export function setMark({ options }: LowerContext): AssignStatement {
  return { kind: 'assign', target: meta('mark'), value: withBits(meta('mark'), integer(options.markBit)) };
}

export function clearMark({ options }: LowerContext): AssignStatement {
  return { kind: 'assign', target: meta('mark'), value: masked(meta('mark'), integer(~options.markBit >>> 0)) };
}
