/**
 * A state directory as it was: whoever guards a change must be able to take it back when the directory is removed, damaged or
 * taken over meanwhile. Files of generations never change, so that what was read first is true; of others, what is there counts.
 */
import { StateError, type StateFiles } from './files.ts';

export interface RememberedFiles extends StateFiles {
  /** Whether the last that was read of a file is remembered, and may be older than the last that was written. */
  readonly isFromMemory: (path: string) => boolean;
}

export function rememberingFiles(files: StateFiles): RememberedFiles {
  const seen = new Map<string, string>();
  const fromMemory = new Set<string>();
  return {
    ...files,
    isFromMemory: (path) => fromMemory.has(path),
    read: (path) => {
      const known = seen.get(path);
      if (known !== undefined && path.startsWith('generations/')) return known;
      const text = unlessUnusable(() => files.read(path), known);
      if (text === undefined && known !== undefined) fromMemory.add(path);
      if (text !== undefined) seen.set(path, text);
      return text ?? known;
    },
    // which locks there are nobody may guess
    list: (folder) => unlessUnusable(() => files.list(folder), folder === '' || seen.size === 0 ? undefined : []) ?? [],
    append: (path, text) => {
      const whole = `${seen.get(path) ?? ''}${text}`;
      // a journal that was lost begins with what is remembered of it: its end alone says nothing
      if (fromMemory.has(path) && files.read(path) === undefined) files.write(path, whole);
      else files.append(path, text);
      seen.set(path, whole);
    },
    write: (path, text, more) => {
      files.write(path, text, more);
      if (seen.has(path)) seen.set(path, text);
    },
  };
}

/** Throws only where nothing is known instead. */
function unlessUnusable<T>(look: () => T, known: T | undefined): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof StateError && known !== undefined) return undefined;
    throw error;
  }
}
