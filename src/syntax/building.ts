/** What everything that turns parser nodes into the syntax tree shares. */
import type { CstNode, IToken } from 'chevrotain';
import { misplacedStatement, surplus, unknownStatement } from '../diagnostics/catalogue/syntax.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { SourceFile, Span } from '../source/span.ts';
import { adviceForComposeWord } from './compose-words.ts';
import { nodeOf, nodesOf, tokenOf, tokensOf } from './cst.ts';
import { type Findings, Regions } from './findings.ts';
import { type Context, contextPlaces, formHelp, forms } from './forms.ts';
import { spanOfToken } from './layout.ts';
import type { Name } from './tree.ts';
import { type Complain, quote } from './values/reading.ts';

/** Turns tokens of one file into words and spans, and takes complaints about them. */
export class Building {
  readonly file: SourceFile;
  readonly #findings: Findings;
  /** Parts of the statement in which something is reported already: more messages would only repeat it. */
  #reported = new Regions([]);
  #lastComplaint: Span | undefined;

  constructor(file: SourceFile, findings: Findings) {
    this.file = file;
    this.#findings = findings;
  }

  /** Begins a statement with what is reported of it already. */
  begin(reported: Regions): void {
    this.#reported = reported;
    this.#lastComplaint = undefined;
  }

  readonly complain: Complain = (diagnostic: Diagnostic) => {
    this.#lastComplaint = diagnostic.span;
    if (!this.#reported.contains(diagnostic.span.start)) this.#findings.add(diagnostic);
  };

  word(token: IToken): Name {
    return { text: token.image, span: spanOfToken(this.file, token) };
  }

  /** From the first unit of a token to an offset. */
  span(first: IToken, end: number): Span {
    return { file: this.file, start: first.startOffset, end };
  }

  /** Reads a token that the grammar requires; undefined when it is not there (then the parser has complained) or not valid. */
  read<T>(token: IToken | undefined, reader: (word: Name, complain: Complain) => T | undefined): T | undefined {
    return token && reader(this.word(token), this.complain);
  }

  /** Reads every token of a list and keeps the valid ones. */
  readAll<T>(tokens: readonly IToken[], reader: (word: Name, complain: Complain) => T | undefined): T[] {
    const values: T[] = [];
    for (const token of tokens) {
      const value = reader(this.word(token), this.complain);
      if (value !== undefined) values.push(value);
    }
    return values;
  }

  /** Complains of what is left at the end of a statement, unless the word in front of it is already in doubt. */
  checkSurplus(node: CstNode, context: Context): void {
    const left = nodeOf(node, 'lineSurplus') ?? nodeOf(node, 'itemSurplus') ?? nodeOf(node, 'statementSurplus');
    const token = left && tokenOf(left, 'surplus');
    if (token === undefined || this.#followsComplaint(token)) return;
    const keyword = tokenOf(node, 'keyword')?.image ?? '';
    const help =
      this.#continuedList(token, context) ?? this.#missingSeparator(token, context) ?? formHelp(context, keyword);
    const message = `${quote(token.image)} is left over: the statement is complete without it`;
    const span = spanOfToken(this.file, token);
    this.complain(report(surplus, span, message, help === undefined ? {} : { help }));
  }

  #followsComplaint(token: IToken): boolean {
    const last = this.#lastComplaint;
    if (last === undefined || last.end > token.startOffset) return false;
    return /^\s*$/.test(this.file.text.slice(last.end, token.startOffset));
  }

  /** A comma at the end of a line made the next statement part of a list. */
  #continuedList(token: IToken, context: Context): string | undefined {
    const before = this.file.text.slice(Math.max(0, token.startOffset - 80), token.startOffset);
    const keyword = /,[ \t]*(?:#[^\n]*)?\r?\n\s*([a-z-]+)\s+$/.exec(before)?.[1] ?? '';
    if (!Object.hasOwn(forms[context], keyword)) return undefined;
    return `the list above ends with a comma, so it goes on here; without it, \`${keyword}\` would begin a new statement`;
  }

  #missingSeparator(token: IToken, context: Context): string | undefined {
    if (!Object.hasOwn(forms[context], token.image)) return undefined;
    return `to begin another statement on the same line, write \`;\` in front of \`${token.image}\``;
  }

  /** Complains of a statement whose first word means nothing in its context. */
  refuseUnknown(node: CstNode, context: Context): void {
    const token = tokenOf(node, 'unknown');
    if (token === undefined) return;
    const known = forms[context];
    const word = token.image;
    const span = spanOfToken(this.file, token);
    const elsewhere = (Object.keys(forms) as Context[]).filter((other) => Object.hasOwn(forms[other], word));
    if (elsewhere.length > 0) {
      const places = elsewhere.map((other) => contextPlaces[other]).join(' or ');
      const message = `\`${word}\` cannot stand ${contextPlaces[context]}`;
      this.complain(report(misplacedStatement, span, message, { help: `it belongs ${places}` }));
      return;
    }
    const message = `${quote(word)} does not begin a statement`;
    const advice = adviceForComposeWord(word);
    if (advice !== undefined) {
      this.complain(report(unknownStatement, span, message, { help: advice }));
      return;
    }
    const near = suggest(word, Object.keys(known));
    if (near !== undefined) {
      const edit = { span, replacement: near, safe: false };
      this.complain(report(unknownStatement, span, message, { help: `did you mean \`${near}\`?`, edit }));
      return;
    }
    const help =
      word.startsWith('//') || word.startsWith('/*')
        ? 'comments begin with `#`'
        : `possible ${contextPlaces[context]}: ${Object.keys(known).join(', ')}`;
    this.complain(report(unknownStatement, span, message, { help }));
  }

  /** Builds every item of a block. What a builder cannot make anything of is left out; it has been complained about. */
  items<Item>(block: CstNode, build: (node: CstNode, end: number) => Item | undefined): Item[] {
    const nodes = nodesOf(block, 'item');
    const ends = tokensOf(block, 'end');
    const items: Item[] = [];
    for (const [index, node] of nodes.entries()) {
      const end = ends[index]?.startOffset ?? this.file.text.length;
      if (this.#findings.full) {
        this.#findings.stopAt({ file: this.file, start: end, end });
        break;
      }
      const item = build(node, end);
      if (item !== undefined) items.push(item);
    }
    return items;
  }
}
