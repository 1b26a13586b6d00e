/** What the documentation says is true: its policies compile, its fragments parse, its links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../src/compile.ts';
import { renderDiagnostics } from '../src/diagnostics/render.ts';
import { emptyLock } from '../src/lock/lock.ts';
import { parsePolicy } from '../src/syntax/parse.ts';
import { printPolicy } from '../src/syntax/print.ts';

const root = resolve(import.meta.dirname, '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

interface Block {
  readonly title: string;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```([a-z-]+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    title: `${page}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

const blocks = pages.flatMap(blocksOf);
const policies = blocks.filter(({ language }) => language === 'ctfw');
const fragments = blocks.filter(({ language }) => language === 'ctfw-fragment');

test('there are policies to check in each page that is to have some', () => {
  const having = new Set(policies.map(({ title }) => title.replace(/:\d+$/, '')));
  expect([...having]).toEqual(
    expect.arrayContaining(['README.md', 'docs/cookbook.md', 'docs/guide-for-docker-users.md', 'docs/language.md']),
  );
});

describe.each(policies)('$title', ({ text }) => {
  const source = { name: 'policy.ctfw', text };

  test('compiles without errors or warnings', () => {
    const {
      compiled: [compiled],
      diagnostics,
    } = compile(source, () => ({ error: 'no such file' }), emptyLock);
    const loud = diagnostics.filter(({ severity }) => severity !== 'hint');
    expect(renderDiagnostics(loud, { color: false })).toBe('');
    expect(compiled?.expectations.every(({ kind }) => kind === 'holds')).toBe(true);
  });
});

test('policies of docs/ are laid out as fmt lays them out', () => {
  const otherwise = policies.filter(({ title, text }) => {
    const { file } = parsePolicy({ name: 'policy.ctfw', text });
    return title.startsWith('docs/') && printPolicy(file) !== text;
  });
  expect(otherwise.map(({ title }) => title)).toEqual([]);
});

test.each(fragments)('$title is a part of a policy', ({ text }) => {
  const around = [text, `host h {\n${text}\n}`, `network n {\n${text}\n}`, `container c {\n${text}\n}`];
  const clean = around.filter((policy) => parsePolicy({ name: 'policy.ctfw', text: policy }).diagnostics.length === 0);
  expect(clean.length).toBeGreaterThan(0);
});

test('links of pages lead to files, and to headings that they have', () => {
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
      const [path = '', heading] = (match[1] ?? '').split('#');
      if (/^https?:/.test(path)) return [];
      const target = path === '' ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(target)) return [`${page}: ${match[1]}`];
      const isMissing = heading !== undefined && !headingsOf(target).includes(heading);
      return isMissing ? [`${page}: ${match[1]}`] : [];
    });
  });
  expect(broken).toEqual([]);
});

/** The anchors of a page, as GitHub makes them. */
function headingsOf(path: string): readonly string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  );
}
