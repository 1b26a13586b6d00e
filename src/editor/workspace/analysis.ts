/** Everything that is known about a policy as it is being written: the tree, the model as far as it goes, the names, the diagnostics. */
import { examine } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { emptyLock, type Lock } from '../../lock/lock.ts';
import { parseLock } from '../../lock/parse.ts';
import type { CheckedModel, Model } from '../../model/model.ts';
import type { SourceFile } from '../../source/span.ts';
import type { ReadFile } from '../../syntax/include.ts';
import type { PolicyFile } from '../../syntax/tree.ts';
import { indexNames, type NameIndex } from './names.ts';

export interface Analysis {
  readonly root: SourceFile;
  readonly files: readonly PolicyFile[];
  /** Without what has an error. */
  readonly model: Model;
  /** The same model where nothing is wrong with it. */
  readonly checked: CheckedModel | undefined;
  /** The lock file, and what was read of it. */
  readonly lockSource: SourceFile | undefined;
  readonly lock: Lock;
  /** What `ctfw check` says, the lock file included. */
  readonly diagnostics: readonly Diagnostic[];
  readonly names: NameIndex;
}

/** Examines a policy; `lockSource` is its lock file, if there is one. */
export function analyse(root: SourceFile, read: ReadFile, lockSource: SourceFile | undefined): Analysis {
  const parsedLock = lockSource === undefined ? { lock: emptyLock, diagnostics: [] } : parseLock(lockSource);
  const { files, recovered, model, diagnostics } = examine(root, read, parsedLock.lock);
  let names: NameIndex | undefined;
  return {
    root,
    files,
    model: recovered,
    checked: model,
    lockSource,
    lock: parsedLock.lock,
    diagnostics: [...parsedLock.diagnostics, ...diagnostics],
    get names() {
      names ??= indexNames(files);
      return names;
    },
  };
}

/** The file of a policy by its name. */
export function fileNamed({ files }: Analysis, name: string): PolicyFile | undefined {
  return files.find(({ source }) => source.name === name);
}
