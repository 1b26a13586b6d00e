/** What parts of rules read as, kept while one listing is read: large listings repeat the same few parts in every rule. */
import type { Statement } from '../../ruleset/statement.ts';

type Reading = readonly Statement[] | undefined;

/** Parts remembered at most; a listing with more different ones gains nothing from the rest. */
const most = 20_000;

export class StatementMemory {
  readonly #readings = new Map<string, Reading>();

  /** The reading of a part, by a key that says all that it depends on. */
  recall(key: string, read: () => Reading): Reading {
    const known = this.#readings.get(key);
    if (known !== undefined) return known;
    const reading = read();
    if (this.#readings.size < most) this.#readings.set(key, reading);
    return reading;
  }
}
