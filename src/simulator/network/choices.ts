/** Results that rules leave open (`numgen random`, matches that are not modelled): one is taken, the others are noted to be explored. */

export interface Choice {
  readonly count: number;
  readonly what: string;
  readonly taken: number;
}

export class Choices {
  private script: readonly number[] = [];
  private made: Choice[] = [];

  /** Starts over; the first choices are to be taken as the script says, later ones take their first result. */
  follow(script: readonly number[]): void {
    this.script = script;
    if (this.made.length > 0) this.made = [];
  }

  choose(count: number, what: string): number {
    const wanted = this.script[this.made.length] ?? 0;
    const taken = Math.min(wanted, count - 1);
    this.made.push({ count, what, taken });
    return taken;
  }

  /** The choices made since {@link follow}. */
  get log(): readonly Choice[] {
    return this.made;
  }
}
