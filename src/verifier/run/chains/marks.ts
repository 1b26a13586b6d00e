/** What rules do to the mark of packets. */
import type { Expression } from '../../../ruleset/expression.ts';
import type { AssignStatement } from '../../../ruleset/statement.ts';
import type { SetId } from '../../sets/diagrams.ts';
import type { Space } from '../../space/space.ts';

/** The mark afterwards is `mark & keep ^ flip`. */
export interface MarkChange {
  readonly keep: number;
  readonly flip: number;
}

export const markKept: MarkChange = { keep: 0xffff_ffff, flip: 0 };

/** One change after another, as one. */
export function bothChanges(first: MarkChange, second: MarkChange): MarkChange {
  return { keep: (first.keep & second.keep) >>> 0, flip: ((first.flip & second.keep) ^ second.flip) >>> 0 };
}

/** Connection marks and priorities change no verdict unless something reads them, which is then not modelled. */
export function changesMark({ target }: AssignStatement): boolean {
  return target.kind === 'meta' && target.key === 'mark';
}

/** What an assignment does to a mark; undefined where it depends on something else. */
export function markChange(value: Expression): MarkChange | undefined {
  if (value.kind === 'meta') return value.key === 'mark' ? markKept : undefined;
  if (value.kind === 'constant')
    return value.value.kind === 'integer' ? { keep: 0, flip: value.value.value } : undefined;
  if (value.kind !== 'bitwise' || value.right.kind !== 'constant' || value.right.value.kind !== 'integer')
    return undefined;
  const left = markChange(value.left);
  if (left === undefined) return undefined;
  const constant = value.right.value.value;
  switch (value.operation) {
    case 'and':
      return { keep: (left.keep & constant) >>> 0, flip: (left.flip & constant) >>> 0 };
    case 'or':
      return { keep: (left.keep & ~constant) >>> 0, flip: ((left.flip & ~constant) | constant) >>> 0 };
    case 'xor':
      return { keep: left.keep, flip: (left.flip ^ constant) >>> 0 };
    default:
      return undefined;
  }
}

/** Packets after an assignment; `place` tells apart what is not known of it. */
export function assigned(space: Space, statement: AssignStatement, packets: SetId, place: string): SetId {
  if (!changesMark(statement)) return packets;
  const change = markChange(statement.value);
  if (change !== undefined) return changedMark(space, packets, change);
  const { diagrams } = space;
  let result = packets;
  for (const [bit, { current }] of space.markLevels) {
    const forgotten = withoutBit(space, result, current);
    const holds = space.choice(`${place}: bit ${bit} of the mark`);
    const one = diagrams.intersect(holds, space.bit(current));
    const other = diagrams.subtract(diagrams.complement(space.bit(current)), holds);
    result = space.settled(diagrams.intersect(forgotten, diagrams.unite(one, other)));
  }
  return result;
}

/** Packets after their marks have been changed. */
export function changedMark(space: Space, packets: SetId, { keep, flip }: MarkChange): SetId {
  let result = packets;
  for (const [bit, { current }] of space.markLevels) {
    const keeps = ((keep >>> bit) & 1) === 1;
    const flips = ((flip >>> bit) & 1) === 1;
    if (!keeps) result = withBit(space, result, current, flips);
    else if (flips) result = withFlippedBit(space, result, current);
  }
  return result;
}

/** Packets that have one bit set, or cleared, whatever it was. */
export function withBit(space: Space, packets: SetId, level: number, value: boolean): SetId {
  const { diagrams } = space;
  const bit = space.bit(level);
  return diagrams.intersect(withoutBit(space, packets, level), value ? bit : diagrams.complement(bit));
}

function withFlippedBit(space: Space, packets: SetId, level: number): SetId {
  const { diagrams } = space;
  const bit = space.bit(level);
  const ones = withBit(space, diagrams.intersect(packets, bit), level, false);
  const zeros = withBit(space, diagrams.subtract(packets, bit), level, true);
  return diagrams.unite(ones, zeros);
}

function withoutBit({ diagrams }: Space, packets: SetId, level: number): SetId {
  return diagrams.project(packets, diagrams.mask([level]));
}
