/** What is put in force: the emitted files of one target, as they are kept and loaded. */

export interface Artifact {
  readonly target: Target;
  /** By file name: `rules.json` for nftables; `rules.v4`, `rules.v6` and `rules.bridge` for iptables. */
  readonly files: Readonly<Record<string, string>>;
}

export const targets = ['nftables', 'iptables-nft', 'iptables-legacy'] as const;

export type Target = (typeof targets)[number];

/** Every name that a file of an artifact can have. */
export const fileNames: readonly string[] = ['rules.json', 'rules.v4', 'rules.v6', 'rules.bridge'];

/** No rules of ours: what a host has before the first apply, and after everything was taken back. */
export function hasNoRules({ files }: Artifact): boolean {
  return Object.keys(files).length === 0;
}

export function emptyArtifact(target: Target): Artifact {
  return { target, files: {} };
}
