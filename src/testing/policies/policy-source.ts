/** A policy as tests name it: its text, or the file that it is in. */
import { existsSync, readFileSync } from 'node:fs';
import { emptyLock, type Lock } from '../../lock/lock.ts';
import { parseLock } from '../../lock/parse.ts';
import type { SourceFile } from '../../source/span.ts';
import type { ReadFile } from '../../syntax/include.ts';

/** A policy to be judged. */
export interface PolicySource {
  readonly source: SourceFile;
  readonly read: ReadFile;
  readonly lock: Lock;
}

/** What a test may give for a policy: its text, or what {@link policyFile} gives. */
export type PolicyLike = string | PolicySource;

/** A policy of a file, with its lock (FILE.lock) where there is one. Throws when the file cannot be read. */
export function policyFile(path: string): PolicySource {
  const lockPath = `${path}.lock`;
  const parsed = existsSync(lockPath)
    ? parseLock({ name: lockPath, text: readFileSync(lockPath, 'utf8') })
    : { lock: emptyLock };
  return {
    source: { name: path, text: readFileSync(path, 'utf8') },
    read: (included) => {
      try {
        return { name: included, text: readFileSync(included, 'utf8') };
      } catch (error) {
        return { error: error instanceof Error ? error.message : String(error) };
      }
    },
    lock: parsed.lock ?? emptyLock,
  };
}

/** The policy that is meant. */
export function policySource(policy: PolicyLike): PolicySource {
  if (typeof policy !== 'string') return policy;
  const read: ReadFile = () => ({ error: 'a policy given as text includes nothing' });
  return { source: { name: 'policy', text: policy }, read, lock: emptyLock };
}
