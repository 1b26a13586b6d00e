/** A union that is built when it is asked for: what nobody asks for costs nothing, and many small parts are united halves first. */
import { type Diagrams, empty, type SetId } from './diagrams.ts';

type Part = SetId | (() => SetId);

export class Union {
  private readonly diagrams: Diagrams;
  private parts: Part[] = [];

  constructor(diagrams: Diagrams) {
    this.diagrams = diagrams;
  }

  /** A set, or what makes it. */
  add(part: Part): void {
    if (part !== empty) this.parts.push(part);
  }

  /** What another union holds, without building it. */
  addAll({ parts }: Union): void {
    for (const part of parts) this.parts.push(part);
  }

  /** Everything that was added. */
  get set(): SetId {
    const [only, another] = this.parts;
    if (typeof only === 'number' && another === undefined) return only;
    const set = this.diagrams.uniteAll(this.parts.map((part) => (typeof part === 'number' ? part : part())));
    this.parts = [set];
    return set;
  }
}
