/** Names of chains: `CTFW-` and the name that the ruleset has for it, at most 28 characters, numbered where they meet. */

export const chainPrefix = 'CTFW-';
const longest = 28;

export class ChainNames {
  readonly #used = new Set<string>();
  readonly #numbers = new Map<string, number>();

  /** A free name like this one; always the same for the same wishes in the same order. */
  free(wish: string): string {
    const bare = wish.startsWith(chainPrefix) ? wish.slice(chainPrefix.length).replace(/\.[0-9]+$/, '') : wish;
    const plain = `${chainPrefix}${bare.toUpperCase()}`.slice(0, longest);
    if (!this.#used.has(plain)) {
      this.#used.add(plain);
      return plain;
    }
    for (let number = (this.#numbers.get(plain) ?? 0) + 1; ; number++) {
      const suffix = `.${number}`;
      const numbered = `${plain.slice(0, longest - suffix.length)}${suffix}`;
      if (this.#used.has(numbered)) continue;
      this.#used.add(numbered);
      this.#numbers.set(plain, number);
      return numbered;
    }
  }
}
