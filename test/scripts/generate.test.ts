/** Generated files are those that the program writes now, and the check that says so can fail. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { artifacts, drift } from '../../scripts/generate/artifacts.ts';
import { catalogue } from '../../src/diagnostics/catalogue/index.ts';
import { keywords } from '../../src/syntax/tokens.ts';

const root = resolve(import.meta.dirname, '../..');
const wanted = await artifacts(root);

test('generated files are up to date (npm run generate)', () => {
  expect(drift(root, wanted)).toEqual([]);
});

test('a file that is missing, changed or made by nothing is drift', () => {
  const copy = mkdtempSync(join(tmpdir(), 'ctfw-generate-'));
  for (const [path, text] of wanted) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  expect(drift(copy, wanted)).toEqual([]);
  rmSync(join(copy, 'docs/ctfw.1'));
  writeFileSync(join(copy, 'grammar/railroad.html'), '');
  cpSync(join(copy, 'docs/diagnostics/README.md'), join(copy, 'docs/diagnostics/CTFW9999.md'));
  expect(drift(copy, wanted)).toEqual([
    { path: 'grammar/railroad.html', reason: 'is out of date' },
    { path: 'docs/ctfw.1', reason: 'is missing' },
    { path: 'docs/diagnostics/CTFW9999.md', reason: 'is made by nothing' },
  ]);
  rmSync(copy, { recursive: true });
});

test('every diagnostic has a page, and the index leads to it', () => {
  const index = wanted.get('docs/diagnostics/README.md') ?? '';
  for (const { code } of catalogue) {
    expect(wanted.has(`docs/diagnostics/${code}.md`)).toBe(true);
    expect(index).toContain(`[${code}](${code}.md)`);
  }
});

test('the railroad page needs nothing from elsewhere, and its links lead somewhere', () => {
  const page = wanted.get('grammar/railroad.html') ?? '';
  expect(page).not.toMatch(/<script|<link|url\(|https?:/);
  const sections = new Set([...page.matchAll(/<section id="([^"]+)"/g)].map((match) => match[1]));
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
  expect(targets.length).toBeGreaterThan(100);
  expect(targets.filter((target) => !sections.has(target))).toEqual([]);
});

interface Pattern {
  readonly name?: string;
  readonly match: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

const { patterns } = JSON.parse(wanted.get('grammar/ctfw.tmLanguage.json') ?? '') as { patterns: readonly Pattern[] };

/** Colours a line as editors do: the leftmost match wins, of those that begin together the first pattern. */
function coloured(line: string): readonly string[] {
  const found: string[] = [];
  for (let start = 0; start < line.length; ) {
    const matches = patterns.flatMap((pattern) => {
      const expression = new RegExp(pattern.match, 'dg');
      expression.lastIndex = start;
      const match = expression.exec(line);
      return match === null ? [] : [{ pattern, match }];
    });
    const [first] = matches.sort((left, right) => left.match.index - right.match.index);
    if (first === undefined) break;
    const { pattern, match } = first;
    if (pattern.name !== undefined) found.push(`${pattern.name.split('.')[2] ?? ''} ${match[0]}`);
    for (const [group, { name }] of Object.entries(pattern.captures ?? {}))
      found.push(`${name.split('.')[1] ?? ''} ${match[Number(group)] ?? ''}`);
    start = match.index + Math.max(1, match[0].length);
  }
  return found;
}

test('every word of the language is coloured somewhere', () => {
  const words = patterns.flatMap(({ match }) => match.split(/[^a-z-]+/));
  expect(Object.keys(keywords).filter((word) => !words.includes(word))).toEqual([]);
});

test.each([
  [
    'network host { subnet 172.17.0.0/16, fd00::/64; icc off }',
    [
      'declaration network',
      'name host',
      'other subnet',
      'address 172.17.0.0/16',
      'address fd00::/64',
      'other icc',
      'ctfw off',
    ],
  ],
  [
    'deny any -> web 8000-8010/udp log "x # y" # why',
    ['control deny', 'ctfw any', 'ctfw ->', 'port 8000-8010/udp', 'ctfw log', 'double "x # y"', 'number-sign # why'],
  ],
  ['  publish 8080:80 from office', ['other publish', 'port 8080', 'port 80', 'ctfw from']],
])('%s', (line, expected) => {
  expect(coloured(line)).toEqual(expected);
});
