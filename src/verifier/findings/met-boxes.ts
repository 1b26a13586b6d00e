/**
 * Whether boxes have a packet in a set. Publications differ in their ports alone: what of the set lies between the ends of a
 * box is worked out once for all boxes with the same ends, and each box is then asked about its services.
 */
import type { FlowBox } from '../../policy/sets/flow-box.ts';
import type { MeaningDiagrams } from '../meaning/meant.ts';
import { empty, type SetId } from '../sets/diagrams.ts';
import type { Space } from '../space/space.ts';

/** By the destination as sent, or by where translation leads. */
export type Sight = 'sent' | 'real';

const fieldsOf = {
  sent: { address: 'destination', port: 'destinationPort' },
  real: { address: 'realDestination', port: 'realPort' },
} as const;

export class MetBoxes {
  private readonly space: Space;
  private readonly boxes: MeaningDiagrams['boxes'];
  /** Services with which the set holds a packet, by the ends. */
  private readonly between = new Map<string, SetId>();

  constructor(space: Space, { boxes }: MeaningDiagrams) {
    this.space = space;
    this.boxes = boxes;
  }

  /** Whether one of the boxes has a packet in the set. */
  meets(boxes: readonly FlowBox[], sight: Sight, set: SetId): boolean {
    if (set === empty) return false;
    const { port } = fieldsOf[sight];
    return boxes.some(({ sources, destinations, services }) => {
      const asked = this.boxes.services(services, port);
      return this.space.diagrams.meets(asked, this.servicesBetween(sources, destinations, sight, set));
    });
  }

  private servicesBetween(
    sources: FlowBox['sources'],
    destinations: FlowBox['destinations'],
    sight: Sight,
    set: SetId,
  ): SetId {
    const { diagrams } = this.space;
    const { address, port } = fieldsOf[sight];
    const [from, to] = [this.boxes.sources(sources), this.boxes.destinations(destinations, address)];
    const key = `${from} ${to} ${set} ${sight}`;
    let services = this.between.get(key);
    if (services === undefined) {
      const inside = diagrams.intersectAll(from, to, set);
      services = diagrams.project(inside, this.space.allBut(['protocol', 'icmpType', port]));
      this.between.set(key, services);
    }
    return services;
  }
}
