/** The comments of rules and elements: a text and the policy lines that something comes from, and back from what a kernel kept. */
import type { Origin } from '../../source/span.ts';

/** Bytes that nft accepts in a comment (NFTNL_UDATA_COMMENT_MAXLEN). */
export const maximumCommentLength = 128;

/** Bytes of a log prefix without its terminator (NF_LOG_PREFIXLEN). */
export const maximumLogPrefixLength = 127;

const ellipsis = '...';

/** What carries a comment: rules and elements of sets and maps. */
export interface Commented {
  readonly origins: readonly Origin[];
  readonly comment?: string;
}

/**
 * Text that survives nft's own lexer, which knows no escapes in quoted strings, and any terminal: printable ASCII, with quotes,
 * backslashes and all other characters replaced one for one.
 */
export function plainText(text: string): string {
  return text
    .replace(/["`]/g, "'")
    .replace(/[\\]/g, '/')
    .replace(/[^\x20-\x7e]/gu, '?');
}

/** File names that are written as they are, whatever the line. */
const isPlainName = /^[\w./+-]{1,40}$/;

/** Text cut to a length, its end marked. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - ellipsis.length).trimEnd()}${ellipsis}`;
}

/**
 * The comment as it is written: `text; file:line, file:line`, at most 128 bytes of printable ASCII. Origins that do not fit
 * are left out whole and stand as `...`; undefined when there is nothing to say.
 */
export function formatComment(commented: Commented): string | undefined {
  const text = commented.comment === undefined ? '' : plainText(commented.comment).trim();
  const [first, second] = commented.origins;
  if (text === '' && first !== undefined && second === undefined) return formatOrigin(first);
  const origins = [...new Set(commented.origins.map(formatOrigin))];
  if (origins.length === 0) return text === '' ? undefined : cut(text, maximumCommentLength);
  if (text === '') return joinOrigins(origins, maximumCommentLength);
  const head = cut(text, Math.max(maximumCommentLength / 2, maximumCommentLength - 2 - origins.join(', ').length));
  return `${head}; ${joinOrigins(origins, maximumCommentLength - head.length - 2)}`;
}

/** The name keeps its end, which tells files apart; commas and semicolons separate origins. */
function formatOrigin(origin: Origin): string {
  if (isPlainName.test(origin.file)) return `${origin.file}:${origin.line}`;
  const name = plainText(origin.file).replace(/[,;]/g, '_').trim();
  const line = `:${origin.line}`;
  const room = maximumCommentLength / 2 - 2 - ellipsis.length - line.length;
  return `${name.length <= room ? name : `${ellipsis}${name.slice(name.length - room + ellipsis.length)}`}${line}`;
}

function joinOrigins(origins: readonly string[], room: number): string {
  let text = '';
  for (const [index, origin] of origins.entries()) {
    const next = index === 0 ? origin : `${text}, ${origin}`;
    const reserved = index === origins.length - 1 ? 0 : `, ${ellipsis}`.length;
    if (next.length + reserved > room) return index === 0 ? cut(origin, room) : `${text}, ${ellipsis}`;
    text = next;
  }
  return text;
}

/** The text and origins that a comment names; a comment that is not of our form is all text. */
export function parseComment(comment: string): Commented {
  const split = comment.lastIndexOf('; ');
  const origins = parseOrigins(split === -1 ? comment : comment.slice(split + 2));
  if (origins === undefined) return { origins: [], comment };
  return split === -1 ? { origins } : { origins, comment: comment.slice(0, split) };
}

function parseOrigins(text: string): readonly Origin[] | undefined {
  const origins: Origin[] = [];
  const parts = text.split(', ');
  for (const [index, part] of parts.entries()) {
    if (index > 0 && index === parts.length - 1 && part === ellipsis) break;
    const match = /^([^,;]+):(\d{1,9})$/.exec(part);
    if (match === null) return undefined;
    origins.push({ file: match[1] ?? '', line: Number(match[2]) });
  }
  return origins;
}

/** A comment as it reads back after having been written: the canonical form. */
export function normalizeComment(commented: Commented): Commented {
  const text = formatComment(commented);
  return text === undefined ? { origins: [] } : parseComment(text);
}
