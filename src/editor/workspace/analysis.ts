/** Everything that is known about a policy as it is being written: the tree, the model as far as it goes, the names, the diagnostics. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { emptyLock, type Lock } from '../../lock/lock.ts';
import { parseLock } from '../../lock/parse.ts';
import type { CheckedModel, Model } from '../../model/model.ts';
import { resolve } from '../../model/resolve.ts';
import { checkModel } from '../../model/rules/check.ts';
import type { SourceFile } from '../../source/span.ts';
import { applyIgnores } from '../../syntax/ignore.ts';
import { assemble, type ReadFile } from '../../syntax/include.ts';
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

/** The stages of `check`, which keeps the model even where there are errors. `lockSource` is the lock file, if there is one. */
export function analyse(root: SourceFile, read: ReadFile, lockSource: SourceFile | undefined): Analysis {
  const parsedLock = lockSource === undefined ? { lock: emptyLock, diagnostics: [] } : parseLock(lockSource);
  const { files, diagnostics: syntax } = assemble(root, read);
  const resolved = resolve(files, parsedLock.lock);
  const checked = checkModel(resolved.model, files);
  const found = applyIgnores(files, [...syntax, ...resolved.diagnostics, ...checked.diagnostics]);
  let names: NameIndex | undefined;
  return {
    root,
    files,
    model: resolved.model,
    checked: hasErrors(found) ? undefined : checked.model,
    lockSource,
    lock: parsedLock.lock,
    diagnostics: [...parsedLock.diagnostics, ...found],
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
