/** Checks names of tables, chains, sets and maps. */

import type { Problems } from './problems.ts';
import { reservedWords } from './reserved-words.ts';

/** Longest name that the kernel keeps (NFT_NAME_MAXLEN without its terminator). */
const maximumNameLength = 255;

/** A name that nft's lexer takes for one, so that a listing loads again. */
export function checkName(name: string, problems: Problems): void {
  if (!/^[A-Za-z][A-Za-z0-9_./-]*$/.test(name)) problems.add(`nft cannot read the name ${JSON.stringify(name)}`);
  else if (name.length > maximumNameLength) problems.add(`the name is longer than ${maximumNameLength} characters`);
  else if (reservedWords.has(name)) problems.add(`the name ${name} is a word of the nft language`);
}

/** Each name once. */
export function checkUnique(names: readonly string[], what: string, problems: Problems): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) problems.add(`there are two ${what} named ${name}`);
    seen.add(name);
  }
}
