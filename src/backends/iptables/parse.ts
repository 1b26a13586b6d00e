/** Reads what iptables-save and ip6tables-save print, or what is written for iptables-restore, into the ruleset. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Ruleset } from '../../ruleset/ruleset.ts';
import { readListing } from './listing.ts';
import { StatementMemory } from './memory.ts';
import { readRule } from './rule.ts';
import type { IptablesEngine } from './tables.ts';

export interface IptablesReading {
  readonly ruleset: Ruleset;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a listing of one family. `name` is what diagnostics call it. Nothing is dropped and nothing guessed: what is not
 * modelled stays in its rule as an `unknown` statement with its text. Never throws; linear in the length of the text.
 */
export function parseIptablesSave(
  text: string,
  name: string,
  options: { readonly family: 'ip' | 'ip6'; readonly engine: IptablesEngine },
): IptablesReading {
  const { family, engine } = options;
  const memory = new StatementMemory();
  return readListing({ name, text }, family, engine, (tokens, isChain, notes) =>
    readRule(tokens, { family, isChain, notes, memory }),
  );
}
