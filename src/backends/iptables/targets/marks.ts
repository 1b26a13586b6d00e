/** `-j MARK` and `-j CONNMARK`: new marks from old ones. */
import { type BitwiseExpression, ct, type Expression, meta } from '../../../ruleset/expression.ts';
import type { AssignStatement } from '../../../ruleset/statement.ts';
import { integer } from '../../../ruleset/value.ts';
import { type OptionUse, optionTable, type TargetModule } from '../text/module.ts';
import { formatHex, maximumMark, parseMasked, parseNumber } from '../text/numbers.ts';

const invert = (mask: number): number => (~mask & maximumMark) >>> 0;
const join = (left: number, right: number): number => (left | right) >>> 0;

const bitwise = (
  operation: BitwiseExpression['operation'],
  left: Expression,
  right: Expression,
): BitwiseExpression => ({
  kind: 'bitwise',
  operation,
  left,
  right,
});
const number = (value: number): Expression => ({ kind: 'constant', value: integer(value) });

/**
 * `(mark & ~mask) ^ value` in its plainest form: a constant, `mark | v`, `mark & m`, `mark & m | v` when the value lies in
 * the mask, and the general form otherwise.
 */
export function changedMark(mark: Expression, value: number, mask: number): Expression {
  if (mask === maximumMark) return number(value);
  if (mask === 0) return bitwise('xor', mark, number(value));
  const kept = number(invert(mask));
  if ((value & invert(mask)) !== 0) return bitwise('xor', bitwise('and', mark, kept), number(value));
  if (value === mask) return bitwise('or', mark, number(value));
  if (value === 0) return bitwise('and', mark, kept);
  return bitwise('or', bitwise('and', mark, kept), number(value));
}

/** `(to & ~clear) ^ (from & take)`; as `|` where the bits cannot meet. */
export function copiedMark(to: Expression, clear: number, from: Expression, take: number): Expression {
  const taken = take === maximumMark ? from : bitwise('and', from, number(take));
  if (clear === maximumMark) return taken;
  const kept = clear === 0 ? to : bitwise('and', to, number(invert(clear)));
  const disjoint = (take & invert(clear)) === 0;
  return bitwise(disjoint ? 'or' : 'xor', kept, taken);
}

const assign = (target: Expression, value: Expression): readonly AssignStatement[] => [
  { kind: 'assign', target, value },
];

/** The set operations that both targets share. */
function readSet(target: Expression, option: OptionUse): readonly AssignStatement[] | undefined {
  const text = option.values[0] ?? '';
  const masked = parseMasked(text, maximumMark);
  const plain = parseNumber(text, maximumMark);
  if (option.name === 'set-xmark' && masked !== undefined)
    return assign(target, changedMark(target, masked.value, masked.mask));
  if (option.name === 'set-mark' && masked !== undefined)
    return assign(target, changedMark(target, masked.value, join(masked.value, masked.mask)));
  if (option.name === 'and-mark' && plain !== undefined) return assign(target, changedMark(target, 0, invert(plain)));
  if (option.name === 'or-mark' && plain !== undefined) return assign(target, changedMark(target, plain, plain));
  if (option.name === 'xor-mark' && plain !== undefined) return assign(target, changedMark(target, plain, 0));
  return undefined;
}

const setOptions = { 'set-xmark': 1, 'set-mark': 1, 'and-mark': 1, 'or-mark': 1, 'xor-mark': 1 };

export const mark: TargetModule = {
  names: ['MARK'],
  options: optionTable(setOptions),
  read: (options) => {
    const option = options[0];
    if (option === undefined || options.length !== 1 || option.negated) return undefined;
    return readSet(meta('mark'), option);
  },
  write: (statement) => {
    const change = statement.kind === 'assign' ? setChange(statement, 'meta') : undefined;
    return change === undefined ? undefined : `MARK --set-xmark ${formatHex(change.value)}/${formatHex(change.mask)}`;
  },
};

function readCopy(options: readonly OptionUse[]): readonly AssignStatement[] | undefined {
  const masks = new Map<string, number>();
  for (const option of options) {
    if (option.name === 'save-mark' || option.name === 'restore-mark') continue;
    const mask = parseNumber(option.values[0] ?? '', maximumMark);
    if (mask === undefined) return undefined;
    masks.set(option.name, mask);
  }
  const both = masks.get('mask') ?? maximumMark;
  const packetMask = masks.get('nfmask') ?? both;
  const connectionMask = masks.get('ctmask') ?? both;
  if (options.some((option) => option.name === 'save-mark'))
    return assign(ct('mark'), copiedMark(ct('mark'), connectionMask, meta('mark'), packetMask));
  return assign(meta('mark'), copiedMark(meta('mark'), packetMask, ct('mark'), connectionMask));
}

