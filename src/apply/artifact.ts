/** What is put in force: the emitted files of one target, as they are kept and loaded. */

export interface Artifact {
  readonly target: Target;
  /** By file name: `rules.json` for nftables; `rules.v4`, `rules.v6` and `rules.bridge` for iptables. */
  readonly files: Readonly<Record<string, string>>;
}

export type Target = 'nftables' | 'iptables-nft' | 'iptables-legacy';

/** No rules of ours: what a host has before the first apply, and after everything was taken back. */
export function emptyArtifact(target: Target): Artifact {
  return { target, files: {} };
}
