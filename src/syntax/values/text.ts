/** Texts in quotes. */
import { badText } from '../../diagnostics/catalogue/syntax.ts';
import { type Complain, partOf, quote, type Read, refuse, type Word } from './reading.ts';

/** Kernel log prefixes have 127 bytes at most; the rest is for what ctfw writes around the text. */
const longestLogText = 64;

/** The text of `log`: what is safe in front of a kernel log line and in every rule language. */
export function readLogText(word: Word, complain: Complain): Read<string> | undefined {
  const value = word.text.slice(1, -1);
  if (value.trim() === '') return refuse(complain, badText, word, 'the text of `log` is empty');
  if (value.length > longestLogText)
    return refuse(
      complain,
      badText,
      word,
      `the text of \`log\` has ${value.length} characters, ${longestLogText} is the most`,
    );
  const offset = value.search(/[^ -~]|\\/);
  if (offset === -1) return { value, span: word.span };
  const character = String.fromCodePoint(value.codePointAt(offset) ?? 0);
  const part = partOf(word, offset + 1, offset + 1 + character.length);
  return refuse(complain, badText, part, `${quote(character)} cannot be logged`, {
    help: 'the text of `log` is made of printable ASCII characters without `\\`',
  });
}

/** The path of `include`. */
export function readPath(word: Word, complain: Complain): Read<string> | undefined {
  const value = word.text.slice(1, -1);
  if (value.trim() === '') return refuse(complain, badText, word, 'the path of `include` is empty');
  return { value, span: word.span };
}
