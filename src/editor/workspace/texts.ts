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

interface Kept<Stamp> {
  readonly stamp: Stamp;
  readonly result: ReadText;
}

export class Texts {
  readonly #documents: OpenDocuments;
  readonly #disk: Disk;
  /** Of open documents by the document, as one that is opened again counts its versions anew. */
  readonly #opened = new WeakMap<TextDocument, Kept<number>>();
  readonly #kept = new Map<string, Kept<string>>();

  constructor(documents: OpenDocuments, disk: Disk) {
    this.#documents = documents;
    this.#disk = disk;
  }

  /** The text of a name. As long as it stays the same, this gives the same value. */
  read(name: string): ReadText {
    const document = this.openDocument(name);
    if (document !== undefined) return this.#readOpen(name, document);
    if (!isPath(name)) return { error: 'the document that includes it is not saved, so it is in no folder' };
    const stamp = this.#disk.stamp(name);
    if (stamp === undefined) return this.#keep(name, 'none', () => ({ error: 'there is no such file' }));
    return this.#keep(name, `disk ${stamp}`, () => {
      const text = this.#disk.read(name);
      return typeof text === 'string' ? { name, text } : text;
    });
  }

  #readOpen(name: string, document: TextDocument): ReadText {
    const known = this.#opened.get(document);
    if (known?.stamp === document.version) return known.result;
    const result = { name, text: document.getText() };
    this.#opened.set(document, { stamp: document.version, result });
    return result;
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
}
