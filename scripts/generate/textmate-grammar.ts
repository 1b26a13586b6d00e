/** grammar/ctfw.tmLanguage.json: colours for editors that know TextMate grammars; its words come from the grammar itself. */
import { type Expression, literalsOf } from '../../test/support/ebnf.ts';
import type { Grammar } from './grammar-source.ts';

/** What stands before and after a whole word of the language. */
const before = '(?<![A-Za-z0-9_.:@/-])';
const after = '(?![A-Za-z0-9_.:@/-])';
const nameWord = '[A-Za-z0-9_][A-Za-z0-9_.@-]*';

export function textMateGrammar(grammar: Grammar): string {
  const statements = firstWords(grammar, 'statement');
  const items = ['hostItem', 'interfaceItem', 'networkItem', 'containerItem', 'attachOption'].flatMap((rule) =>
    firstWords(grammar, rule),
  );
  const outcomes = firstWords(grammar, 'outcome');
  const declaring = declarations(grammar, statements);
  const others = allWords(grammar).filter((word) => !statements.includes(word) && !outcomes.includes(word));
  const lineStart = '(?:^|(?<=[;{}]))\\s*';
  const document = {
    $schema: 'https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json',
    name: 'ctfw policy',
    scopeName: 'source.ctfw',
    fileTypes: ['ctfw'],
    patterns: [
      { name: 'comment.line.number-sign.ctfw', match: '#.*$' },
      { name: 'string.quoted.double.ctfw', match: '"[^"]*"' },
      { name: 'keyword.operator.ctfw', match: '<->|->|=' },
      {
        match: `${lineStart}(${choice(declaring)})\\s+(${nameWord})`,
        captures: { 1: { name: 'keyword.declaration.ctfw' }, 2: { name: 'entity.name.type.ctfw' } },
      },
      { match: `${lineStart}(${choice(statements)})${after}`, captures: { 1: { name: 'keyword.control.ctfw' } } },
      {
        match: `${lineStart}(${choice([...new Set(items)])})${after}`,
        captures: { 1: { name: 'keyword.other.ctfw' } },
      },
      { name: 'support.constant.outcome.ctfw', match: `${before}(?:${choice(outcomes)})${after}` },
      { name: 'constant.numeric.mac.ctfw', match: `${before}[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}${after}` },
      {
        name: 'constant.numeric.address.ctfw',
        match:
          '(?<![A-Za-z0-9_.-])(?:\\[?[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\\]?|[0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?:/[0-9]{1,3})?',
      },
      {
        name: 'constant.numeric.port.ctfw',
        match: `(?<![A-Za-z0-9_.-])[0-9]+(?:-[0-9]+)?(?:/(?:${choice(wordsOf(grammar, 'PROTOCOL'))}))?(?![A-Za-z0-9_.])`,
      },
      { name: 'keyword.other.ctfw', match: `${before}(?:${choice(others)})${after}` },
    ],
  };
  return `${JSON.stringify(document, undefined, 2).replace(/\[\s+("[^"\n]*")\s+\]/g, '[$1]')}\n`;
}

function isWord(text: string): boolean {
  return /^[a-z][a-z-]*$/.test(text);
}

function wordsOf(grammar: Grammar, name: string): readonly string[] {
  const expression = grammar.rules.get(name);
  return expression === undefined ? [] : literalsOf(expression).filter(isWord);
}

/** Every word of rules that are made of words, in the order of the grammar. */
function allWords(grammar: Grammar): readonly string[] {
  const names = grammar.list.filter(({ name }) => name !== name.toUpperCase()).map(({ name }) => name);
  return [...new Set(names.flatMap((name) => wordsOf(grammar, name)))];
}

/** The words that a rule can begin with. */
function firstWords(grammar: Grammar, name: string): readonly string[] {
  const first = (expression: Expression): readonly string[] => {
    switch (expression.kind) {
      case 'literal':
        return isWord(expression.text) ? [expression.text] : [];
      case 'class':
        return [];
      case 'rule':
        return firstWords(grammar, expression.name);
      case 'choice':
        return expression.alternatives.flatMap(first);
      case 'repeat':
        return first(expression.part);
      case 'sequence': {
        const found: string[] = [];
        for (const part of expression.parts) {
          found.push(...first(part));
          if (part.kind !== 'repeat' || part.least > 0) break;
        }
        return found;
      }
    }
  };
  const expression = grammar.rules.get(name);
  return expression === undefined ? [] : [...new Set(first(expression))];
}

/** The statements that give a name to something: a word, and then a name that is followed by a block or "=". */
function declarations(grammar: Grammar, statements: readonly string[]): readonly string[] {
  return statements.filter((word) => {
    const expression = grammar.rules.get(word);
    const [first, second] = expression?.kind === 'sequence' ? expression.parts : [];
    const isNamed = second?.kind === 'rule' && (second.name === 'NAME' || second.name === 'SERVICE-NAME');
    return first?.kind === 'literal' && isNamed && hasLiteral(expression, ['{', '=']);
  });
}

/** An alternation with longer words first, so that no word hides one that it begins. */
function choice(words: readonly string[]): string {
  return [...words].sort((left, right) => right.length - left.length || (left < right ? -1 : 1)).join('|');
}

function hasLiteral(expression: Expression | undefined, texts: readonly string[]): boolean {
  return expression !== undefined && literalsOf(expression).some((text) => texts.includes(text));
}
