/** Expressions in words. */
import type { Expression } from '../../../ruleset/expression.ts';

/** An expression in words, for what an answer rests on. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'payload':
      return `${expression.protocol} ${expression.field}`;
    case 'raw-payload':
      return `@${expression.base},${expression.offset},${expression.length}`;
    case 'meta':
      return `meta ${expression.key}`;
    case 'ct':
      return `ct ${expression.key}`;
    case 'bitwise':
      return `${describe(expression.left)} ${expression.operation} a value`;
    case 'concat':
      return expression.parts.map(describe).join(' . ');
    case 'physdev':
      return `physdev ${expression.key}`;
    case 'exthdr':
    case 'ip-option':
    case 'tcp-option':
      return `${expression.kind} ${expression.name}`;
    case 'map':
      return `${describe(expression.key)} map`;
    default:
      return expression.kind;
  }
}
