/** The words of one rule sorted out: what holds for every rule, and each match and target with its own options. */
import type { MatchModule, OptionUse, TargetModule } from './text/module.ts';
import { findOption } from './text/module.ts';
import type { Token } from './text/tokens.ts';

/** A match or target as written. */
export interface Extension<Module> {
  readonly name: string;
  readonly module: Module | undefined;
  readonly options: OptionUse[];
  /** All words, for keeping it verbatim. */
  readonly tokens: Token[];
  /** It has words that its module does not know. */
  damaged: boolean;
}

export type Match = Extension<MatchModule>;

export interface Target extends Extension<TargetModule> {
  readonly goto: boolean;
}

export type BasicName = 'source' | 'destination' | 'in' | 'out' | 'protocol' | 'fragment';

export interface BasicUse {
  readonly name: BasicName;
  readonly negated: boolean;
  readonly value: string;
}

export interface RuleWords {
  readonly basics: BasicUse[];
  readonly matches: Match[];
  target: Target | undefined;
  /** Words that belong to nothing. */
  readonly stray: Token[];
  /** The rule is for the other family (`-4`, `-6`). */
  onlyFamily: 'ip' | 'ip6' | undefined;
  counters: { readonly packets: number; readonly bytes: number } | undefined;
}

const basicNames = new Map<string, BasicName>([
  ['-s', 'source'],
  ['--src', 'source'],
  ['--source', 'source'],
  ['-d', 'destination'],
  ['--dst', 'destination'],
  ['--destination', 'destination'],
  ['-i', 'in'],
  ['--in-interface', 'in'],
  ['-o', 'out'],
  ['--out-interface', 'out'],
  ['-p', 'protocol'],
  ['--protocol', 'protocol'],
  ['--proto', 'protocol'],
  ['-f', 'fragment'],
  ['--fragment', 'fragment'],
  ['--fragments', 'fragment'],
]);

export interface Modules {
  readonly matches: ReadonlyMap<string, MatchModule>;
  readonly targets: ReadonlyMap<string, TargetModule>;
  /** The match that `-p` brings in when its options stand without `-m`. */
  readonly implied: (protocol: string) => string | undefined;
}

/** Reads the words behind the chain name of an `-A` or `-I` line. Nothing is lost: what fits nowhere is `stray`. */
export function sortWords(tokens: readonly Token[], modules: Modules): RuleWords {
  const reader = new WordReader(tokens, modules);
  return reader.read();
}

