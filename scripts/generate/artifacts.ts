/** The generated files of the repository, and how they differ from what the program would write now. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandTree } from '../../src/cli/completion/command-tree.ts';
import { createProgram } from '../../src/cli/program.ts';
import { catalogue } from '../../src/diagnostics/catalogue/index.ts';
import { diagnosticPages } from './diagnostic-pages.ts';
import { readGrammar } from './grammar-source.ts';
import { manualPage } from './manual-page.ts';
import { railroadPage } from './railroad-page.ts';
import { textMateGrammar } from './textmate-grammar.ts';

/** Path inside the repository, and the text. */
export type Artifacts = ReadonlyMap<string, string>;

/** A folder that holds generated files only. */
const diagnosticsFolder = 'docs/diagnostics';

/** Every generated file, made from the sources under `root`. */
export async function artifacts(root: string): Promise<Artifacts> {
  const grammar = readGrammar(readFileSync(join(root, 'grammar/ctfw.ebnf'), 'utf8'));
  const program = commandTree(await createProgram({ code: 0 }, ''));
  return new Map([
    ['grammar/railroad.html', railroadPage(grammar)],
    ['grammar/ctfw.tmLanguage.json', textMateGrammar(grammar)],
    ['docs/ctfw.1', manualPage(program)],
    ...[...diagnosticPages(catalogue, join(root, 'fixtures/invalid'))].map(([name, text]): [string, string] => [
      `${diagnosticsFolder}/${name}`,
      text,
    ]),
  ]);
}

export interface Drift {
  readonly path: string;
  readonly reason: 'is missing' | 'is out of date' | 'is made by nothing';
}

/** The files that differ from the given ones, or that stand among generated files without being one. */
export function drift(root: string, wanted: Artifacts): readonly Drift[] {
  const folder = join(root, diagnosticsFolder);
  const present = existsSync(folder) ? readdirSync(folder).map((name) => `${diagnosticsFolder}/${name}`) : [];
  return [
    ...[...wanted].flatMap(([path, text]): Drift[] => {
      const full = join(root, path);
      if (!existsSync(full)) return [{ path, reason: 'is missing' }];
      return readFileSync(full, 'utf8') === text ? [] : [{ path, reason: 'is out of date' }];
    }),
    ...present.filter((path) => !wanted.has(path)).map((path): Drift => ({ path, reason: 'is made by nothing' })),
  ];
}
