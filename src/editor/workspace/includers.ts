/** Which policies a document belongs to: those that include it, seen from their own beginning. */
import { dirname } from 'node:path/posix';
import type { SourceFile } from '../../source/span.ts';
import { includedPath } from '../../syntax/include.ts';
import type { Disk } from './disk.ts';
import type { Texts } from './texts.ts';
import { isPath } from './uri.ts';

/** So many policies of the folders above a document are looked at for one that includes it. */
const mostCandidates = 500;

export class Includers {
  readonly #texts: Texts;
  readonly #disk: Disk;
  readonly #includes = new WeakMap<SourceFile, readonly string[]>();
  /** Policies that are not open, by the folder that was asked for. */
  readonly #nearby = new Map<string, readonly string[]>();
  #folders: readonly string[] = [];

  constructor(texts: Texts, disk: Disk) {
    this.#texts = texts;
    this.#disk = disk;
  }

  /** The folders that are open in the editor: above them nothing is looked for. */
  set folders(folders: readonly string[]) {
    this.#folders = folders;
    this.refresh();
  }

  /** Looks at the folders again when it is next asked. */
  refresh(): void {
    this.#nearby.clear();
  }

  /** The policies that a document is part of, by the names of their first files: itself, when nothing includes it. */
  rootsOf(name: string): readonly string[] {
    const candidates = new Set([...this.#texts.openNames(), ...this.#candidatesAbove(name)]);
    const includers = new Map<string, string[]>();
    for (const candidate of candidates) {
      for (const included of this.#includesOf(candidate)) {
        const known = includers.get(included) ?? [];
        known.push(candidate);
        includers.set(included, known);
      }
    }
    const roots: string[] = [];
    const seen = new Set([name]);
    for (const current of seen) {
      const above = includers.get(current) ?? [];
      if (above.length === 0) roots.push(current);
      for (const includer of above) seen.add(includer);
    }
    return roots.length === 0 ? [name] : roots;
  }

  /** The policies in the folder of a document and in those above it, up to an open folder. */
  #candidatesAbove(name: string): readonly string[] {
    if (!isPath(name)) return [];
    const folder = dirname(name);
    const known = this.#nearby.get(folder);
    if (known !== undefined) return known;
    const found: string[] = [];
    for (const place of this.#upTo(folder)) found.push(...this.#disk.policiesIn(place));
    const candidates = found.slice(0, mostCandidates);
    this.#nearby.set(folder, candidates);
    return candidates;
  }

  #upTo(folder: string): readonly string[] {
    const top = this.#folders.find((open) => folder === open || folder.startsWith(`${open}/`));
    if (top === undefined) return [folder];
    const places = [folder];
    for (let place = folder; place !== top; ) {
      place = dirname(place);
      places.push(place);
    }
    return places;
  }

  #includesOf(name: string): readonly string[] {
    const source = this.#texts.read(name);
    if ('error' in source) return [];
    const known = this.#includes.get(source);
    if (known !== undefined) return known;
    const includes = [...source.text.matchAll(/^[ \t]*include[ \t]+"([^"\n]*)"/gm)].map((match) =>
      includedPath(match[1] ?? '', source),
    );
    this.#includes.set(source, includes);
    return includes;
  }
}
