/** Reads what ebtables-save prints, or what is written for ebtables-restore, into the ruleset. */
import { readBridgeRule } from './bridge/rule.ts';
import { readListing } from './listing.ts';
import type { IptablesReading } from './parse.ts';
import type { IptablesEngine } from './tables.ts';

/**
 * Reads a listing of the bridge family. A chain of the user with the policy ACCEPT or DROP (ebtables' default is ACCEPT)
 * gets a last rule that says so. Otherwise as parseIptablesSave.
 */
export function parseEbtablesSave(
  text: string,
  name: string,
  options: { readonly engine: IptablesEngine },
): IptablesReading {
  return readListing({ name, text }, 'bridge', options.engine, (tokens, isChain, notes) =>
    readBridgeRule(tokens, { isChain, notes }),
  );
}
