/** Numbers and switches out of words. */
import {
  badNumber,
  badSwitch,
  leadingZero,
  numberOutOfRange,
  unknownChoice,
} from '../../diagnostics/catalogue/syntax.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { type Complain, quote, type Read, refuse, rewrite, type Word } from './reading.ts';

/** What a number counts, and its limits, both included. */
export interface NumberLimits {
  readonly what: string;
  readonly least: number;
  readonly most: number;
}

export const mtuLimits: NumberLimits = { what: 'an MTU', least: 68, most: 65535 };
export const vlanLimits: NumberLimits = { what: 'a VLAN', least: 1, most: 4094 };
export const vxlanLimits: NumberLimits = { what: 'a VXLAN identifier', least: 1, most: 16777215 };

export function readNumber(word: Word, limits: NumberLimits, complain: Complain): Read<number> | undefined {
  const { text } = word;
  const range = `${limits.what} is a number from ${limits.least} to ${limits.most}`;
  if (/^-?(0|[1-9]\d*)$/.test(text)) {
    const value = Number(text);
    if (value >= limits.least && value <= limits.most) return { value, span: word.span };
    return refuse(complain, numberOutOfRange, word, `${quote(text)} is not possible: ${range}`);
  }
  if (/^0\d+$/.test(text))
    return refuse(complain, leadingZero, word, `${quote(text)} has a leading zero`, {
      help: 'write it without the zero in front',
    });
  return refuse(complain, badNumber, word, `${quote(text)} is not a number`, { help: range });
}

/** `on` or `off` behind the name of an option. */
export function readSwitch(word: Word, option: string, complain: Complain): boolean | undefined {
  if (word.text === 'on') return true;
  if (word.text === 'off') return false;
  return refuse(complain, badSwitch, word, `${quote(option)} is \`on\` or \`off\`, not ${quote(word.text)}`, {
    help: `\`${option}\` alone means \`on\``,
  });
}

/** One word out of a few. `what`: what is chosen. */
export function readChoice<Choice extends string>(
  word: Word,
  what: string,
  choices: readonly Choice[],
  complain: Complain,
): Read<Choice> | undefined {
  const value = choices.find((choice) => choice === word.text);
  if (value !== undefined) return { value, span: word.span };
  const near = suggest(word.text, choices);
  const message = `${quote(word.text)} is not ${what}; possible are ${choices.map(quote).join(', ')}`;
  return refuse(
    complain,
    unknownChoice,
    word,
    message,
    near === undefined ? {} : { help: `did you mean \`${near}\`?`, edit: rewrite(word, near) },
  );
}