class WordReader {
  readonly #tokens: readonly Token[];
  readonly #modules: Modules;
  #index = 0;
  #protocol: string | undefined;
  /** The latest use of each module, the latest one last. */
  readonly #latest = new Map<MatchModule, Match>();
  readonly #words: RuleWords = {
    basics: [],
    matches: [],
    target: undefined,
    stray: [],
    onlyFamily: undefined,
    counters: undefined,
  };

  constructor(tokens: readonly Token[], modules: Modules) {
    this.#tokens = tokens;
    this.#modules = modules;
  }

  read(): RuleWords {
    while (this.#index < this.#tokens.length) this.#readOne();
    return this.#words;
  }

  #peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#index + ahead];
  }

  #isBang(token: Token | undefined): boolean {
    return token !== undefined && !token.quoted && token.text === '!';
  }

  #readOne(): void {
    const start = this.#index;
    const negated = this.#isBang(this.#peek());
    if (negated) this.#index++;
    const token = this.#peek();
    if (token === undefined || token.quoted || !token.text.startsWith('-')) this.#stray(start);
    else if (basicNames.has(token.text)) this.#readBasic(basicNames.get(token.text) ?? 'source', negated);
    else if (negated && !token.text.startsWith('--')) this.#stray(start);
    else if (!this.#readWord(token.text)) this.#readOption(start, negated);
  }

  /** A word that fits nowhere goes to the last match, so that it stays beside what it may qualify. */
  #stray(start: number): void {
    const word = this.#tokens.slice(start, this.#index + 1);
    this.#index++;
    const last = this.#words.target ?? this.#words.matches.at(-1);
    if (last === undefined) this.#words.stray.push(...word);
    else {
      last.tokens.push(...word);
      last.damaged = true;
    }
  }

  #readBasic(name: BasicName, negatedBefore: boolean): void {
    this.#index++;
    let negated = negatedBefore;
    if (name === 'fragment') {
      this.#words.basics.push({ name, negated, value: '' });
      return;
    }
    if (this.#isBang(this.#peek())) {
      negated = !negated;
      this.#index++;
    }
    const value = this.#peek()?.text ?? '';
    this.#index++;
    if (name === 'protocol' && !negated) this.#protocol = value;
    this.#words.basics.push({ name, negated, value });
  }

  /** `-m`, `-j`, `-g` and what concerns the whole rule. False when the word is none of them. */
  #readWord(text: string): boolean {
    const value = this.#peek(1)?.text;
    if ((text === '-m' || text === '--match') && value !== undefined) this.#startMatch(value);
    else if ((text === '-j' || text === '--jump') && value !== undefined) this.#startTarget(value, false);
    else if ((text === '-g' || text === '--goto') && value !== undefined) this.#startTarget(value, true);
    else if (text === '-4' || text === '--ipv4') this.#words.onlyFamily = 'ip';
    else if (text === '-6' || text === '--ipv6') this.#words.onlyFamily = 'ip6';
    else if ((text === '-c' || text === '--set-counters') && this.#readCounters()) return true;
    else return false;
    this.#index += text === '-4' || text === '--ipv4' || text === '-6' || text === '--ipv6' ? 1 : 2;
    return true;
  }

  #readCounters(): boolean {
    const packets = Number(this.#peek(1)?.text);
    const bytes = Number(this.#peek(2)?.text);
    if (!Number.isSafeInteger(packets) || !Number.isSafeInteger(bytes)) return false;
    this.#words.counters = { packets, bytes };
    this.#index += 3;
    return true;
  }

  #startMatch(name: string): void {
    const tokens = this.#tokens.slice(this.#index, this.#index + 2);
    const module = this.#modules.matches.get(name);
    this.#addMatch({ name, module, options: [], tokens, damaged: false });
  }

  #addMatch(match: Match): void {
    this.#words.matches.push(match);
    if (match.module === undefined) return;
    this.#latest.delete(match.module);
    this.#latest.set(match.module, match);
  }

  #startTarget(name: string, goto: boolean): void {
    const module = goto ? undefined : this.#modules.targets.get(name);
    const tokens = this.#tokens.slice(this.#index, this.#index + 2);
    if (this.#words.target !== undefined) this.#words.stray.push(...tokens);
    else this.#words.target = { name, goto, module, options: [], tokens, damaged: false };
  }

  /** An option belongs to the latest extension that knows it, else to what `-p` implies, else to the latest one unread. */
  #readOption(start: number, negated: boolean): void {
    const written = withoutDashes(this.#peek()?.text ?? '');
    const likely = this.#words.target ?? this.#words.matches.at(-1);
    const shape = likely?.module?.options.get(written);
    if (likely !== undefined && shape !== undefined) {
      this.#takeOption(likely, start, negated, shape.name, shape.values);
      return;
    }
    for (const extension of this.#candidates()) {
      if (extension.module === undefined) continue;
      const shape = findOption(extension.module.options, written);
      if (shape === undefined) continue;
      this.#takeOption(extension, start, negated, shape.name, shape.values);
      return;
    }
    this.#takeUnread(start);
  }

  *#candidates(): Generator<Match | Target> {
    if (this.#words.target !== undefined) yield this.#words.target;
    const latest = this.#words.matches.at(-1);
    // The options of a match that is not known follow it directly, whatever else knows their names.
    if (this.#words.target === undefined && latest !== undefined && latest.module === undefined) return;
    yield* [...this.#latest.values()].reverse();
    const implied = this.#protocol === undefined ? undefined : this.#modules.implied(this.#protocol.toLowerCase());
    const module = implied === undefined ? undefined : this.#modules.matches.get(implied);
    if (implied === undefined || module === undefined || this.#latest.has(module)) return;
    const written = withoutDashes(this.#peek()?.text ?? '');
    if (findOption(module.options, written) === undefined) return;
    const tokens = [
      { text: '-m', quoted: false },
      { text: implied, quoted: false },
    ];
    const match: Match = { name: implied, module, options: [], tokens, damaged: false };
    this.#addMatch(match);
    yield match;
  }

  #takeOption(extension: Match | Target, start: number, negatedBefore: boolean, name: string, count: number): void {
    this.#index++;
    let negated = negatedBefore;
    if (count > 0 && this.#isBang(this.#peek())) {
      negated = !negated;
      this.#index++;
    }
    const values = this.#tokens.slice(this.#index, this.#index + count).map((token) => token.text);
    this.#index = Math.min(this.#index + count, this.#tokens.length);
    if (values.length < count) extension.damaged = true;
    extension.options.push({ name, negated, values });
    extension.tokens.push(...this.#tokens.slice(start, this.#index));
  }

  /** An option that nobody knows: it and all words up to the next option. */
  #takeUnread(start: number): void {
    this.#index++;
    while (this.#index < this.#tokens.length) {
      const token = this.#peek();
      if (token === undefined || (!token.quoted && (token.text.startsWith('-') || this.#isBang(token)))) break;
      this.#index++;
    }
    const words = this.#tokens.slice(start, this.#index);
    const last = this.#words.target ?? this.#words.matches.at(-1);
    if (last === undefined) this.#words.stray.push(...words);
    else {
      last.tokens.push(...words);
      last.damaged = true;
    }
  }
}

function withoutDashes(option: string): string {
  return option.startsWith('--') ? option.slice(2) : option.slice(1);
}
