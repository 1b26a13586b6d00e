/** What may stand at a place of a half-typed policy. The grammar itself is asked, so it is never of another opinion. */
import type { IToken, TokenType } from 'chevrotain';
import type { SourceFile, Span } from '../../source/span.ts';
import { endsWord } from '../../syntax/characters.ts';
import { Findings } from '../../syntax/findings.ts';
import type { Context } from '../../syntax/forms.ts';
import { PolicyParser } from '../../syntax/grammar.ts';
import { messageProvider } from '../../syntax/parse-problems.ts';
import { scan } from '../../syntax/scanner.ts';
import { Arrow, Comma, closeBraces, ends, keywords, openBraces, Text, Word } from '../../syntax/tokens.ts';

/** One thing that the grammar takes at a place: a token type, and the innermost rule that takes it. */
export interface Expected {
  readonly type: TokenType;
  readonly rule: string;
}

export interface Place {
  readonly context: Context;
  /** The word at the place, which a completion replaces. */
  readonly word: Span;
  /** The words of the statement or item in front of it. */
  readonly before: readonly string[];
  /** The words that begin the statement of the block around it, outermost first: `container web`, `attach front`. */
  readonly headers: readonly (readonly string[])[];
  /** What the grammar takes here; empty at the beginning of a statement, where any keyword of the context may stand. */
  readonly expected: readonly Expected[];
}

/** Which rules parse the items of a context. */
const rulesOf: Readonly<Record<Context, readonly string[]>> = {
  file: ['policy'],
  host: ['interface', 'hostItem', 'dnsItem'],
  interface: ['interfaceItem'],
  network: ['networkItem', 'dnsItem'],
  container: ['attach', 'containerItem', 'dnsItem'],
  attach: ['attachOption'],
};

const opening = new Set<TokenType>(openBraces);
const closing = new Set<TokenType>(closeBraces);
const ending = new Set<TokenType>(ends);

/** Finds what may stand at an offset; undefined inside of comments and texts, and behind a closing brace. */
export type PlaceFinder = (source: SourceFile, offset: number) => Place | undefined;

/** Makes the parser that is asked; it analyses its grammar once. */
export function placeFinder(): PlaceFinder {
  let parser: PolicyParser | undefined;
  return (source, offset) => {
    const word = wordAt(source, offset);
    const tokens = statementAround(word);
    const surroundings = tokens && surroundingsOf(tokens, word.start);
    if (surroundings === undefined) return undefined;
    const { context, before, headers } = surroundings;
    parser ??= new PolicyParser({ messageProvider, validate: false });
    return {
      context,
      word,
      before: before.map(({ image }) => image),
      headers,
      expected: before.length === 0 ? [] : expectedAfter(parser, context, before),
    };
  };
}

/** The word around an offset, up to its end; empty where there is none. */
function wordAt(file: SourceFile, offset: number): Span {
  const isInside = (index: number): boolean => {
    const code = file.text.charCodeAt(index);
    if (code === 0x2d && file.text.charCodeAt(index + 1) === 0x3e) return false;
    return index >= 0 && index < file.text.length && !endsWord(code);
  };
  let start = Math.min(offset, file.text.length);
  while (isInside(start - 1)) start--;
  let end = offset;
  while (isInside(end)) end++;
  return { file, start, end };
}

/** The tokens of the statement of the file that a word belongs to, with something in its place where it is empty. */
function statementAround({ file, start, end }: Span): readonly IToken[] | undefined {
  const filled = { name: file.name, text: `${file.text.slice(0, start)}x${file.text.slice(end)}` };
  const asWritten = scanFor(filled, start, false);
  return asWritten.closedForTheUser ? scanFor(filled, start, true).tokens : asWritten.tokens;
}

