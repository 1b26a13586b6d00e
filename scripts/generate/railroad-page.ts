/** grammar/railroad.html: the grammar as railroad diagrams, drawn here, so that the page needs no script and no style from elsewhere. */
import railroad, { type Drawing } from 'railroad-diagrams';
import type { Expression } from '../../test/support/ebnf.ts';
import type { Grammar, GrammarRule } from './grammar-source.ts';

export function railroadPage(grammar: Grammar): string {
  const headings = [...new Set(grammar.list.map(({ heading }) => heading))];
  const parts = headings.map((heading) => {
    const rules = grammar.list.filter((rule) => rule.heading === heading);
    return `<h2>${escaped(heading)}</h2>\n${rules.map((rule) => ruleSection(rule, grammar)).join('')}`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The grammar of ctfw policies</title>
<style>
${style}</style>
</head>
<body>
<h1>The grammar of ctfw policies</h1>
<p>Drawn from <a href="ctfw.ebnf">ctfw.ebnf</a>. Rounded boxes are written as they stand, square ones are rules of this page.
Rules in CAPITALS are single words, without white space inside. END is the end of a line or <code>;</code>, as many as there are;
one is implied in front of <code>}</code> and at the end of the file. A line goes on in the next one after a comma, and before <code>{</code>.
<code>#</code> begins a comment, which goes to the end of the line. Words of the language are ordinary names wherever a name is expected.</p>
${parts.join('')}</body>
</html>
`;
}

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
h3 { margin-bottom: 0; font-family: ui-monospace, monospace; }
section > div { overflow-x: auto; }
svg path { stroke-width: 2; stroke: #444; fill: none; }
svg text { font: 14px ui-monospace, monospace; text-anchor: middle; fill: #222; }
svg rect { stroke-width: 2; stroke: #444; fill: #eef3fb; }
svg rect[rx] { fill: #e9f6e9; }
svg a text { fill: #1a4e9c; text-decoration: underline; }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #1b1b1b; }
  a { color: #8ab4f8; }
  svg path, svg rect { stroke: #999; }
  svg text { fill: #ddd; }
  svg rect { fill: #24314a; }
  svg rect[rx] { fill: #23402a; }
  svg a text { fill: #8ab4f8; }
}
`;

function ruleSection({ name, expression, remark }: GrammarRule, grammar: Grammar): string {
  const drawn = railroad.Diagram(draw(expression)).format().toString();
  const svg = drawn.replace('<svg ', `<svg role="img" aria-label="the rule ${name}" `);
  return `<section id="${name}">
<h3>${name}</h3>
${remark === undefined ? '' : `<p>${escaped(remark)}</p>\n`}<div>
${withLinks(svg, grammar)}</div>
</section>
`;
}

function draw(expression: Expression): Drawing {
  switch (expression.kind) {
    case 'literal':
      return railroad.Terminal(expression.text);
    case 'class':
      return railroad.NonTerminal(expression.pattern.source.slice(1, -1).replace('\\x5C', '\\'));
    case 'rule':
      return railroad.NonTerminal(expression.name);
    case 'choice':
      return railroad.Choice(0, ...expression.alternatives.map(draw));
    case 'sequence':
      return railroad.Sequence(...drawSequence(expression.parts));
    case 'repeat': {
      const part = draw(expression.part);
      if (expression.most === 1) return railroad.Optional(part);
      return expression.least === 0 ? railroad.ZeroOrMore(part) : railroad.OneOrMore(part);
    }
  }
}

/** `a ( "," a )*` is one loop around a, with the comma on its way back. */
function drawSequence(parts: readonly Expression[]): Drawing[] {
  const drawings: Drawing[] = [];
  for (let index = 0; index < parts.length; index++) {
    const [part, next] = [parts[index], parts[index + 1]];
    if (part === undefined) continue;
    const inner = next?.kind === 'repeat' && next.most !== 1 && next.part.kind === 'sequence' ? next.part.parts : [];
    const [separator, again] = inner;
    const isList = inner.length === 2 && separator?.kind === 'literal' && sameExpression(part, again);
    if (isList && separator !== undefined) {
      drawings.push(railroad.OneOrMore(draw(part), draw(separator)));
      index++;
    } else drawings.push(draw(part));
  }
  return drawings;
}

function sameExpression(left: Expression, right: Expression | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Square boxes that name a rule lead to it. */
function withLinks(svg: string, grammar: Grammar): string {
  return svg.replace(
    /(<rect(?![^>]* rx=)[^>]*><\/rect>\n)(<text[^>]*>)([^<]+)(<\/text>)/g,
    (whole, box: string, open: string, name: string, close: string) =>
      grammar.rules.has(name)
        ? `${box}<a href="#${name}" aria-label="the rule ${name}">${open}${name}${close}</a>`
        : whole,
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
