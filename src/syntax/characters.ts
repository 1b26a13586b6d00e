/** Which characters may stand in a policy: what ends a word, and what is refused because it hides or forges what is read. */

/** Why a character is refused. */
export type BadCharacter = 'control' | 'invisible' | 'undecodable';

const codeOf = (character: string): number => character.charCodeAt(0);

/** Ends a word without being part of it. `-` ends one only as the beginning of `->`. */
const wordEnds = new Uint8Array(128);
for (const character of ' \t\r\n,;{}#="<>') wordEnds[codeOf(character)] = 1;

/** Whether a UTF-16 unit ends a word. */
export function endsWord(code: number): boolean {
  return code < 128 && wordEnds[code] === 1;
}

/** Whether a unit is plain text at first sight: printable ASCII or a tab. Everything else goes through {@link badCharacter}. */
export function isPlain(code: number): boolean {
  return (code >= 32 && code < 127) || code === 9;
}

/** Characters without width or with an effect on the direction of text. Joiners are left out: comments in many scripts need them. */
function isInvisible(code: number): boolean {
  return (
    code === 0xad ||
    code === 0x34f ||
    code === 0x61c ||
    code === 0x115f ||
    code === 0x1160 ||
    (code >= 0x17b4 && code <= 0x17b5) ||
    code === 0x180e ||
    code === 0x200b ||
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0x2800 ||
    code === 0x3164 ||
    code === 0xfeff ||
    code === 0xffa0 ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    (code >= 0xe0000 && code <= 0xe0fff)
  );
}

/** Further characters that nobody can see between words: joiners and spaces that are not the plain one. */
function isInvisibleInWord(code: number): boolean {
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x200c ||
    code === 0x200d ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** Why a code point may not stand in a policy, or undefined when it may. `inWord`: outside of comments and quotes. */
export function badCharacter(codePoint: number, inWord: boolean): BadCharacter | undefined {
  if (isPlain(codePoint)) return undefined;
  if (codePoint < 32 || (codePoint >= 127 && codePoint < 160)) return 'control';
  if (codePoint === 0xfffd || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return 'undecodable';
  if (isInvisible(codePoint) || (inWord && isInvisibleInWord(codePoint))) return 'invisible';
  return undefined;
}

/** Characters that turn the direction of the text around them. */
export function turnsDirection(codePoint: number): boolean {
  return (
    codePoint === 0x61c ||
    codePoint === 0x200e ||
    codePoint === 0x200f ||
    (codePoint >= 0x202a && codePoint <= 0x202e) ||
    (codePoint >= 0x2066 && codePoint <= 0x2069)
  );
}

/** `U+202E`: how people look a character up. */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}
