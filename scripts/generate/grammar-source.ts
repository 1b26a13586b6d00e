/** grammar/ctfw.ebnf as data: its rules in order, with the heading they stand under and the remark in front of them. */
import { type Expression, parseEbnf, type Rules } from '../../test/support/ebnf.ts';

export interface GrammarRule {
  readonly name: string;
  readonly expression: Expression;
  /** The heading of the part of the grammar that it belongs to. */
  readonly heading: string;
  /** What the grammar says about the rule in words. */
  readonly remark: string | undefined;
}

export interface Grammar {
  readonly rules: Rules;
  readonly list: readonly GrammarRule[];
}

export function readGrammar(text: string): Grammar {
  const rules = parseEbnf(text);
  const list: GrammarRule[] = [];
  let heading = 'policies';
  let remark: string | undefined;
  for (const match of text.matchAll(/\/\*([\s\S]*?)\*\/|^([A-Za-z][A-Za-z0-9-]*)\s*::=/gm)) {
    const comment = match[1]?.trim();
    const title = comment === undefined ? undefined : /^-+ (.*?) -+$/.exec(comment)?.[1];
    const name = match[2];
    if (title !== undefined) heading = title;
    else if (comment !== undefined) remark = comment.startsWith('*') ? undefined : comment.replace(/\s+/g, ' ');
    const expression = name === undefined ? undefined : rules.get(name);
    if (name === undefined || expression === undefined) continue;
    list.push({ name, expression, heading, remark });
    remark = undefined;
  }
  return { rules, list: list.map((rule, index) => (index === 0 ? { ...rule, remark: undefined } : rule)) };
}