export const connmark: TargetModule = {
  names: ['CONNMARK'],
  options: optionTable({ ...setOptions, 'save-mark': 0, 'restore-mark': 0, mask: 1, nfmask: 1, ctmask: 1 }),
  read: (options) => {
    const first = options[0];
    if (first === undefined || options.some((option) => option.negated)) return undefined;
    const copies = options.filter((option) => option.name === 'save-mark' || option.name === 'restore-mark');
    const sets = options.filter((option) => option.name in setOptions);
    if (copies.length === 1 && sets.length === 0) return readCopy(options);
    return options.length === 1 ? readSet(ct('mark'), first) : undefined;
  },
  write: (statement) => {
    if (statement.kind !== 'assign') return undefined;
    const change = setChange(statement, 'ct');
    if (change !== undefined) return `CONNMARK --set-xmark ${formatHex(change.value)}/${formatHex(change.mask)}`;
    return writeCopy(statement);
  },
};

interface MarkChange {
  readonly value: number;
  readonly mask: number;
}

const isMark = (expression: Expression, kind: 'meta' | 'ct'): boolean =>
  expression.kind === kind && expression.key === 'mark';

function constantOf(expression: Expression): number | undefined {
  return expression.kind === 'constant' && expression.value.kind === 'integer' ? expression.value.value : undefined;
}

/** An assignment to a mark as `(mark & ~mask) ^ value`; undefined for anything that is not of that form. */
export function setChange(statement: AssignStatement, kind: 'meta' | 'ct'): MarkChange | undefined {
  return isMark(statement.target, kind) ? changeOf(statement.value, kind) : undefined;
}

function changeOf(expression: Expression, kind: 'meta' | 'ct'): MarkChange | undefined {
  const constant = constantOf(expression);
  if (constant !== undefined) return { value: constant, mask: maximumMark };
  if (isMark(expression, kind)) return { value: 0, mask: 0 };
  if (expression.kind !== 'bitwise') return undefined;
  const inner = changeOf(expression.left, kind);
  const bits = constantOf(expression.right);
  if (inner === undefined || bits === undefined) return undefined;
  const { value, mask } = inner;
  switch (expression.operation) {
    case 'and':
      return { value: (value & bits) >>> 0, mask: join(mask, invert(bits)) };
    case 'or':
      return { value: join(value, bits), mask: join(mask, bits) };
    case 'xor':
      return { value: (value ^ bits) >>> 0, mask };
    default:
      return undefined;
  }
}

/** One side of a copy: a mark through a mask. */
function maskedMark(expression: Expression, kind: 'meta' | 'ct'): number | undefined {
  if (isMark(expression, kind)) return maximumMark;
  if (expression.kind !== 'bitwise' || expression.operation !== 'and' || !isMark(expression.left, kind))
    return undefined;
  return constantOf(expression.right);
}

interface MarkCopy {
  readonly to: 'meta' | 'ct';
  /** Bits of the target that are cleared, and bits that are taken from the other mark. */
  readonly clear: number;
  readonly take: number;
}

/** An assignment from the other mark, `(to & ~clear) ^ (from & take)`: the inverse of {@link copiedMark}. */
function copyOf(statement: AssignStatement): MarkCopy | undefined {
  const to = isMark(statement.target, 'ct') ? 'ct' : 'meta';
  if (!isMark(statement.target, to)) return undefined;
  const { value } = statement;
  const joined =
    value.kind === 'bitwise' && (value.operation === 'or' || value.operation === 'xor') ? value : undefined;
  const kept = joined === undefined ? 0 : maskedMark(joined.left, to);
  const take = maskedMark(joined === undefined ? value : joined.right, to === 'ct' ? 'meta' : 'ct');
  if (kept === undefined || take === undefined) return undefined;
  return joined?.operation === 'or' && (kept & take) !== 0 ? undefined : { to, clear: invert(kept), take };
}

/** A change of a mark in its plainest form; as it is when iptables has no such change. */
export function plainAssignment(statement: AssignStatement): AssignStatement {
  const { target } = statement;
  const change = setChange(statement, target.kind === 'ct' ? 'ct' : 'meta');
  if (change !== undefined) return { ...statement, value: changedMark(target, change.value, change.mask) };
  const copy = copyOf(statement);
  if (copy === undefined) return statement;
  const from = copy.to === 'ct' ? meta('mark') : ct('mark');
  return { ...statement, value: copiedMark(target, copy.clear, from, copy.take) };
}

function writeCopy(statement: AssignStatement): string | undefined {
  const copy = copyOf(statement);
  if (copy === undefined) return undefined;
  const [packetMask, connectionMask] = copy.to === 'ct' ? [copy.take, copy.clear] : [copy.clear, copy.take];
  const option = copy.to === 'ct' ? '--save-mark' : '--restore-mark';
  return `CONNMARK ${option} --nfmask ${formatHex(packetMask)} --ctmask ${formatHex(connectionMask)}`;
}
