/**
 * The commands, in order, that make a host's tables exactly those of a ruleset, whatever they were before.
 *
 * A document that is loaded without knowing the host can only be exact by deleting its tables and adding them again: nothing
 * but the deletion of a table removes chains, sets and maps whose names one does not know; `flush table` leaves them, a set
 * that is added again with another type or other flags is refused, and a base chain that is added again with another priority
 * keeps the old one. This is the default. It registers the base chains anew, so among chains of equal priority they come to run
 * first [4, 5]: give base chains priorities that nobody else uses, and nothing changes.
 *
 * Where what is loaded is known, the transaction can be made so that base chains stay: flush the rules, delete the maps, the
 * sets and the other chains by name (in this order, since what is in use cannot be deleted), and add all again; adding a base
 * chain that is there changes its policy only. Names that are deleted can be added again in the same transaction.
 */
import type { BaseChain, Chain, Rule, Ruleset, Table, TableFamily } from '../../ruleset/ruleset.ts';
import type { NamedMap, NamedSet } from '../../ruleset/set.ts';

export interface TableName {
  readonly family: TableFamily;
  readonly name: string;
}

export interface ReplaceOptions {
  /**
   * Our tables as they are loaded now (read from a listing). Tables named here are changed in place: their base chains stay
   * registered where they are among chains of equal priority [4, 5]. The transaction is refused as a whole when the host
   * holds less than this, so a stale listing cannot do half a change; what it holds beyond this stays, so a listing that was
   * read with diagnostics (sets that could not be read, objects of other kinds) must not be used here.
   */
  readonly inPlace?: readonly Table[];
  /** Tables of ours that are to go. */
  readonly remove?: readonly TableName[];
}

export type Step = { readonly table: TableName } & (
  | { readonly kind: 'add-table'; readonly comment: string | undefined }
  | { readonly kind: 'delete-table' | 'flush-table' }
  | { readonly kind: 'delete-chain' | 'delete-set' | 'delete-map'; readonly name: string }
  | { readonly kind: 'add-chain'; readonly chain: Chain }
  | { readonly kind: 'add-set'; readonly set: NamedSet }
  | { readonly kind: 'add-map'; readonly map: NamedMap }
  | { readonly kind: 'add-rule'; readonly chain: string; readonly rule: Rule }
);

/** All commands of a ruleset. */
export function steps(ruleset: Ruleset, options: ReplaceOptions): readonly Step[] {
  return [
    ...clearingSteps(undefined, options),
    ...ruleset.tables.flatMap((table) => [...clearingSteps(table, options), ...addTable(table)]),
  ];
}

/** The commands that make room for a table; without a table, those that remove tables for good. */
export function clearingSteps(table: Table | undefined, options: ReplaceOptions): readonly Step[] {
  if (table === undefined) return (options.remove ?? []).flatMap(deleteWhole);
  const existing = options.inPlace?.find(({ family, name }) => family === table.family && name === table.name);
  return existing === undefined ? deleteWhole(table) : emptyInPlace(table, existing);
}

/** Adding first makes the deletion succeed on a host that does not have the table (1.0.6 lacks `destroy`). */
function deleteWhole(table: TableName): readonly Step[] {
  return [
    { kind: 'add-table', table, comment: undefined },
    { kind: 'delete-table', table },
  ];
}

/** Everything but base chains that stay goes; rules first, then what maps refer to last. */
function emptyInPlace(table: Table, existing: Table): readonly Step[] {
  const wanted = new Map(table.chains.map((chain) => [chain.name, chain]));
  const goes = (chain: Chain): boolean =>
    chain.base === undefined || !samePlace(chain.base, wanted.get(chain.name)?.base);
  return [
    { kind: 'flush-table', table },
    ...existing.maps.map(({ name }): Step => ({ kind: 'delete-map', table, name })),
    ...existing.sets.map(({ name }): Step => ({ kind: 'delete-set', table, name })),
    ...existing.chains.filter(goes).map(({ name }): Step => ({ kind: 'delete-chain', table, name })),
  ];
}

/** Whether a base chain can stay registered: only its policy may be changed by adding it again. */
function samePlace(left: BaseChain, right: BaseChain | undefined): boolean {
  return (
    right !== undefined &&
    left.type === right.type &&
    left.hook === right.hook &&
    left.priority === right.priority &&
    left.devices.join(' ') === right.devices.join(' ')
  );
}

/** Chains come before the verdict maps that name them, sets and maps before the rules that look into them. */
function addTable(table: Table): readonly Step[] {
  return [
    { kind: 'add-table', table, comment: table.comment },
    ...table.chains.map((chain): Step => ({ kind: 'add-chain', table, chain })),
    ...table.sets.map((set): Step => ({ kind: 'add-set', table, set })),
    ...table.maps.map((map): Step => ({ kind: 'add-map', table, map })),
    ...table.chains.flatMap((chain) =>
      chain.rules
        .filter((rule) => rule.statements.length > 0)
        .map((rule): Step => ({ kind: 'add-rule', table, chain: chain.name, rule })),
    ),
  ];
}
