/** One rule as the words of an iptables-restore line: the inverse of rule.ts. */
import type { Rule } from '../../ruleset/ruleset.ts';
import type { Statement } from '../../ruleset/statement.ts';
import { joins, writeMatch } from './matches/index.ts';
import { basicPlace, basicText } from './normal/basics-text.ts';
import { formatComment } from './normal/comment.ts';
import { normalizeRule, protocolOf } from './normal/normalize.ts';
import { type Problem, problemOf, type WrittenRule } from './normal/problem.ts';
import { targetModules } from './targets/index.ts';
import type { MatchText, ReadContext } from './text/module.ts';
import { quoteString } from './text/tokens.ts';

/** Writes a rule of the ip or ip6 family. `foreign`: unknown statements were read from iptables and go back as they are. */
export function writeRule(rule: Rule, family: 'ip' | 'ip6', foreign: boolean): WrittenRule {
  const normal = normalizeRule(rule, family);
  if (normal.problem !== undefined) return { problem: normal.problem };
  const { statements } = normal.rule;
  const comment = formatComment(normal.rule);
  const context: ReadContext = { family, protocol: protocolOf(statements) };
  const words = new RuleWriter(context, foreign);
  const problem = words.writeAll(statements.filter((statement) => statement.kind !== 'counter'));
  if (problem !== undefined) return { problem };
  return {
    words: words.join(comment === undefined ? undefined : `-m comment --comment ${quoteString(comment)}`),
    counter: statements.find((statement) => statement.kind === 'counter'),
  };
}

class RuleWriter {
  readonly #context: ReadContext;
  readonly #foreign: boolean;
  readonly #matches: string[] = [];
  readonly #basicPlaces = new Set<number>();
  /** Options of one module that share its `-m`. */
  #group: MatchText[] = [];
  #target: string | undefined;

  constructor(context: ReadContext, foreign: boolean) {
    this.#context = context;
    this.#foreign = foreign;
  }

  writeAll(statements: readonly Statement[]): Problem | undefined {
    for (let index = 0; index < statements.length; ) {
      const statement = statements[index];
      if (statement === undefined) break;
      const count = this.#write(statement, statements[index + 1]);
      if (count === undefined) return problemOf(statement, this.#context.family);
      index += count;
    }
    this.#closeGroup();
    return undefined;
  }

  join(comment: string | undefined): string {
    const words = [...this.#matches];
    if (comment !== undefined) words.push(comment);
    if (this.#target !== undefined) words.push(this.#target);
    return words.join(' ');
  }

  /** Writes a statement, and the next one where both are one option; gives how many, or undefined when there is no way. */
  #write(statement: Statement, next: Statement | undefined): number | undefined {
    if (statement.kind === 'unknown') return this.#writeUnknown(statement.text, statement.effect);
    const place = basicPlace(statement, this.#context.family);
    if (place !== undefined) return this.#writeBasic(statement, place);
    const target = this.#targetText(statement);
    if (target !== undefined) {
      this.#target = target;
      return 1;
    }
    const option = writeMatch(statement, next, this.#context);
    if (option === undefined) return undefined;
    if (!joins(option, this.#group)) this.#closeGroup();
    this.#group.push(option);
    return option.statements;
  }

  #writeBasic(statement: Statement, place: number): number | undefined {
    const text = basicText(statement, this.#context.family);
    if (text === undefined || this.#basicPlaces.has(place)) return undefined;
    this.#basicPlaces.add(place);
    this.#matches.push(text);
    return 1;
  }

  #writeUnknown(text: string, effect: 'match' | 'effect' | 'none'): number | undefined {
    if (!this.#foreign || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) return undefined;
    if (effect === 'match') {
      this.#closeGroup();
      this.#matches.push(text);
    } else this.#target = text;
    return 1;
  }

  #targetText(statement: Statement): string | undefined {
    if (statement.kind === 'verdict' && (statement.verdict.kind === 'jump' || statement.verdict.kind === 'goto'))
      return `${statement.verdict.kind === 'jump' ? '-j' : '-g'} ${statement.verdict.chain}`;
    for (const module of targetModules) {
      const text = module.write(statement, this.#context);
      if (text !== undefined) return `-j ${text}`;
    }
    return undefined;
  }

  #closeGroup(): void {
    const module = this.#group[0]?.module;
    if (module !== undefined)
      this.#matches.push(
        ['-m', module, ...this.#group.map((option) => option.text)].filter((word) => word !== '').join(' '),
      );
    this.#group = [];
  }
}
