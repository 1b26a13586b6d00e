/** Reads the notation of grammar/ctfw.ebnf, makes sentences from it and recognises them. */

export type Expression =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'class'; readonly pattern: RegExp }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly alternatives: readonly Expression[] }
  | {
      readonly kind: 'repeat';
      readonly part: Expression;
      readonly least: 0 | 1;
      readonly most: 1 | typeof Number.POSITIVE_INFINITY;
    };

export type Rules = ReadonlyMap<string, Expression>;

/** A rule in capitals is one word. */
export const isWordRule = (name: string): boolean => /^[A-Z0-9-]+$/.test(name);

const lexemes = /\s+|\/\*[\s\S]*?\*\/|([A-Za-z][A-Za-z0-9-]*)(?=\s*(::=)?)|"[^"]*"|'[^']*'|\[[^\]]+\]|::=|[|()?*+]/y;

/** Parses a grammar. Throws where the text is not in the notation. */
export function parseEbnf(text: string): Rules {
  const tokens: string[] = [];
  lexemes.lastIndex = 0;
  for (let last = 0; last < text.length; last = lexemes.lastIndex) {
    const match = lexemes.exec(text);
    if (match === null) throw new SyntaxError(`not in the notation: ${text.slice(last, last + 40)}`);
    if (!/^(\s|\/\*)/.test(match[0])) tokens.push(match[0]);
  }
  const rules = new Map<string, Expression>();
  let index = 0;
  const isEnd = (): boolean => index >= tokens.length || tokens[index + 1] === '::=';
  const choice = (): Expression => {
    const alternatives = [sequence()];
    for (; tokens[index] === '|'; ) {
      index++;
      alternatives.push(sequence());
    }
    return alternatives.length === 1 && alternatives[0] !== undefined
      ? alternatives[0]
      : { kind: 'choice', alternatives };
  };
  const sequence = (): Expression => {
    const parts: Expression[] = [];
    while (!isEnd() && tokens[index] !== '|' && tokens[index] !== ')') parts.push(repeated());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts };
  };
  const repeated = (): Expression => {
    const part = atom();
    const mark = tokens[index];
    if (mark !== '?' && mark !== '*' && mark !== '+') return part;
    index++;
    return { kind: 'repeat', part, least: mark === '+' ? 1 : 0, most: mark === '?' ? 1 : Number.POSITIVE_INFINITY };
  };
  const atom = (): Expression => {
    const token = tokens[index++] ?? '';
    if (token === '(') {
      const inner = choice();
      if (tokens[index++] !== ')') throw new SyntaxError('a parenthesis is not closed');
      return inner;
    }
    if (/^["']/.test(token)) return { kind: 'literal', text: token.slice(1, -1) };
    if (token.startsWith('[')) {
      const pattern = token.replace(/#x([0-9A-F]{2})/g, '\\x$1');
      return { kind: 'class', pattern: new RegExp(`^${pattern}$`) };
    }
    return { kind: 'rule', name: token };
  };
  while (index < tokens.length) {
    const name = tokens[index] ?? '';
    index += 2;
    rules.set(name, choice());
  }
  return rules;
}

/** All rules that an expression mentions. */
export function mentionedRules(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'rule':
      return [expression.name];
    case 'sequence':
      return expression.parts.flatMap(mentionedRules);
    case 'choice':
      return expression.alternatives.flatMap(mentionedRules);
    case 'repeat':
      return mentionedRules(expression.part);
    default:
      return [];
  }
}

/** All literals of an expression. */
export function literalsOf(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'literal':
      return [expression.text];
    case 'sequence':
      return expression.parts.flatMap(literalsOf);
    case 'choice':
      return expression.alternatives.flatMap(literalsOf);
    case 'repeat':
      return literalsOf(expression.part);
    default:
      return [];
  }
}

/** How often each way through the grammar was taken: an alternative, or how often something was repeated. */
export type Coverage = Map<Expression, Map<number, number>>;

/** Makes sentences; where there is a choice it takes the way that was taken least. `samples`: words for rules in capitals. */
export class SentenceMaker {
  readonly coverage: Coverage = new Map();
  readonly #rules: Rules;
  readonly #samples: Readonly<Record<string, readonly string[]>>;
  readonly #choose: (count: number) => number;

  /** `choose` gives a number from 0 to one less than the count. */
  constructor(rules: Rules, samples: Readonly<Record<string, readonly string[]>>, choose: (count: number) => number) {
    this.#rules = rules;
    this.#samples = samples;
    this.#choose = choose;
    for (const expression of rules.values()) this.#register(expression);
  }

