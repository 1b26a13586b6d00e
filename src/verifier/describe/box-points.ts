/** Examples of boxes: what each axis has of them is found once, however many boxes have the same there. */
import { type ExamplePacket, packetAt, pointOf, restsOn } from '../proof/example.ts';
import { frameAddress } from '../proof/link-layer.ts';
import type { SetId } from '../sets/diagrams.ts';
import type { Value } from '../sets/partition.ts';
import type { Field } from '../space/fields.ts';
import type { Space } from '../space/space.ts';
import { type Axis, type Box, fieldsOf } from './axes.ts';

/** A packet, and what is not modelled and decides about it. */
export interface Example {
  readonly packet: ExamplePacket;
  readonly restsOn: readonly string[];
}

export class BoxPoints {
  private readonly space: Space;
  private readonly wishes: readonly (readonly [Field, Value])[];
  private readonly known: Readonly<Record<Axis, Map<SetId, Example>>> = {
    from: new Map(),
    to: new Map(),
    service: new Map(),
  };

  /** `wishes`: what to prefer, beside what examples prefer anyway. */
  constructor(space: Space, wishes: readonly (readonly [Field, Value])[]) {
    this.space = space;
    this.wishes = wishes;
  }

  /** An example of a set. */
  inSet(set: SetId): Example {
    const point = pointOf(this.space, set, this.wishes);
    return { packet: packetAt(point), restsOn: restsOn(point) };
  }

  /** The example that the set of a box, which is not empty, has: no axis depends on another. */
  inBox(box: Box): Example {
    const { origin, source } = this.along('from', box.from).packet;
    const { destination } = this.along('to', box.to).packet;
    const { packet, restsOn: choices } = this.along('service', box.service);
    const destinationMac = frameAddress(this.space, origin, destination);
    return { packet: { ...packet, origin, source, destination, destinationMac }, restsOn: choices };
  }

  private along(axis: Axis, set: SetId): Example {
    let example = this.known[axis].get(set);
    if (example === undefined) {
      const scope = { fields: fieldsOf[axis], marks: axis === 'service' };
      const point = pointOf(this.space, set, this.wishes, scope);
      example = { packet: packetAt(point), restsOn: restsOn(point) };
      this.known[axis].set(set, example);
    }
    return example;
  }
}
