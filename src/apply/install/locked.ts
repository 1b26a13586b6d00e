/** The locked state as files of its target, like those of a generation: loaded, read back and compared as they are. */
import type { Artifact, Locked } from '../artifact.ts';
import { lockedTables } from './locked-iptables.ts';
import { lockedDocument } from './locked-nftables.ts';
import { rulesFile } from './nftables.ts';

export function lockedArtifact(locked: Locked): Artifact {
  const { target } = locked;
  return { target, files: target === 'nftables' ? { [rulesFile]: lockedDocument(locked) } : lockedTables(locked) };
}
