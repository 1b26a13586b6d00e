/** Writes a formatted policy differently without changing what it says: other white space, comments, lists and blocks in lines. */
import fc, { type Arbitrary } from 'fast-check';

/** Stands in the place of a break between statements, in a list, in front of or behind a brace. */
const endings = [
  '\n',
  '\r\n',
  ' # a comment\n',
  '\n\n\n',
  '\n  # of its own\n',
  '\n\n# one\n\n# two\n',
  '\t\n',
  ' ;\n',
];
const statementBreaks = [...endings, ';', '; ', '\n;;\n'];
const listBreaks = [', ', ',', ',\n', ', # behind a comma\n    ', ',\r\n\t', ',\n\n  # between\n# two\n'];
const opens = [
  ' { ',
  '{',
  '\n{\n',
  ' {\n',
  ' { # behind a brace\n',
  ' # in front\n{',
  '\n\n# above\n# two\n{ # three\n\n',
];
const closes = [' }', '}', '\n}', '\n\n}', '\n# last\n}', ' # last item\n}'];

/**
 * A scrambled form of a text that the formatter wrote of a tree without comments. Equal choices give an equal text.
 */
export function scrambled(text: string): Arbitrary<string> {
  return fc.infiniteStream(fc.nat({ max: 0xffff })).map((choices) => {
    const choose = (options: readonly string[]): string => options[(choices.next().value ?? 0) % options.length] ?? '';
    return text.replace(/"[^"]*"|,\s+|\s*\{\s*|\s*\}|\s*;\s*|\n\s*| {2,}/g, (match) => {
      if (match.startsWith('"')) return match;
      if (match.startsWith(',')) return choose(listBreaks);
      if (match.includes('{')) return choose(opens);
      if (match.includes('}')) return choose(closes);
      if (match.includes(';') || match.includes('\n')) return choose(statementBreaks);
      return choose([' ', '  ', '\t', '     ']);
    });
  });
}
