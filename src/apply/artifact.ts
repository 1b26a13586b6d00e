/** What is put in force: the emitted files of one target, as they are kept and loaded. */

export interface Artifact {
  readonly target: Target;
  /** By file name: `rules.json` for nftables; `rules.v4`, `rules.v6` and `rules.bridge` for iptables. */
  readonly files: Readonly<Record<string, string>>;
}

export const targets = ['nftables', 'iptables-nft', 'iptables-legacy'] as const;

export type Target = (typeof targets)[number];

/**
 * The locked state, which is put in force where no generation can be: new connections are dropped but logins to the operator's
 * port, those that there are go on, nothing is accepted. Its rules follow from these few words, so that no file is needed for it.
 */
export interface Locked {
  readonly target: Target;
  readonly operatorPort: number;
  /** The bit of the packet mark by which bridged packets are known to have been judged. */
  readonly markBit: number;
}

/** Every name that a file of an artifact can have. */
export const fileNames: readonly string[] = ['rules.json', 'rules.v4', 'rules.v6', 'rules.bridge'];

/** No rules of ours: what a host has before the first apply, and after everything was taken back. */
export function hasNoRules({ files }: Artifact): boolean {
  return Object.keys(files).length === 0;
}

export function emptyArtifact(target: Target): Artifact {
  return { target, files: {} };
}
