/** Where a text stops being JSON. JSON.parse knows, but its messages say so only in some versions. */

/** What may come next at a place of the text. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'end of text';

/** The offset of the first character that cannot stand where it stands; the length of the text when only its end is missing. */
export function failureOffset(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let index = 0;
  for (;;) {
    while (' \n\r\t'.includes(text[index] ?? 'x')) index++;
    const next = step(text, index, expected, open);
    if (next === undefined) return index;
    expected = next.expected;
    index = next.index;
  }
}

interface Step {
  readonly expected: Expected;
  readonly index: number;
}

/** One token further; undefined where none fits, or at the end of the text. */
function step(text: string, index: number, expected: Expected, open: ('{' | '[')[]): Step | undefined {
  const character = text[index];
  if (character === undefined) return undefined;
  const closes = expected === ', or end' || expected === (character === ']' ? 'value or ]' : 'key or }');
  if ((character === '}' || character === ']') && closes) {
    if (open.pop() !== (character === '}' ? '{' : '[')) return undefined;
    return { expected: afterValue(open), index: index + 1 };
  }
  switch (expected) {
    case ':':
      return character === ':' ? { expected: 'value', index: index + 1 } : undefined;
    case ', or end':
      if (character !== ',') return undefined;
      return { expected: open.at(-1) === '{' ? 'key' : 'value', index: index + 1 };
    case 'end of text':
      return undefined;
    case 'key':
    case 'key or }':
      return character === '"' ? afterScalar(text, index, ':') : undefined;
    case 'value':
    case 'value or ]':
      if (character !== '{' && character !== '[') return afterScalar(text, index, afterValue(open));
      open.push(character);
      return { expected: character === '{' ? 'key or }' : 'value or ]', index: index + 1 };
  }
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? 'end of text' : ', or end';
}

function afterScalar(text: string, index: number, expected: Expected): Step | undefined {
  const end = text[index] === '"' ? endOfString(text, index) : endOfMatch(wordPattern(), text, index);
  return end === undefined ? undefined : { expected, index: end };
}

/** A number or one of JSON's words. */
const wordPattern = (): RegExp => /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

const escapePattern = (): RegExp => /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The offset behind what a sticky pattern matches at a place. */
function endOfMatch(pattern: RegExp, text: string, index: number): number | undefined {
  pattern.lastIndex = index;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** The offset behind the string that opens at a place; undefined where it is none. */
function endOfString(text: string, start: number): number | undefined {
  let index = start + 1;
  for (;;) {
    const character = text[index];
    if (character === undefined || character < ' ') return undefined;
    if (character === '"') return index + 1;
    const next: number | undefined = character === '\\' ? endOfMatch(escapePattern(), text, index) : index + 1;
    if (next === undefined) return undefined;
    index = next;
  }
}
