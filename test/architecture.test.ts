/** Holds the house rules of docs/adr/0001: which room may import which, and that no cycle of folders or files exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../src');

/** What each room may import; `*` is anything. `source` and `net` are free for all. */
const allowed: Record<string, readonly string[] | '*'> = {
  source: [],
  net: [],
  diagnostics: ['source'],
  syntax: ['diagnostics'],
  lock: ['syntax', 'diagnostics'],
  import: ['syntax', 'diagnostics'],
  model: ['syntax', 'lock', 'diagnostics'],
  'host-view': ['model'],
  names: ['model'],
  policy: ['model', 'host-view'],
  ruleset: [],
  lower: ['model', 'ruleset'],
  backends: ['ruleset', 'diagnostics'],
  simulator: ['ruleset', 'host-view'],
  verifier: ['model', 'ruleset', 'host-view', 'policy', 'simulator'],
  host: ['host-view', 'backends', 'ruleset', 'diagnostics'],
  lab: [
    'host',
    'host-view',
    'model',
    'names',
    'policy',
    'expectations',
    'backends',
    'ruleset',
    'simulator',
    'diagnostics',
  ],
  apply: [
    'host',
    'host-view',
    'verifier',
    'simulator',
    'backends',
    'ruleset',
    'policy',
    'model',
    'expectations',
    'diagnostics',
  ],
  expectations: ['policy', 'model', 'host-view', 'simulator', 'verifier', 'ruleset', 'diagnostics'],
  proving: ['compile.ts', 'lower', 'backends', 'verifier', 'expectations', 'model', 'ruleset', 'diagnostics'],
  testing: [
    'expectations',
    'policy',
    'model',
    'host-view',
    'simulator',
    'verifier',
    'ruleset',
    'syntax',
    'diagnostics',
    'lock',
    'lower',
    'backends',
    'compile.ts',
  ],
  editor: [
    'model',
    'syntax',
    'lock',
    'diagnostics',
    'host-view',
    'policy',
    'expectations',
    'ruleset',
    'lower',
    'proving',
    'verifier',
    'compile.ts',
  ],
  cli: '*',
};

const everywhere = ['source', 'net'];

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .filter((target) => target.startsWith('.'));
}

const files = sourceFiles(root);
const graph = new Map(files.map((file) => [file, importsOf(file).map((target) => resolve(dirname(file), target))]));
const roomOf = (file: string): string => relative(root, file).split('/')[0] ?? '';

test('every import goes in an allowed direction', () => {
  const wrong: string[] = [];
  for (const [file, targets] of graph) {
    const room = roomOf(file);
    if (room.endsWith('.ts')) continue;
    for (const target of targets) {
      const targetRoom = roomOf(target);
      if (targetRoom === room || allowed[room] === '*') continue;
      const list: readonly string[] = [...everywhere, ...(allowed[room] ?? [])];
      if (!list.includes(targetRoom)) wrong.push(`${relative(root, file)} imports ${relative(root, target)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('every room is listed', () => {
  const rooms = new Set(files.map(roomOf).filter((room) => !room.endsWith('.ts')));
  expect([...rooms].filter((room) => !(room in allowed))).toEqual([]);
});

test('every import names an existing file', () => {
  const known = new Set(files);
  const missing = [...graph].flatMap(([file, targets]) =>
    targets.filter((target) => !known.has(target)).map((target) => `${relative(root, file)}: ${target}`),
  );
  expect(missing.filter((entry) => !entry.endsWith('.json'))).toEqual([]);
});

test('no folder cycles', () => {
  const edges = new Map<string, Set<string>>();
  for (const [file, targets] of graph) {
    const from = relative(root, dirname(file));
    for (const target of targets) {
      const to = relative(root, dirname(target));
      if (to !== from && from !== '' && to !== '') edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
  }
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (folder: string, path: readonly string[]): void => {
    if (state.get(folder) === 'done') return;
    if (state.get(folder) === 'open') {
      cycles.push([...path.slice(path.indexOf(folder)), folder].join(' -> '));
      return;
    }
    state.set(folder, 'open');
    for (const next of edges.get(folder) ?? []) visit(next, [...path, folder]);
    state.set(folder, 'done');
  };
  for (const folder of edges.keys()) visit(folder, []);
  expect(cycles).toEqual([]);
});
