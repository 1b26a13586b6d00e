/** The words of one line as iptables-restore splits them, and the inverse: quoting as iptables-save writes it. */

export interface Token {
  readonly text: string;
  /** Written in double quotes, so never an option or a `!`. */
  readonly quoted: boolean;
}

const space = 0x20;
const tab = 0x09;
const quote = 0x22;
const backslash = 0x5c;

/** Splits a line at blanks; `"..."` keeps blanks, and a backslash inside takes the next character as it is. An open quote ends with the line. */
export function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  const length = line.length;
  let index = 0;
  while (index < length) {
    const code = line.charCodeAt(index);
    if (code === space || code === tab) {
      index++;
      continue;
    }
    const start = index;
    while (index < length && !endsPlainWord(line.charCodeAt(index))) index++;
    if (line.charCodeAt(index) !== quote) tokens.push({ text: line.slice(start, index), quoted: false });
    else index = quotedToken(line, start, tokens);
  }
  return tokens;
}

function endsPlainWord(code: number): boolean {
  return code === space || code === tab || code === quote;
}

/** Reads a word with quotes in it and gives the index behind it. */
function quotedToken(line: string, start: number, tokens: Token[]): number {
  let text = '';
  let inside = false;
  let index = start;
  for (; index < line.length; index++) {
    const code = line.charCodeAt(index);
    if (code === quote) inside = !inside;
    else if (inside && code === backslash && index + 1 < line.length) text += line.charAt(++index);
    else if (!inside && (code === space || code === tab)) break;
    else text += line.charAt(index);
  }
  tokens.push({ text, quoted: true });
  return index;
}

/** A word as iptables-save writes strings: bare when it has only letters, digits, `_` and `-`, else quoted and escaped. */
export function quoteString(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : `"${text.replace(/["'\\]/g, '\\$&')}"`;
}

/** Words back as the text of a line: quoted where they were, or where they would fall apart. */
export function tokensToText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => (token.quoted || !/^[^\s"]+$/.test(token.text) ? quoted(token.text) : token.text))
    .join(' ');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
