/** Writes rulesets for iptables-restore, ip6tables-restore and ebtables-restore. */
import { placeNotInIptables } from '../../diagnostics/catalogue/iptables.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import type { Ruleset, Table } from '../../ruleset/ruleset.ts';
import { Complaints } from './complaints.ts';
import { writeOwnTable } from './own-chains.ts';
import type { IptablesFamily } from './text/module.ts';
import { writeWholeTable } from './write-table.ts';

export interface IptablesFiles {
  /** For iptables-restore; empty without tables of the ip family. */
  readonly v4: string;
  /** For ip6tables-restore; empty without tables of the ip6 family. */
  readonly v6: string;
  /** For ebtables-restore; undefined without tables of the bridge family. */
  readonly bridge: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface EmitOptions {
  /**
   * Write only chains whose names begin with this, and from built-in chains only jumps to them, for `--noflush`: such
   * chains are emptied and filled again, nothing else on the host is touched. Without it whole tables are written.
   */
  readonly ownChains?: string;
  /**
   * The host's rules as read now. Needed with `ownChains` where our rules may already be loaded: jumps that are there are
   * then kept or replaced instead of doubled, and chains of ours that are no longer wanted are deleted.
   */
  readonly present?: Ruleset;
}

const families: readonly IptablesFamily[] = ['ip', 'ip6', 'bridge'];

/**
 * Rules in iptables' own language that mean exactly what the ruleset says. When any part of it cannot be said, nothing is
 * written at all and the diagnostics name every such part: a file with fewer rules would be a weaker policy.
 */
export function emitIptables(ruleset: Ruleset, options: EmitOptions = {}): IptablesFiles {
  const complaints = new Complaints();
  for (const table of ruleset.tables)
    if (!isFamily(table.family))
      complaints.add(
        placeNotInIptables,
        `${table.family} ${table.name}`,
        `iptables has no tables of the family ${table.family}`,
      );
  const [v4 = '', v6 = '', bridge = ''] = families.map((family) => writeFamily(ruleset, family, options, complaints));
  const { diagnostics } = complaints;
  if (hasErrors(diagnostics)) return { v4: '', v6: '', bridge: undefined, diagnostics };
  return { v4, v6, bridge: bridge === '' ? undefined : bridge, diagnostics };
}

function isFamily(family: Table['family']): family is IptablesFamily {
  return family === 'ip' || family === 'ip6' || family === 'bridge';
}

function writeFamily(
  ruleset: Ruleset,
  family: IptablesFamily,
  { ownChains, present }: EmitOptions,
  complaints: Complaints,
): string {
  const tables = ruleset.tables.filter((table) => table.family === family);
  if (ownChains === undefined) return tables.map((table) => writeWholeTable(table, family, complaints)).join('');
  const before = (present?.tables ?? []).filter((table) => table.family === family && table.engine !== 'nftables');
  const names = new Set([...tables, ...before].map((table) => table.name));
  return [...names]
    .map((name) => {
      const table = tables.find((candidate) => candidate.name === name);
      const old = before.find((candidate) => candidate.name === name);
      return writeOwnTable(table, old, family, ownChains, complaints);
    })
    .join('');
}
