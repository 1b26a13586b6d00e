/** What one concept of the lowering contributes to a table, and the two shapes of rules that most of them write. */
import type { Chain, Rule } from '../ruleset/ruleset.ts';
import type { NamedMap, NamedSet } from '../ruleset/set.ts';
import type { Statement } from '../ruleset/statement.ts';

export interface Part {
  readonly chains: readonly Chain[];
  readonly sets: readonly NamedSet[];
  readonly maps: readonly NamedMap[];
}

export const emptyPart: Part = { chains: [], sets: [], maps: [] };

export const rule = (...statements: readonly Statement[]): Rule => ({ statements, origins: [] });
export const commented = (comment: string, ...statements: readonly Statement[]): Rule => ({
  statements,
  origins: [],
  comment,
});
