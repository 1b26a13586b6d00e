/** Sets that are asked for again and again, made once. The name of a set says all that it depends on. */
import type { SetId } from './diagrams.ts';

export class Once {
  private readonly made = new Map<string, SetId>();

  of(name: string, make: () => SetId): SetId {
    let set = this.made.get(name);
    if (set === undefined) {
      set = make();
      this.made.set(name, set);
    }
    return set;
  }
}
