/** Spans as the editor counts: ranges of lines and UTF-16 units, in documents with URIs. */
import type { Location, Position, Range } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { SourceFile, Span } from '../../source/span.ts';
import type { Texts } from './texts.ts';

/** For editors also a lone carriage return ends a line, so lines are counted by the library that counts as they do. */
export class Places {
  readonly #texts: Texts;
  readonly #documents = new WeakMap<SourceFile, TextDocument>();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  #documentOf(source: SourceFile): TextDocument {
    const known = this.#documents.get(source);
    if (known !== undefined) return known;
    const document = TextDocument.create('', 'ctfw', 0, source.text);
    this.#documents.set(source, document);
    return document;
  }

  range({ file, start, end }: Span): Range {
    const document = this.#documentOf(file);
    return { start: document.positionAt(start), end: document.positionAt(end) };
  }

  location(span: Span): Location {
    return { uri: this.#texts.uriOf(span.file.name), range: this.range(span) };
  }

  offset(source: SourceFile, position: Position): number {
    return this.#documentOf(source).offsetAt(position);
  }
}