  /** The ways that no sentence has taken yet, by the rule they belong to. */
  unreached(): readonly string[] {
    const missing: string[] = [];
    for (const [name, expression] of this.#rules) {
      if (name in this.#samples) continue;
      this.#walk(expression, (inner) => {
        for (const [way, times] of this.coverage.get(inner) ?? []) if (times === 0) missing.push(`${name}: way ${way}`);
      });
    }
    return missing;
  }

  /** A sentence of a rule: its words with a blank between them. */
  make(name: string): string {
    const samples = this.#samples[name];
    if (samples !== undefined) return samples[this.#choose(samples.length)] ?? '';
    const expression = this.#rules.get(name);
    if (expression === undefined) throw new ReferenceError(`no rule ${name}`);
    return this.#expand(expression, isWordRule(name) ? '' : ' ');
  }

  #expand(expression: Expression, separator: string): string {
    switch (expression.kind) {
      case 'literal':
        return expression.text;
      case 'class':
        throw new TypeError('a word made of character classes needs samples');
      case 'rule':
        return this.make(expression.name);
      case 'sequence':
        return joined(
          expression.parts.map((part) => this.#expand(part, separator)),
          separator,
        );
      case 'choice': {
        const way = this.#leastTaken(expression);
        return this.#expand(expression.alternatives[way] ?? expression, separator);
      }
      case 'repeat': {
        const times = expression.least + this.#leastTaken(expression);
        const parts = Array.from({ length: times }, () => this.#expand(expression.part, separator));
        return joined(parts, separator);
      }
    }
  }

  #leastTaken(expression: Expression): number {
    const ways = this.coverage.get(expression) ?? new Map<number, number>();
    const least = Math.min(...ways.values());
    const candidates = [...ways].filter(([, times]) => times === least);
    const [way] = candidates[this.#choose(candidates.length)] ?? [0];
    ways.set(way, least + 1);
    return way;
  }

  #register(expression: Expression): void {
    this.#walk(expression, (inner) => {
      const ways =
        inner.kind === 'choice' ? inner.alternatives.length : inner.kind === 'repeat' ? (inner.most === 1 ? 2 : 3) : 0;
      if (ways > 0) this.coverage.set(inner, new Map(Array.from({ length: ways }, (_, way) => [way, 0])));
    });
  }

  #walk(expression: Expression, visit: (inner: Expression) => void): void {
    visit(expression);
    if (expression.kind === 'sequence') for (const part of expression.parts) this.#walk(part, visit);
    if (expression.kind === 'choice') for (const alternative of expression.alternatives) this.#walk(alternative, visit);
    if (expression.kind === 'repeat') this.#walk(expression.part, visit);
  }
}

function joined(parts: readonly string[], separator: string): string {
  return parts.filter((part) => part !== '').join(separator);
}

/** Whether a sequence of words is a sentence of a rule. `END` matches the word `;`. */
export function recognises(rules: Rules, name: string, words: readonly string[]): boolean {
  return matchEnds(rules, { kind: 'rule', name }, words, 0, false).has(words.length);
}

/** All positions at which a match that begins at a position can end. */
function matchEnds(
  rules: Rules,
  expression: Expression,
  input: readonly string[],
  start: number,
  inWord: boolean,
): Set<number> {
  switch (expression.kind) {
    case 'literal': {
      if (!inWord) return new Set(input[start] === expression.text ? [start + 1] : []);
      const characters = [...expression.text];
      const matches = characters.every((character, index) => input[start + index] === character);
      return new Set(matches ? [start + characters.length] : []);
    }
    case 'class':
      return new Set(expression.pattern.test(input[start] ?? '') ? [start + 1] : []);
    case 'rule': {
      if (expression.name === 'END') return new Set(input[start] === ';' ? [start + 1] : []);
      const rule = rules.get(expression.name);
      if (rule === undefined) throw new ReferenceError(`no rule ${expression.name}`);
      if (inWord || !isWordRule(expression.name)) return matchEnds(rules, rule, input, start, inWord);
      const word = [...(input[start] ?? '')];
      return new Set(matchEnds(rules, rule, word, 0, true).has(word.length) ? [start + 1] : []);
    }
    case 'sequence': {
      let ends = new Set([start]);
      for (const part of expression.parts) {
        ends = new Set([...ends].flatMap((end) => [...matchEnds(rules, part, input, end, inWord)]));
      }
      return ends;
    }
    case 'choice':
      return new Set(expression.alternatives.flatMap((part) => [...matchEnds(rules, part, input, start, inWord)]));
    case 'repeat': {
      const ends = new Set<number>(expression.least === 0 ? [start] : []);
      let open = [start];
      for (let times = 0; open.length > 0 && times < expression.most; times++) {
        const reached = open.flatMap((end) => [...matchEnds(rules, expression.part, input, end, inWord)]);
        open = [...new Set(reached)].filter((end) => !ends.has(end));
        for (const end of open) ends.add(end);
      }
      return ends;
    }
  }
}
