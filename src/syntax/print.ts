/**
 * The formatter: syntax tree -> policy text. It decides about spaces and columns, and keeps of the source what people mean
 * by it: comments, single blank lines, and whether a block or a list is written in one line or in several.
 */
import {
  type Block,
  familyOf,
  headerEnd,
  isBlock,
  itemsOf,
  type Node,
  type Plain,
  writeHeader,
  writePlain,
} from './print-items.ts';
import { printWidth, StatementText } from './print-line.ts';
import { type Entry, renderEntries } from './print-lines.ts';
import { layoutOf, type SourceLayout } from './print-source.ts';
import type { Comment, PolicyFile } from './tree.ts';

/** A block that no source shows how to write stands in one line up to this many items and columns. */
const compactItems = 3;
const compactWidth = 80;

/**
 * Formats a file. Formatting what it gives changes nothing, and parsing it gives the same tree. A tree that a program made
 * is printed in the default layout.
 */
export function printPolicy(file: PolicyFile): string {
  const layout = layoutOf(file);
  if (layout !== undefined) return renderEntries(new Formatter(layout).body(file.statements, 0, layout.length, 0));
  const comments = file.comments.map((comment): Entry => ({ kind: 'comment', text: comment.text.trimEnd() }));
  return renderEntries([...comments, ...new Formatter(undefined).defaultBody(file.statements)]);
}

class Formatter {
  readonly #layout: SourceLayout | undefined;

  constructor(layout: SourceLayout | undefined) {
    this.#layout = layout;
  }

