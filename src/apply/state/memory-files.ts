/** A state directory in memory, for tests and for hosts in memory. */
import type { StateFiles } from './files.ts';

export class MemoryFiles implements StateFiles {
  readonly contents = new Map<string, string>();

  read = (path: string): string | undefined => this.contents.get(path);

  write = (path: string, text: string): void => {
    this.contents.set(path, text);
  };

  create = (path: string, text: string): boolean => {
    if (this.contents.has(path)) return false;
    this.contents.set(path, text);
    return true;
  };

  append = (path: string, text: string): void => {
    this.contents.set(path, (this.contents.get(path) ?? '') + text);
  };

  list = (folder: string): readonly string[] => {
    const start = folder === '' ? '' : `${folder}/`;
    const names = [...this.contents.keys()].filter((path) => path.startsWith(start));
    return [...new Set(names.map((path) => path.slice(start.length).split('/')[0] ?? ''))].sort();
  };

  remove = (path: string): void => {
    for (const known of [...this.contents.keys()])
      if (known === path || known.startsWith(`${path}/`)) this.contents.delete(known);
  };
}
