/**
 * JSON texts as trees with places: one document or several, one behind the other, as `docker inspect` called twice prints them.
 * Hostile files stay bounded: the length of the text and the depth of nesting have limits.
 */
import { duplicateKey, jsonSyntax, tooLarge } from '../../diagnostics/catalogue/import.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { report } from '../../diagnostics/report.ts';
import type { SourceFile, Span } from '../../source/span.ts';
import type { DocumentNode, MappingEntry, ScalarNode } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';

export interface JsonDocuments {
  /** The values in the order written; none when a diagnostic is an error. */
  readonly roots: readonly DocumentNode[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The longest text that is read, in UTF-16 units: some thousand containers. */
export const maximumLength = 32 * 1024 * 1024;
/** The deepest nesting that is read; reading recurses. */
export const maximumDepth = 100;
/** How many mistakes of one text are reported. */
const maximumMistakes = 20;

/** A text on its way. `stopped`: nothing behind a mistake of form is looked at. */
interface Parsing {
  readonly file: SourceFile;
  readonly text: string;
  position: number;
  stopped: boolean;
  readonly diagnostics: Diagnostic[];
}

/** Reads all documents of a text (RFC 8259). Never throws; linear in the text. */
export function readJsonDocuments(file: SourceFile): JsonDocuments {
  const { text } = file;
  if (text.length > maximumLength) {
    const message = `This file has more than ${maximumLength} characters.`;
    return { roots: [], diagnostics: [report(tooLarge, { file, start: 0, end: 0 }, message)] };
  }
  const position = text.startsWith('\ufeff') ? 1 : 0;
  const parsing: Parsing = { file, text, position, stopped: false, diagnostics: [] };
  const roots: DocumentNode[] = [];
  for (skipSpace(parsing); parsing.position < text.length && !parsing.stopped; skipSpace(parsing))
    roots.push(readValue(parsing, 1));
  return { roots: parsing.diagnostics.length > 0 ? [] : roots, diagnostics: parsing.diagnostics };
}

function skipSpace(parsing: Parsing): void {
  const { text } = parsing;
  while (' \n\r\t'.includes(text[parsing.position] ?? 'x')) parsing.position++;
}

function stop(parsing: Parsing, message: string): void {
  if (parsing.stopped) return;
  parsing.stopped = true;
  const { file, position, text } = parsing;
  const span = { file, start: position, end: Math.min(position + 1, text.length) };
  parsing.diagnostics.push(report(jsonSyntax, span, `This is not valid JSON: ${message}.`));
}

function spanFrom({ file, position }: Parsing, start: number): Span {
  return { file, start, end: position };
}

function readValue(parsing: Parsing, depth: number): DocumentNode {
  const { text, position: start } = parsing;
  if (depth > maximumDepth) {
    const span = { file: parsing.file, start, end: start + 1 };
    parsing.diagnostics.push(report(tooLarge, span, `This is nested more than ${maximumDepth} levels deep.`));
    parsing.stopped = true;
  }
  if (parsing.stopped) return nothing(parsing, start);
  switch (text[start]) {
    case '{':
      return readMapping(parsing, depth);
    case '[':
      return readSequence(parsing, depth);
    case '"':
      return { kind: 'scalar', text: readString(parsing), isNull: false, type: 'text', span: spanFrom(parsing, start) };
    case undefined:
      stop(parsing, 'it ends in the middle of a value');
      return nothing(parsing, start);
    default:
      return readWord(parsing);
  }
}

function nothing(parsing: Parsing, start: number): ScalarNode {
  return { kind: 'scalar', text: '', isNull: true, type: 'text', span: spanFrom(parsing, start) };
}

const longestNumber = 400;

/** `true`, `false`, `null` or a number. */
function readWord(parsing: Parsing): ScalarNode {
  const { text, position: start } = parsing;
  let end = start;
  while (/[A-Za-z0-9+.-]/.test(text[end] ?? '')) end++;
  const word = text.slice(start, end);
  const isNumber = word.length <= longestNumber && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word);
  if (!isNumber && word !== 'true' && word !== 'false' && word !== 'null') {
    stop(parsing, word === '' ? 'a value is expected here' : `\`${shorten(word)}\` is no value`);
    return nothing(parsing, start);
  }
  parsing.position = end;
  const type = isNumber ? 'number' : word === 'null' ? 'text' : 'boolean';
  return { kind: 'scalar', text: word, isNull: word === 'null', type, span: spanFrom(parsing, start) };
}

/** Reads the string that begins here; without its quotes, escapes replaced. */
function readString(parsing: Parsing): string {
  const { text, position: start } = parsing;
  let end = start + 1;
  for (; text[end] !== '"'; end++) {
    const code = text.charCodeAt(end);
    if (Number.isNaN(code) || code < 0x20) {
      parsing.position = Math.min(end, text.length);
      stop(parsing, Number.isNaN(code) ? 'the text is not closed' : 'a line or control character inside a text');
      return '';
    }
    if (text[end] !== '\\') continue;
    const escaped = /^(["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(end + 1, end + 6));
    if (escaped === null) {
      parsing.position = end;
      stop(parsing, 'nothing is written so with a backslash');
      return '';
    }
    end += escaped[0].length;
  }
  parsing.position = end + 1;
  return JSON.parse(text.slice(start, end + 1)) as string;
}

function readSequence(parsing: Parsing, depth: number): DocumentNode {
  const { position: start } = parsing;
  const items: DocumentNode[] = [];
  readMembers(parsing, ']', () => items.push(readValue(parsing, depth + 1)));
  return { kind: 'sequence', items, span: spanFrom(parsing, start) };
}

function readMapping(parsing: Parsing, depth: number): DocumentNode {
  const { position: start } = parsing;
  const entries = new Map<string, MappingEntry>();
  readMembers(parsing, '}', () => {
    const entry = readEntry(parsing, depth);
    if (entry === undefined) return;
    const { text, span } = entry.key;
    const earlier = entries.get(text);
    if (earlier === undefined) entries.set(text, entry);
    else if (parsing.diagnostics.length < maximumMistakes)
      parsing.diagnostics.push(
        report(duplicateKey, span, `\`${shorten(text)}\` is written twice in the same object.`, {
          related: [{ span: earlier.key.span, message: 'first written here' }],
        }),
      );
  });
  return { kind: 'mapping', entries: [...entries.values()], span: spanFrom(parsing, start) };
}

function readEntry(parsing: Parsing, depth: number): MappingEntry | undefined {
  const { text, position: start } = parsing;
  if (text[start] !== '"') {
    stop(parsing, 'a key in quotes is expected here');
    return undefined;
  }
  const name = readString(parsing);
  const key: ScalarNode = { kind: 'scalar', text: name, isNull: false, type: 'text', span: spanFrom(parsing, start) };
  skipSpace(parsing);
  if (text[parsing.position] === ':') parsing.position++;
  else stop(parsing, '`:` is expected here');
  skipSpace(parsing);
  return { key, value: readValue(parsing, depth + 1) };
}

/** What stands between brackets, separated by commas; `read` reads one member. */
function readMembers(parsing: Parsing, close: ']' | '}', read: () => void): void {
  const { text } = parsing;
  parsing.position++;
  skipSpace(parsing);
  if (text[parsing.position] === close) {
    parsing.position++;
    return;
  }
  while (!parsing.stopped) {
    read();
    skipSpace(parsing);
    const next = text[parsing.position];
    if (next !== ',' && next !== close) {
      stop(parsing, next === undefined ? `\`${close}\` is missing` : `\`,\` or \`${close}\` is expected here`);
      return;
    }
    parsing.position++;
    if (next === close) return;
    skipSpace(parsing);
  }
}
