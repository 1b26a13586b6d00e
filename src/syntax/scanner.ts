/** Text -> words, punctuation and comments, with complaints about characters that may not stand in a policy. */
import type { TokenType } from 'chevrotain';
import {
  controlCharacter,
  fileTooLarge,
  invisibleCharacter,
  lineTooLong,
  notUtf8,
  strayCharacter,
  unterminatedText,
  wrongArrow,
} from '../diagnostics/catalogue/syntax.ts';
import type { CatalogueEntry } from '../diagnostics/entry.ts';
import { type DiagnosticDetails, report } from '../diagnostics/report.ts';
import type { SourceFile } from '../source/span.ts';
import { type BadCharacter, badCharacter, codePointName, endsWord, isPlain, turnsDirection } from './characters.ts';
import type { Findings, Region } from './findings.ts';
import { forms } from './forms.ts';
import { Layout, type ScannedStatement } from './layout.ts';
import { Arrow, Comma, DoubleArrow, Equals, Stray, Text, wordType } from './tokens.ts';
import type { Comment } from './tree.ts';

const maximumLineLength = 1_000_000;
const maximumFileLength = 16_000_000;

export interface ScannedText {
  readonly comments: readonly Comment[];
  /** Where a brace too many makes the statements of a block look misplaced. */
  readonly misplacing: readonly Region[];
  /** Whether a block had to be closed that was not. */
  readonly closedForTheUser: boolean;
}

export interface ScanOptions {
  readonly findings: Findings;
  /** Close open blocks where a statement of the file begins: for a file in which braces are known to be missing. */
  readonly closeEarly: boolean;
  /** Gets each statement of the file as soon as it is complete. */
  readonly take: (statement: ScannedStatement) => void;
}

/** Cuts a file into tokens, statement by statement. Linear in the length of the text, never throws; stops when the findings are full. */
export function scan(file: SourceFile, options: ScanOptions): ScannedText {
  return new Scanner(file, options).run();
}

