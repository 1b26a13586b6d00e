/** What the parser stumbled over, in the user's words. */
import {
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  NoViableAltException,
  tokenLabel,
} from 'chevrotain';
import { blockMissing, unexpected } from '../diagnostics/catalogue/syntax.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { SourceFile } from '../source/span.ts';
import type { Region } from './findings.ts';
import { contextOfRules, formHelp } from './forms.ts';
import { spanOfToken } from './layout.ts';
import { closeBraces, ends, openBraces } from './tokens.ts';
import { quote } from './values/reading.ts';

const boundaries = new Set([...ends, ...openBraces, ...closeBraces]);
const blockRules = new Set(['host', 'network', 'container', 'interface']);

/** Messages for the places where the grammar expects something else. */
export const messageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual, previous }) => expectation([tokenLabel(expected)], actual, previous),
  buildNoViableAltMessage: ({ expectedPathsPerAlt, actual, previous }) => {
    const labels = expectedPathsPerAlt.flatMap((paths) => paths.map((path) => path[0]));
    return expectation(
      labels.flatMap((type) => (type === undefined ? [] : [tokenLabel(type)])),
      actual[0],
      previous,
    );
  },
  buildEarlyExitMessage: ({ expectedIterationPaths, actual, previous }) => {
    const labels = expectedIterationPaths.flatMap((path) => (path[0] === undefined ? [] : [tokenLabel(path[0])]));
    return expectation(labels, actual[0], previous);
  },
  buildNotAllInputParsedMessage: () => '',
};

function expectation(labels: readonly string[], actual: IToken | undefined, previous: IToken): string {
  const last = labels.at(-1) ?? '';
  const expected = labels.length > 1 ? `${labels.slice(0, -1).join(', ')} or ${last}` : last;
  return `expected ${expected} after ${quote(previous.image)}, but ${found(actual)}`;
}

function found(token: IToken | undefined): string {
  return token === undefined || token.image === '' ? 'the statement ends here' : `found ${quote(token.image)}`;
}

/** A mistake that the parser found: what to report, and the statement in which nothing else needs to be said. */
export interface ParseProblem {
  readonly diagnostic: Diagnostic;
  readonly region: Region;
}

/** Turns an exception of the parser into a diagnostic; undefined for those that only follow from stopping early. */
export function parseProblem(
  file: SourceFile,
  tokens: readonly IToken[],
  exception: IRecognitionException,
): ParseProblem | undefined {
  const index = indexOfToken(tokens, exception.token);
  if (index === -1) return undefined;
  let first = index;
  while (first > 0 && !isBoundary(tokens[first - 1])) first--;
  let last = index;
  while (last < tokens.length - 1 && !isBoundary(tokens[last])) last++;
  const region = { start: tokens[first]?.startOffset ?? 0, end: tokens[last]?.startOffset ?? file.text.length };
  const rules = exception.context.ruleStack;
  const keyword = tokens[first]?.image ?? '';
  const help = mistypedOutcome(rules, exception) ?? formHelp(contextOfRules(rules), keyword);
  const details = help === undefined ? {} : { help };
  const span = spanOfToken(file, exception.token);
  if (!blockRules.has(rules.at(-1) ?? '')) {
    return { diagnostic: report(unexpected, span, exception.message, details), region };
  }
  const header = file.text.slice(region.start, tokens[index]?.startOffset).trim();
  const message = `${quote(header)} needs a block: a \`{\` is missing`;
  return { diagnostic: report(blockMissing, span, message, details), region };
}

/** A word that stands where an outcome is expected, and was read as a service. */
function mistypedOutcome(rules: readonly string[], exception: IRecognitionException): string | undefined {
  if (rules.at(-1) !== 'expect' || !(exception instanceof NoViableAltException)) return undefined;
  const near = suggest(exception.previousToken.image, ['allowed', 'blocked', 'rejected', 'reaches', 'leaves']);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

function isBoundary(token: IToken | undefined): boolean {
  return token === undefined || boundaries.has(token.tokenType);
}

/** Where a token stands in the sorted list of all; several may begin at the same offset. */
function indexOfToken(tokens: readonly IToken[], token: IToken): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.startOffset ?? 0) < token.startOffset) low = middle + 1;
    else high = middle;
  }
  for (let index = low; tokens[index]?.startOffset === token.startOffset; index++) {
    if (tokens[index] === token) return index;
  }
  return -1;
}
