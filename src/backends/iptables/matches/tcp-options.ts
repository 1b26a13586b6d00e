/** nft's names of TCP option kinds; a kind without a name is its number. */

const names = new Map<number, string>([
  [0, 'eol'],
  [1, 'nop'],
  [2, 'maxseg'],
  [3, 'window'],
  [4, 'sack-perm'],
  [5, 'sack'],
  [8, 'timestamp'],
  [19, 'md5sig'],
  [30, 'mptcp'],
  [34, 'fastopen'],
]);

const kinds = new Map<string, number>([...names].map(([kind, name]) => [name, kind]));

export function tcpOptionName(kind: number): string {
  return names.get(kind) ?? `${kind}`;
}

/** The inverse of {@link tcpOptionName}. */
export function tcpOptionKind(name: string): number | undefined {
  return kinds.get(name) ?? (/^\d{1,3}$/.test(name) && Number(name) <= 255 ? Number(name) : undefined);
}