/** Words that begin a statement of the file and no item of a block. */
const fileStatements = new Set(Object.keys(forms.file).filter((word) => word !== 'network'));
/** Words that begin an item of a block, but none of a block inside of it. */
const blockItems = new Set(
  Object.keys({ ...forms.host, ...forms.network, ...forms.container }).filter(
    (word) => !(word in forms.interface) && !(word in forms.attach),
  ),
);
const networkStatement = /^network[ \t]+[A-Za-z_][\w.-]*\s*(\{|on\b)/;
const arrowOfAnotherKind = /^(?:=>|-{2,}>|[\u2192\u21d2\u27f6\u27f9])/;
const doubleArrowOfAnotherKind = /^(?:<[-=]+>?|<>|[\u2194\u21d4\u27f7])/;
const unicodeArrow = /[\u2192\u21d2\u27f6\u27f9\u2194\u21d4\u27f7]/;
const badCharacterEntries: Record<BadCharacter, CatalogueEntry> = {
  control: controlCharacter,
  invisible: invisibleCharacter,
  undecodable: notUtf8,
};

class Scanner {
  readonly #file: SourceFile;
  readonly #text: string;
  readonly #closeEarly: boolean;
  readonly #findings: Findings;
  readonly #layout: Layout;
  readonly #comments: Comment[] = [];
  #position = 0;
  #lineStart = 0;
  #lineEnd = -1;

  constructor(file: SourceFile, { findings, closeEarly, take }: ScanOptions) {
    this.#file = file;
    this.#text = file.text;
    this.#closeEarly = closeEarly;
    this.#findings = findings;
    this.#layout = new Layout(file, findings.add, take);
  }

  run(): ScannedText {
    const length = this.#text.length;
    if (length > maximumFileLength) {
      const message = `a policy file may have ${maximumFileLength} characters, this one has ${length}`;
      this.#complain(fileTooLarge, maximumFileLength, maximumFileLength, message);
    } else this.#scanLines();
    const { misplacing, closedForTheUser } = this.#layout;
    return { comments: this.#comments, misplacing, closedForTheUser };
  }

  #scanLines(): void {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#position = 1;
    while (this.#position < this.#text.length && !this.#findings.full) {
      if (this.#position > this.#lineEnd) this.#beginLine();
      else this.#scanToken(this.#text.charCodeAt(this.#position));
    }
    if (this.#position < this.#text.length)
      this.#findings.stopAt({ file: this.#file, start: this.#position, end: this.#position });
    else this.#layout.closeOpenBlocks(0, undefined);
  }

  /** Finds the end of the line; a line that is too long is skipped. */
  #beginLine(): void {
    this.#lineStart = this.#position;
    const end = this.#text.indexOf('\n', this.#position);
    this.#lineEnd = end === -1 ? this.#text.length : end;
    const length = this.#lineEnd - this.#lineStart;
    if (length <= maximumLineLength) return;
    const message = `this line has ${length} characters, ${maximumLineLength} is the most`;
    this.#complain(lineTooLong, this.#position, this.#position, message);
    this.#layout.markDamage(this.#lineStart);
    this.#layout.endStatement();
    this.#position = this.#lineEnd;
  }

  #scanToken(code: number): void {
    const start = this.#position;
    switch (code) {
      case 0x20:
      case 0x09:
        this.#position++;
        break;
      case 0x0a:
        this.#position++;
        this.#layout.breakLine();
        break;
      case 0x0d:
        this.#position++;
        if (this.#text.charCodeAt(start + 1) !== 0x0a) this.#checkCharacters(start, start + 1, false);
        break;
      case 0x23:
        this.#scanComment();
        break;
      case 0x22:
        this.#scanText();
        break;
      case 0x2c:
        this.#push(Comma, start, start + 1);
        break;
      case 0x3b:
        this.#position++;
        this.#layout.endStatement();
        break;
      case 0x7b:
        this.#position++;
        this.#layout.openBlock(start, start - this.#lineStart);
        break;
      case 0x7d:
        this.#position++;
        this.#layout.closeBlock(start);
        break;
      default:
        if (!this.#scanArrow(code)) this.#scanWord();
    }
  }

  #push(type: TokenType, start: number, end: number): void {
    this.#layout.push(type, start, end, start - this.#lineStart);
    this.#position = end;
  }

  #scanComment(): void {
    const start = this.#position;
    const hasReturn = this.#lineEnd < this.#text.length && this.#text.charCodeAt(this.#lineEnd - 1) === 0x0d;
    const end = hasReturn ? this.#lineEnd - 1 : this.#lineEnd;
    this.#checkCharacters(start, end, false);
    this.#comments.push({ text: this.#text.slice(start, end), span: { file: this.#file, start, end } });
    this.#position = end;
  }

  #scanText(): void {
    const start = this.#position;
    let end = start + 1;
    while (end < this.#lineEnd && this.#text.charCodeAt(end) !== 0x22) end++;
    const closed = end < this.#lineEnd;
    if (!closed) while (end > start + 1 && this.#text.charCodeAt(end - 1) <= 0x20) end--;
    this.#push(Text, start, closed ? end + 1 : end);
    if (this.#checkCharacters(start, end, false)) this.#layout.markDamage(start);
    if (closed) return;
    const help = 'write a `"` at its end';
    this.#complain(unterminatedText, start, end, 'this text is not closed before the end of the line', { help });
    this.#layout.markDamage(start);
  }

  /** `->`, `<->`, `=` and what people write instead of the arrows; false when the text begins with none of them. */
  #scanArrow(code: number): boolean {
    const start = this.#position;
    const next = this.#text.charCodeAt(start + 1);
    if (code === 0x2d && next === 0x3e) this.#push(Arrow, start, start + 2);
    else if (code === 0x3d && next !== 0x3e) this.#push(Equals, start, start + 1);
    else if (code === 0x3c && this.#text.startsWith('<->', start)) this.#push(DoubleArrow, start, start + 3);
    else if ((code === 0x2d && next === 0x2d) || (code >= 0x3c && code <= 0x3e) || code > 0x2000)
      return this.#scanArrowOfAnotherKind(code);
    else return false;
    return true;
  }

  #scanArrowOfAnotherKind(code: number): boolean {
    const start = this.#position;
    const ahead = this.#text.slice(start, start + 16);
    const single = arrowOfAnotherKind.exec(ahead);
    const match = single ?? doubleArrowOfAnotherKind.exec(ahead);
    if (match !== null) {
      const end = start + match[0].length;
      const replacement = single === null ? '<->' : '->';
      this.#push(single === null ? DoubleArrow : Arrow, start, end);
      const edit = { span: { file: this.#file, start, end }, replacement, safe: true };
      this.#complain(wrongArrow, start, end, `the arrow is written \`${replacement}\``, { edit });
      return true;
    }
    if (code !== 0x3c && code !== 0x3e) return false;
    this.#push(Stray, start, start + 1);
    const message = `\`${String.fromCharCode(code)}\` means nothing here`;
    this.#complain(strayCharacter, start, start + 1, message, { help: 'an arrow is written `->`' });
    this.#layout.markDamage(start);
    return true;
  }

  #scanWord(): void {
    const text = this.#text;
    const start = this.#position;
    let end = start;
    let suspicious = false;
    for (; end < this.#lineEnd; end++) {
      const code = text.charCodeAt(end);
      if (end > start && (endsWord(code) || (code === 0x2d && text.charCodeAt(end + 1) === 0x3e))) break;
      if (isPlain(code)) continue;
      if (end > start && unicodeArrow.test(text.charAt(end))) break;
      suspicious = true;
    }
    const word = text.slice(start, end);
    if (this.#closeEarly && this.#belongsFurtherOut(word, start)) {
      this.#layout.closeOpenBlocks(start - this.#lineStart, { file: this.#file, start, end });
    }
    this.#push(wordType(word), start, end);
    if (suspicious && this.#checkCharacters(start, end, true)) this.#layout.markDamage(start);
  }

  /** Whether a word inside a block begins a line and is one that begins something outside of the block. */
  #belongsFurtherOut(word: string, start: number): boolean {
    if (!this.#layout.insideBlock || !this.#layout.atStatementStart) return false;
    const begins =
      fileStatements.has(word) ||
      (word === 'network' && networkStatement.test(this.#text.slice(start, start + 200))) ||
      (this.#layout.insideInnerBlock && blockItems.has(word));
    return begins && this.#text.slice(this.#lineStart, start).trim() === '';
  }

  /** Complains of the bad characters in a stretch of text, neighbours together; whether there were any. */
  #checkCharacters(start: number, end: number, inWord: boolean): boolean {
    const text = this.#text;
    let found = false;
    for (let index = start; index < end; ) {
      const bad = badCharacter(text.codePointAt(index) ?? 0, inWord);
      const first = index;
      do index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
      while (index < end && badCharacter(text.codePointAt(index) ?? 0, inWord) === bad);
      if (bad === undefined) continue;
      this.#complainOfCharacters(bad, first, index);
      found = true;
    }
    return found;
  }

  #complainOfCharacters(bad: BadCharacter, start: number, end: number): void {
    const codePoint = this.#text.codePointAt(start) ?? 0;
    const name = codePointName(codePoint);
    const messages: Record<BadCharacter, string> = {
      control: `the control character ${name} may not stand in a policy`,
      invisible: turnsDirection(codePoint)
        ? `the character ${name} turns the direction of the text around it`
        : `the character ${name} cannot be seen, or looks like a space without being one`,
      undecodable: 'this character could not be decoded: the file is not UTF-8 text',
    };
    this.#complain(
      badCharacterEntries[bad],
      start,
      end,
      messages[bad],
      bad === 'undecodable' ? {} : { help: 'remove it' },
    );
  }

  #complain(entry: CatalogueEntry, start: number, end: number, message: string, details?: DiagnosticDetails): void {
    this.#findings.add(report(entry, { file: this.#file, start, end }, message, details));
  }
}
