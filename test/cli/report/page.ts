/** Reading a page that `ctfw report` made: whether it is well-formed, and what it holds. */

const voidElements = new Set(['meta', 'br']);

/** What is wrong with the form of a page: tags that do not match, ids that stand twice, links that lead nowhere, things from elsewhere. */
export function pageProblems(page: string): readonly string[] {
  const problems: string[] = [];
  const open: string[] = [];
  for (const match of page.matchAll(/<(\/?)([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/g)) {
    const [, slash, name = '', attributes = ''] = match;
    if (['script', 'link', 'img', 'iframe', 'object', 'embed', 'form', 'base'].includes(name))
      problems.push(`<${name}>`);
    if (/\son[a-z]+=|\ssrc=|\sstyle=|\shref="(?!#)/.test(attributes)) problems.push(match[0]);
    if (voidElements.has(name)) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) problems.push(`</${name}> at ${match.index}`);
  }
  if (open.length > 0) problems.push(`not closed: ${open.join(', ')}`);
  const rest = page.replace(/<!doctype html>|<\/?[a-z0-9]+(?:\s+[a-z-]+(?:="[^"<>]*")?)*\s*>/g, '');
  if (/[<>]/.test(rest)) problems.push(`a bare bracket: ${rest.match(/.{0,30}[<>].{0,30}/)?.[0]}`);
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  const known = new Set(ids);
  if (known.size !== ids.length) problems.push('an id stands twice');
  for (const [, target] of page.matchAll(/\shref="#([^"]*)"/g))
    if (!known.has(target)) problems.push(`#${target} is nowhere`);
  if (/url\(|@import|https?:/.test(page.match(/<style>[\s\S]*<\/style>/)?.[0] ?? ''))
    problems.push('a style from elsewhere');
  return problems;
}

/** The rows of a section, their cells as texts; the heads of its tables are left out. */
export function rowsOf(page: string, section: string): readonly (readonly string[])[] {
  const part = page.match(new RegExp(`<section id="${section}"[\\s\\S]*?</section>`))?.[0] ?? '';
  return [...part.matchAll(/<tr>(.*?)<\/tr>/gs)]
    .map((row) => [...(row[1] ?? '').matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map((cell) => textOf(cell[1] ?? '')))
    .slice(part === '' ? 0 : 1);
}

function textOf(markup: string): string {
  return markup
    .replace(/<details>.*?<\/details>/gs, '')
    .replace(/<br>|<\/div>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim();
}