  /** The statements between two offsets of the source, with the comments and blank lines between them. */
  body(nodes: readonly Node[], start: number, end: number, indent: number): Entry[] {
    const entries: Entry[] = [];
    let last = start;
    const addComment = (comment: Comment): void => {
      this.#addBlank(entries, last, comment.span.start);
      entries.push({ kind: 'comment', text: comment.text.trimEnd() });
      last = comment.span.end;
    };
    for (const [index, node] of nodes.entries()) {
      for (const comment of this.#comments(last, node.span.start)) addComment(comment);
      this.#addBlank(entries, last, node.span.start);
      const next = nodes[index + 1]?.span.start ?? end;
      const [trailing] = this.#comments(node.span.end, next);
      const isTrailing = trailing !== undefined && !this.#layout?.isBroken(node.span.end, trailing.span.start);
      entries.push(this.#entry(node, indent, isTrailing ? trailing.text.trimEnd() : undefined));
      last = isTrailing ? trailing.span.end : node.span.end;
    }
    for (const comment of this.#comments(last, end)) addComment(comment);
    return entries;
  }

  /** Statements that a program made: blank lines between kinds and around blocks of several lines. */
  defaultBody(nodes: readonly Node[]): Entry[] {
    const entries: Entry[] = [];
    for (const [index, node] of nodes.entries()) {
      const entry = this.#entry(node, 0, undefined);
      const previous = nodes[index - 1];
      const apart =
        previous !== undefined &&
        (entry.kind === 'block' || entries.at(-1)?.kind === 'block' || familyOf(node) !== familyOf(previous));
      if (apart) entries.push({ kind: 'blank' });
      entries.push(entry);
    }
    return entries;
  }

  #comments(start: number, end: number): readonly Comment[] {
    return this.#layout?.commentsBetween(start, end) ?? [];
  }

  #addBlank(entries: Entry[], last: number, next: number): void {
    if (entries.length > 0 && this.#layout?.hasBlankLine(last, next)) entries.push({ kind: 'blank' });
  }

  #entry(node: Node, indent: number, comment: string | undefined): Entry {
    if (!isBlock(node)) return { kind: 'line', text: this.#plain(node, indent), comment };
    if (node.kind === 'attach' && itemsOf(node).length === 0 && !this.#hasInnerComments(node))
      return { kind: 'line', text: this.#header(node, indent, 'plain'), comment };
    const text = this.#oneLine(node, indent);
    return text === undefined ? this.#block(node, indent, comment) : { kind: 'line', text, comment };
  }

  #plain(node: Plain, indent: number): StatementText {
    return this.#write(familyOf(node), indent, (text) => writePlain(text, node));
  }

  #header(block: Block, indent: number, family = familyOf(block)): StatementText {
    return this.#write(family, indent, (text) => writeHeader(text, block));
  }

  /** Writes a statement; where it is too long and was not broken in the source, its lists are. */
  #write(family: StatementText['family'], indent: number, write: (text: StatementText) => void): StatementText {
    const asWritten = new StatementText(family, this.#layout, indent, false);
    write(asWritten);
    if (asWritten.isBroken || asWritten.width <= printWidth) return asWritten;
    const filled = new StatementText(family, this.#layout, indent, true);
    write(filled);
    return filled;
  }

  /** A block in one line, or undefined when it is to be written in several. */
  #oneLine(block: Block, indent: number): StatementText | undefined {
    if (!this.#wantsOneLine(block)) return undefined;
    const text = new StatementText(familyOf(block), this.#layout, indent, false);
    this.#writeInline(text, block);
    const widest = this.#layout === undefined && itemsOf(block).length > 0 ? compactWidth : printWidth;
    return text.isBroken || text.width > widest ? undefined : text;
  }

  /** Writes a block in one line, its items separated by semicolons. */
  #writeInline(text: StatementText, block: Block): void {
    writeHeader(text, block);
    if (!this.#hasBody(block)) return;
    text.next().add('{');
    for (const [index, item] of itemsOf(block).entries()) {
      const inner = new StatementText(familyOf(item), this.#layout, 0, false);
      if (isBlock(item)) this.#writeInline(inner, item);
      else writePlain(inner, item);
      text.add(index === 0 ? ' ' : '; ').add(inner.firstLine());
    }
    text.add(itemsOf(block).length === 0 ? '}' : ' }');
  }

  #wantsOneLine(block: Block): boolean {
    const items = itemsOf(block);
    if (items.length === 0) return !this.#hasInnerComments(block);
    if (this.#layout === undefined)
      return (
        items.length <= compactItems &&
        block.kind !== 'host' &&
        !items.some((item) => isBlock(item) && this.#hasBody(item))
      );
    const brace = this.#layout.braceAfter(headerEnd(block));
    return !this.#hasInnerComments(block) && !this.#layout.isBroken(brace, block.span.end);
  }

  #hasBody(block: Block): boolean {
    return block.kind !== 'attach' || itemsOf(block).length > 0;
  }

  #hasInnerComments(block: Block): boolean {
    return this.#comments(headerEnd(block), block.span.end).length > 0;
  }

  #block(block: Block, indent: number, comment: string | undefined): Entry {
    const header = this.#header(block, indent, 'plain');
    const layout = this.#layout;
    if (layout === undefined) {
      const entries = itemsOf(block).map((item) => this.#entry(item, indent + 2, undefined));
      return { kind: 'block', header, openComment: undefined, entries, comment };
    }
    const brace = layout.braceAfter(headerEnd(block));
    const before = this.#comments(headerEnd(block), brace);
    const [first] = this.#comments(brace, block.span.end);
    const behindBrace =
      first !== undefined && !layout.isBroken(brace, first.span.start) && !this.#startsBefore(block, first);
    const [openComment, ...others] = behindBrace ? [...before, first] : before;
    const start = behindBrace ? first.span.end : brace + 1;
    const entries: Entry[] = [
      ...others.map((other): Entry => ({ kind: 'comment', text: other.text.trimEnd() })),
      ...this.body(itemsOf(block), start, block.span.end - 1, indent + 2),
    ];
    return { kind: 'block', header, openComment: openComment?.text.trimEnd(), entries, comment };
  }

  /** Whether an item of the block stands in front of a comment. */
  #startsBefore(block: Block, comment: Comment): boolean {
    const [item] = itemsOf(block);
    return item !== undefined && item.span.start < comment.span.start;
  }
}
