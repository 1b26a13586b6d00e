/**
 * Sets by all that they were made of, in words: an edit moves the lines that rules come from, and with them nearly every
 * object, but it leaves nearly every set of rules what it was.
 */
import type { SetId } from './diagrams.ts';

export class KeptSets {
  private readonly texts = new WeakMap<object, string>();
  private readonly made = new Map<string, SetId>();

  /** What an object that never changes says, in words. */
  textOf(object: object, write: () => string): string {
    let text = this.texts.get(object);
    if (text === undefined) {
      text = write();
      this.texts.set(object, text);
    }
    return text;
  }

  /** `text` says all that the set depends on, but for which packets have which values. */
  of(text: string, make: () => SetId | 'unknown'): SetId | 'unknown' {
    const before = this.made.get(text);
    if (before !== undefined) return before;
    const set = make();
    // A space that tells more apart may know.
    if (set !== 'unknown') this.made.set(text, set);
    return set;
  }
}
