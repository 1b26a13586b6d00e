/** The texts that policies are read from: what is open in the editor first, then the disk. The same text is the same value. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { SourceFile } from '../../source/span.ts';
import type { Disk } from './disk.ts';
import { isPath, nameOfUri, uriOfName } from './uri.ts';

/** The documents that are open in the editor, as the language server library keeps them. */
export interface OpenDocuments {
  readonly all: () => readonly TextDocument[];
}

export type ReadText = SourceFile | { readonly error: string };

interface Kept {
  readonly stamp: string;
  readonly result: ReadText;
}

export class Texts {
  readonly #documents: OpenDocuments;
  readonly #disk: Disk;
  readonly #kept = new Map<string, Kept>();

  constructor(documents: OpenDocuments, disk: Disk) {
    this.#documents = documents;
    this.#disk = disk;
  }

  /** The text of a name. As long as it stays the same, this gives the same value. */
  read(name: string): ReadText {
    const document = this.openDocument(name);
    if (document !== undefined)
      return this.#keep(name, `open ${document.uri} ${document.version}`, () => ({ name, text: document.getText() }));
    if (!isPath(name)) return { error: 'the document that includes it is not saved, so it is in no folder' };
    const stamp = this.#disk.stamp(name);
    if (stamp === undefined) return this.#keep(name, 'none', () => ({ error: 'there is no such file' }));
    return this.#keep(name, `disk ${stamp}`, () => {
      const text = this.#disk.read(name);
      return typeof text === 'string' ? { name, text } : text;
    });
  }

  #keep(name: string, stamp: string, make: () => ReadText): ReadText {
    const known = this.#kept.get(name);
    if (known?.stamp === stamp) return known.result;
    const result = make();
    this.#kept.set(name, { stamp, result });
    return result;
  }

  openDocument(name: string): TextDocument | undefined {
    return this.#documents.all().find(({ uri }) => nameOfUri(uri) === name);
  }

  /** The names of all open documents. */
  openNames(): readonly string[] {
    return this.#documents.all().map(({ uri }) => nameOfUri(uri));
  }

  /** The URI of a name, written as the editor writes it where the document is open. */
  uriOf(name: string): string {
    return this.openDocument(name)?.uri ?? uriOfName(name);
  }

  /** Forgets what was kept of files that are not open. */
  forget(): void {
    this.#kept.clear();
  }
}
