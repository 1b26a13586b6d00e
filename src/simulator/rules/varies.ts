/** Rules whose result is open: random choices, and values that are not modelled. All their results are explored. */
import type { ConntrackKey, Expression, MetaKey } from '../../ruleset/expression.ts';
import type { Statement } from '../../ruleset/statement.ts';

/** What a packet here never has a known value of. */
const unmodelledMeta: ReadonlySet<MetaKey> = new Set(['cgroup', 'rtclassid', 'random', 'time', 'day', 'hour']);
const unmodelledConntrack: ReadonlySet<ConntrackKey> = new Set(['avgpkt', 'helper', 'label', 'id']);

/** Whether a statement's result is not determined by the packet and what the host remembers. */
export function mayVary(statement: Statement): boolean {
  switch (statement.kind) {
    case 'unknown':
      return statement.effect === 'match';
    case 'match':
      return statement.right.kind === 'redacted' || varies(statement.left);
    case 'vmap':
      return varies(statement.key);
    case 'assign':
      return varies(statement.value);
    case 'nat':
      return (
        (statement.address?.kind === 'expression' && varies(statement.address.expression)) ||
        (statement.port?.kind === 'expression' && varies(statement.port.expression))
      );
    default:
      return false;
  }
}

/** Whether an expression's value is chosen at random, or not modelled for any packet. */
export function varies(expression: Expression): boolean {
  switch (expression.kind) {
    case 'numgen':
      return expression.mode === 'random';
    case 'meta':
      return unmodelledMeta.has(expression.key);
    case 'ct':
      return unmodelledConntrack.has(expression.key);
    case 'jhash':
    case 'symhash':
      return expression.kind === 'symhash' || expression.seed === undefined;
    case 'concat':
      return expression.parts.some(varies);
    case 'bitwise':
      return varies(expression.left) || varies(expression.right);
    case 'map':
      return varies(expression.key);
    default:
      return false;
  }
}
