/** Collects what is wrong with a ruleset, each with the place where it stands. */

export class Problems {
  readonly list: string[] = [];
  private place: readonly string[] = [];

  /** Runs a check of something that stands at a place below the current one, such as `chain forward`. */
  at(place: string, check: () => void): void {
    const outer = this.place;
    this.place = [...outer, place];
    check();
    this.place = outer;
  }

  add(message: string): void {
    this.list.push(this.place.length === 0 ? message : `${this.place.join(', ')}: ${message}`);
  }
}
