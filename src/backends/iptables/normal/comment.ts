/** The comments of rules: a text and the policy lines that a rule comes from, and back from what a listing says. */
import type { Rule } from '../../../ruleset/ruleset.ts';
import type { Origin } from '../../../source/span.ts';

/** Bytes that xt_comment keeps, without its terminator. */
export const longestComment = 255;

type Commented = Pick<Rule, 'origins' | 'comment'>;

/** Whether a text has at most so many bytes; a UTF-16 unit never takes more than three. */
const fits = (text: string, bytes: number): boolean =>
  text.length * 3 <= bytes || new TextEncoder().encode(text).length <= bytes;

/** One line, without control characters, which would end the rule. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ');

/** `text; file:line, file:line` as far as it fits: origins that do not fit are left out whole and stand as `...`. */
export function formatComment({ origins, comment }: Commented): string | undefined {
  const text = comment === undefined ? undefined : cut(oneLine(comment), longestComment);
  if (origins.length === 0) return text;
  const places = [...new Set(origins.map((origin) => `${oneLine(origin.file).replace(/[,;]/g, '_')}:${origin.line}`))];
  const head = text === undefined || text === '' ? '' : `${cut(text, longestComment / 2)}; `;
  const kept: string[] = [];
  for (const [index, place] of places.entries()) {
    const last = index === places.length - 1;
    if (!fits(`${head}${[...kept, place, ...(last ? [] : ['...'])].join(', ')}`, longestComment)) {
      kept.push('...');
      break;
    }
    kept.push(place);
  }
  return `${head}${kept.join(', ')}`;
}

/** The longest beginning of at most so many bytes. */
function cut(text: string, bytes: number): string {
  let result = text;
  while (!fits(result, bytes)) result = [...result].slice(0, Math.min(bytes, [...result].length - 1)).join('');
  return result;
}

/** The text and origins of a comment; one that is not of our form, or would not be written so again, is all text. */
export function parseComment(comment: string): Commented {
  const split = comment.lastIndexOf('; ');
  const origins = parseOrigins(comment.slice(split === -1 ? 0 : split + 2));
  if (origins === undefined) return { origins: [], comment };
  const parsed: Commented = split === -1 ? { origins } : { origins, comment: comment.slice(0, split) };
  const again = formatComment(parsed);
  return again === comment || `${again}, ...` === comment ? parsed : { origins: [], comment };
}

function parseOrigins(text: string): readonly Origin[] | undefined {
  const origins: Origin[] = [];
  const parts = text.split(', ');
  for (const [index, part] of parts.entries()) {
    if (index > 0 && index === parts.length - 1 && part === '...') break;
    const match = /^([^,;]+):(0|[1-9]\d{0,8})$/.exec(part);
    if (match === null) return undefined;
    origins.push({ file: match[1] ?? '', line: Number(match[2]) });
  }
  return origins;
}

/** A comment as it reads back. */
export function normalizeComment(commented: Commented): Commented {
  const text = formatComment(commented);
  return text === undefined ? { origins: [] } : parseComment(text);
}
