/** What an iptables-save listing says about its tables, without reading its rules. */

/** Rules by chain, by table. */
export type SavedTables = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The tables of a listing of iptables-save or ebtables-save. */
export function savedTables(text: string): SavedTables {
  const tables = new Map<string, Map<string, number>>();
  let table = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [first = '', second = ''] = line.split(' ', 2);
    if (line.startsWith('*')) {
      table = new Map();
      tables.set(first.slice(1), table);
    } else if (line.startsWith(':')) table.set(first.slice(1), table.get(first.slice(1)) ?? 0);
    else if (first === '-A') table.set(second, (table.get(second) ?? 0) + 1);
  }
  return tables;
}

/** Whether a saved table has every chain and as many rules as the nftables listing of the same table. */
export function isSameTable(
  saved: ReadonlyMap<string, number> | undefined,
  listed: ReadonlyMap<string, number>,
): boolean {
  return saved !== undefined && [...listed].every(([chain, rules]) => saved.get(chain) === rules);
}
