/**
 * Where statements end and which brace belongs to which. Behind every statement, and every item of a block, stands an end;
 * blocks that nobody closed are closed. So the parser sees balanced braces whatever was written, and one forgotten brace
 * is one message.
 */
import type { IToken, TokenType } from 'chevrotain';
import { unclosedBlock, unopenedBlock } from '../diagnostics/catalogue/syntax.ts';
import { report } from '../diagnostics/report.ts';
import type { SourceFile, Span } from '../source/span.ts';
import type { Region } from './findings.ts';
import { Comma, closeBraces, ends, openBraces, Stray } from './tokens.ts';
import type { Complain } from './values/reading.ts';

/** A token of a policy; its image is cut from the text only when somebody asks. */
class PolicyToken implements IToken {
  readonly tokenType: TokenType;
  readonly tokenTypeIdx: number;
  readonly startOffset: number;
  /** The offset of the last unit, as chevrotain counts; one less than `startOffset` for an end, which has no text. */
  readonly endOffset: number;
  readonly #text: string;

  constructor(text: string, tokenType: TokenType, start: number, end: number) {
    this.#text = text;
    this.tokenType = tokenType;
    this.tokenTypeIdx = tokenType.tokenTypeIdx ?? 0;
    this.startOffset = start;
    this.endOffset = end - 1;
  }

  get image(): string {
    return this.#text.slice(this.startOffset, this.endOffset + 1);
  }
}

/** The place of a token. */
export function spanOfToken(file: SourceFile, token: IToken): Span {
  return { file, start: token.startOffset, end: (token.endOffset ?? token.startOffset) + 1 };
}

/** A block that is open at the moment. */
interface OpenBlock {
  readonly brace: Span;
  /** The column at which the statement of the block begins. */
  readonly column: number;
}

/** The tokens of one statement of the file, its end included. */
export interface ScannedStatement {
  readonly tokens: IToken[];
  /** Parts with a character or text that is already reported: whatever else is wrong with them follows from that. */
  readonly damaged: readonly Region[];
}

export class Layout {
  /** Where a brace too many makes the statements of a block look misplaced. */
  readonly misplacing: Region[] = [];
  /** Whether a block had to be closed that was not. */
  closedForTheUser = false;

  readonly #file: SourceFile;
  readonly #complain: Complain;
  readonly #take: (statement: ScannedStatement) => void;
  #tokens: IToken[] = [];
  #damaged: Region[] = [];
  readonly #blocks: OpenBlock[] = [];
  /** No token since the last end or brace. */
  #atStart = true;
  /** A line break was passed that ends the statement unless a brace follows. */
  #lineBreak = false;
  #afterComma = false;
  #statementStart = 0;
  #statementColumn = 0;
  #lastTokenEnd = 0;
  #lastFileBlockEnd = 0;
  #damageStart: number | undefined;

  /** `take` gets each statement as soon as it is complete, so that nothing of it need be kept. */
  constructor(file: SourceFile, complain: Complain, take: (statement: ScannedStatement) => void) {
    this.#file = file;
    this.#complain = complain;
    this.#take = take;
  }

  get insideBlock(): boolean {
    return this.#blocks.length > 0;
  }

  /** Whether a block inside of a block is open. */
  get insideInnerBlock(): boolean {
    return this.#blocks.length > 1;
  }

  /** Whether the next token begins a statement or an item. */
  get atStatementStart(): boolean {
    return this.#atStart || this.#lineBreak;
  }

  /** A line ends here; the list of a trailing comma goes on in the next one. */
  breakLine(): void {
    if (!this.#atStart && !this.#afterComma) this.#lineBreak = true;
  }

  /** Adds a word, a text or punctuation other than braces. `column` is 0-based. */
  push(type: TokenType, start: number, end: number, column: number): void {
    if (this.#lineBreak) this.endStatement();
    if (this.#atStart) {
      this.#statementStart = start;
      this.#statementColumn = column;
      this.#atStart = false;
    }
    this.#tokens.push(new PolicyToken(this.#file.text, type, start, end));
    this.#afterComma = type === Comma;
    this.#lastTokenEnd = end;
  }

  /** Puts an end behind the tokens of a statement; nothing happens where there are none. */
  endStatement(): void {
    this.#lineBreak = false;
    this.#afterComma = false;
    if (this.#atStart) return;
    this.#atStart = true;
    const end = ends[this.#blocks.length];
    if (end !== undefined)
      this.#tokens.push(new PolicyToken(this.#file.text, end, this.#lastTokenEnd, this.#lastTokenEnd));
    this.#endDamage();
    if (!this.insideBlock) this.#handOver();
  }

  #handOver(): void {
    const statement = { tokens: this.#tokens, damaged: this.#damaged };
    this.#tokens = [];
    this.#damaged = [];
    this.#take(statement);
  }

  openBlock(start: number, column: number): void {
    this.#lineBreak = false;
    this.push(openBraces[this.#blocks.length] ?? Stray, start, start + 1, column);
    this.#endDamage();
    const brace = { file: this.#file, start, end: start + 1 };
    this.#blocks.push({ brace, column: this.#statementColumn });
    this.#atStart = true;
    this.#afterComma = false;
  }

  closeBlock(start: number): void {
    if (this.insideBlock) this.#pushClosingBrace(start, start + 1);
    else this.#complainOfClosingBrace(start);
  }

  /** Closes the open blocks whose statement begins at a column or right of it; `next` is what shows that they should be closed. */
  closeOpenBlocks(column: number, next: Span | undefined): void {
    this.endStatement();
    for (let block = this.#blocks.at(-1); block !== undefined && block.column >= column; block = this.#blocks.at(-1)) {
      this.closedForTheUser = true;
      if (this.#blocks.length <= openBraces.length) this.#complainOfOpenBlock(block, next);
      this.#pushClosingBrace(this.#lastTokenEnd, this.#lastTokenEnd);
      this.endStatement();
    }
  }

  /** Notes that something in the statement around an offset is reported already. */
  markDamage(offset: number): void {
    this.#damageStart ??= this.#atStart ? offset : Math.min(this.#statementStart, offset);
  }

  #endDamage(): void {
    if (this.#damageStart === undefined) return;
    this.#damaged.push({ start: this.#damageStart, end: Math.max(this.#damageStart, this.#lastTokenEnd) });
    this.#damageStart = undefined;
  }

  #pushClosingBrace(start: number, end: number): void {
    this.endStatement();
    this.#blocks.pop();
    this.#tokens.push(new PolicyToken(this.#file.text, closeBraces[this.#blocks.length] ?? Stray, start, end));
    this.#atStart = false;
    this.#lastTokenEnd = end;
    if (!this.insideBlock) this.#lastFileBlockEnd = end;
  }

  #complainOfOpenBlock(block: OpenBlock, next: Span | undefined): void {
    const related =
      next === undefined ? [] : [{ span: next, message: 'a new statement begins here, so a `}` is missing above it' }];
    const help = 'each `{` needs its `}`';
    this.#complain(report(unclosedBlock, block.brace, 'this block is not closed', { related, help }));
  }

  #complainOfClosingBrace(start: number): void {
    const end = this.#lastFileBlockEnd;
    const lastBlock = { span: { file: this.#file, start: end - 1, end }, message: 'the last block is closed here' };
    const related = end === 0 ? [] : [lastBlock];
    const span = { file: this.#file, start, end: start + 1 };
    this.#complain(report(unopenedBlock, span, 'this `}` closes nothing: no block is open', { related }));
    this.misplacing.push({ start: end, end: start });
  }
}
