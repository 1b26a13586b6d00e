/** What rules look at: expressions, each once. */
import type { Expression } from '../../../ruleset/expression.ts';
import type { MatchStatement } from '../../../ruleset/statement.ts';
import { partsOf } from '../../space/cuts-of-rules.ts';

export class Compared {
  private readonly byText = new Map<string, Expression>();

  addMatches(matches: readonly MatchStatement[]): void {
    for (const { left } of matches) this.addAll(partsOf(left));
  }

  addAll(expressions: readonly Expression[]): void {
    for (const expression of expressions) {
      const text = JSON.stringify(expression, (_, part: unknown) => (typeof part === 'bigint' ? `${part}` : part));
      if (!this.byText.has(text)) this.byText.set(text, expression);
    }
  }

  get expressions(): readonly Expression[] {
    return [...this.byText.values()];
  }
}