function scanFor(
  file: SourceFile,
  offset: number,
  closeEarly: boolean,
): { readonly tokens: readonly IToken[] | undefined; readonly closedForTheUser: boolean } {
  let found: readonly IToken[] | undefined;
  const { closedForTheUser } = scan(file, {
    findings: new Findings(),
    closeEarly,
    take: ({ tokens }) => {
      if (
        found === undefined &&
        (tokens[0]?.startOffset ?? 0) <= offset &&
        (tokens.at(-1)?.endOffset ?? -1) >= offset - 1
      )
        found = tokens;
    },
  });
  return { tokens: found, closedForTheUser };
}

interface Surroundings {
  readonly context: Context;
  readonly before: readonly IToken[];
  readonly headers: readonly (readonly string[])[];
}

/** Walks from the beginning of a statement to a word in it. */
function surroundingsOf(tokens: readonly IToken[], start: number): Surroundings | undefined {
  const headers: string[][] = [];
  let before: IToken[] = [];
  let afterBrace = false;
  for (const token of tokens) {
    const isEnd = ending.has(token.tokenType);
    if (token.startOffset === start && !isEnd) {
      const context = contextOf(headers);
      return afterBrace || context === undefined || token.tokenType === Text ? undefined : { context, before, headers };
    }
    if (opening.has(token.tokenType)) headers.push(before.map(({ image }) => image));
    if (closing.has(token.tokenType)) headers.pop();
    afterBrace = closing.has(token.tokenType);
    if (isEnd || afterBrace || opening.has(token.tokenType)) before = [];
    else before.push(token);
  }
  return undefined;
}

const blockWords: ReadonlyMap<string, Context> = new Map([
  ['host', 'host'],
  ['interface', 'interface'],
  ['network', 'network'],
  ['container', 'container'],
  ['attach', 'attach'],
]);

function contextOf(headers: readonly (readonly string[])[]): Context | undefined {
  const header = headers.at(-1);
  return header === undefined ? 'file' : blockWords.get(header[0] ?? '');
}

function expectedAfter(parser: PolicyParser, context: Context, before: readonly IToken[]): readonly Expected[] {
  const tokens = [...withoutMiddles(withPlainServices(before))];
  const found = new Map<string, Expected>();
  for (const rule of rulesOf[context]) {
    for (const { nextTokenType, ruleStack } of parser.computeContentAssist(rule, tokens)) {
      const innermost = ruleStack.at(-1) ?? rule;
      found.set(`${nextTokenType.name} ${innermost}`, { type: nextTokenType, rule: innermost });
    }
  }
  return [...found.values()];
}

/** Words that end a list of services; `log` does when a text follows it. */
const clauseWords = new Set<TokenType>([
  keywords.reject,
  keywords.allowed,
  keywords.blocked,
  keywords.rejected,
  keywords.reaches,
  keywords.leaves,
]);

/**
 * In front of a clause or an outcome puts one plain service in the place of those that are written or left out. The parser
 * tells by its gates that such a word is none of the services; asked what may follow, it does not look at gates.
 */
function withPlainServices(tokens: readonly IToken[]): readonly IToken[] {
  const arrow = tokens.findIndex(({ tokenType }) => tokenType === Arrow);
  if (arrow === -1) return tokens;
  let services = arrow + 2;
  while (tokens[services]?.tokenType === Comma) services += 2;
  const clause = tokens.findIndex(
    ({ tokenType }, index) =>
      index >= services &&
      tokens[index - 1]?.tokenType !== Comma &&
      (clauseWords.has(tokenType) || (tokenType === keywords.log && tokens[index + 1]?.tokenType === Text)),
  );
  return clause === -1 ? tokens : [...tokens.slice(0, services), plainService, ...tokens.slice(clause)];
}

const plainService: IToken = {
  image: 'any',
  startOffset: 0,
  tokenType: Word,
  tokenTypeIdx: Word.tokenTypeIdx ?? 0,
};

/** Leaves out all but the ends of long lists: what follows does not depend on how many things a list has. */
function withoutMiddles(tokens: readonly IToken[]): readonly IToken[] {
  const kept: IToken[] = [];
  for (const token of tokens) {
    const isMiddle = token.tokenType === Comma && kept.at(-2)?.tokenType === Comma;
    if (isMiddle) kept.pop();
    else kept.push(token);
  }
  return kept;
}
