/** Examples of boxes: a point of each axis, found once however many boxes have the same there. */
import { type Point, pointOf } from '../proof/example.ts';
import type { SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import type { Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import { type Axis, axes, type Box, fieldsOf } from './axes.ts';

export class BoxPoints {
  /** What to prefer, beside what examples prefer anyway. */
  readonly wishes: readonly (readonly [Field, Value])[];
  private readonly space: Space;
  private readonly known: Readonly<Record<Axis, Map<SetId, Point['bits']>>> = {
    from: new Map(),
    to: new Map(),
    service: new Map(),
  };

  constructor(space: Space, wishes: readonly (readonly [Field, Value])[]) {
    this.space = space;
    this.wishes = wishes;
  }

  /** The point that the set of a box, which is not empty, has: no axis depends on another. */
  of(box: Box): Point {
    return { space: this.space, bits: new Map(axes.flatMap((axis) => [...this.along(axis, box[axis])])) };
  }

  private along(axis: Axis, set: SetId): Point['bits'] {
    let bits = this.known[axis].get(set);
    if (bits === undefined) {
      const scope = { fields: fieldsOf[axis], marks: axis === 'service' };
      ({ bits } = pointOf(this.space, set, this.wishes, scope));
      this.known[axis].set(set, bits);
    }
    return bits;
  }
}
