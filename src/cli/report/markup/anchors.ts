/** Links from every row of the page to the lines of the policy that it is about. */
import { positionAt, type SourceFile, type Span } from '../../../source/span.ts';
import { type Html, html } from './html.ts';

/** The files of a policy, in the order in which their texts are shown. */
export class Anchors {
  readonly files: readonly SourceFile[];
  private readonly indexes: ReadonlyMap<string, number>;

  constructor(files: readonly SourceFile[]) {
    this.files = files;
    this.indexes = new Map(files.map(({ name }, index) => [name, index]));
  }

  /** The id of a line: `L12`, in the second file `F2-L12`. */
  idOf(fileIndex: number, line: number): string {
    return fileIndex === 0 ? `L${line}` : `F${fileIndex + 1}-L${line}`;
  }

  /** A link to the first line of a place; nothing for a place in no file of the policy. */
  link(span: Span | undefined): Html {
    const index = span === undefined ? undefined : this.indexes.get(span.file.name);
    if (span === undefined || index === undefined) return html``;
    const { line } = positionAt(span.file, span.start);
    const name = index === 0 ? '' : `${span.file.name}:`;
    return html`<a href="#${this.idOf(index, line)}" aria-label="line ${line} of ${span.file.name}">${name}${line}</a>`;
  }
}
