/** What rules remember between packets: counters, limits, number generators and elements added by rules. */

/** Indexes of values that a compiled rule set keeps in {@link RuleState.numbers}. */
export interface StateLayout {
  numbers: number;
}

export class RuleState {
  numbers: Float64Array;
  /** Elements that rules added, by set and then by key; the value is when they go (milliseconds, Infinity for never). */
  readonly dynamic: Map<string, Map<string, number>>;

  /** Whether a value was taken for what is blacked out, by the place of the comparison and then by value. */
  readonly redacted: Map<object, Map<string, boolean>>;

  constructor(
    size: number,
    dynamic: Map<string, Map<string, number>> = new Map(),
    redacted: Map<object, Map<string, boolean>> = new Map(),
  ) {
    this.numbers = new Float64Array(size);
    this.dynamic = dynamic;
    this.redacted = redacted;
  }

  clone(): RuleState {
    const copy = new RuleState(
      0,
      new Map([...this.dynamic].map(([name, elements]) => [name, new Map(elements)])),
      new Map([...this.redacted].map(([place, answers]) => [place, new Map(answers)])),
    );
    copy.numbers = this.numbers.slice();
    return copy;
  }
}
