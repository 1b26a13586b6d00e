/** Text as a terminal shows it: columns instead of characters, and nothing in it that a terminal would obey. */

/** How many columns a tab reaches to the next multiple of. */
const tabWidth = 4;

/** Text in which every character that is not plainly visible is replaced by an escape such as `\u{1b}`. Newlines too. */
export function visible(text: string): string {
  return text.replace(/[^ -~]/gu, (character) => (isVisible(character) ? character : escapeOf(character)));
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Letters and symbols by their category that have nothing to see about them all the same. */
const blanks = new Set(['\u034f', '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0']);

/** Letters, marks on them, digits, punctuation and symbols are shown; controls, separators and unassigned ones are not. */
function isVisible(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character) && !blanks.has(character);
}

/** A piece of source text as shown, and the column at which each of its UTF-16 units begins (one more entry for its end). */
export interface DisplayedText {
  readonly text: string;
  readonly columns: readonly number[];
}

/** Shows a piece of one line: tabs as spaces, escapes for what is not visible. Columns are 0-based. */
export function display(piece: string): DisplayedText {
  const columns: number[] = [];
  let text = '';
  let column = 0;
  for (const character of piece) {
    for (let unit = 0; unit < character.length; unit++) columns.push(column);
    const shown = character === '\t' ? ' '.repeat(tabWidth - (column % tabWidth)) : visible(character);
    text += shown;
    column += shown === character ? widthOf(character) : shown.length;
  }
  columns.push(column);
  return { text, columns };
}

/** The columns a visible character takes on a terminal: none for marks that sit on others, two for wide ones. */
function widthOf(character: string): number {
  if (/^\p{M}$/u.test(character)) return 0;
  return isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
}

/** East Asian wide and full-width characters and emoji (Unicode Standard Annex 11), in blocks. */
function isWide(code: number): boolean {
  return (
    code >= 0x1100 &&
    (code <= 0x115f ||
      (code >= 0x231a && code <= 0x231b) ||
      (code >= 0x2e80 && code <= 0x303e) ||
      (code >= 0x3041 && code <= 0xa4cf) ||
      (code >= 0xa960 && code <= 0xa97c) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff01 && code <= 0xff60) ||
      (code >= 0xffe0 && code <= 0xffe6) ||
      (code >= 0x1f300 && code <= 0x1f64f) ||
      (code >= 0x1f680 && code <= 0x1f6ff) ||
      (code >= 0x1f900 && code <= 0x1faff) ||
      (code >= 0x20000 && code <= 0x3fffd))
  );
}
