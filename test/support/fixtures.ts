/** The scenario folders under fixtures/, and the one flag that rewrites what is expected of them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { SourceFile } from '../../src/source/span.ts';

export const fixturesFolder = resolve(import.meta.dirname, '../../fixtures');

export interface Fixture {
  readonly name: string;
  readonly folder: string;
  readonly policy: SourceFile;
}

/** The scenarios of one kind, by name. */
export function fixturesOf(kind: 'valid' | 'invalid'): readonly Fixture[] {
  const folder = join(fixturesFolder, kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({
      name,
      folder: join(folder, name),
      policy: { name: 'policy.ctfw', text: readFileSync(join(folder, name, 'policy.ctfw'), 'utf8') },
    }));
}

/** Compares with an expected file of a fixture; UPDATE_FIXTURES=1 rewrites it instead. */
export function expectFile(fixture: Fixture, name: string, actual: string): void {
  const path = join(fixture.folder, name);
  if (process.env.UPDATE_FIXTURES === '1') writeFileSync(path, actual);
  expect(actual).toBe(
    existsSync(path) ? readFileSync(path, 'utf8') : `(there is no ${name}; UPDATE_FIXTURES=1 writes it)`,
  );
}

/** Reads what a fixture includes, from its own folder. */
export function includeReader(fixture: Fixture): (path: string) => SourceFile | { readonly error: string } {
  return (path) => {
    const full = join(fixture.folder, path);
    if (!existsSync(full)) return { error: 'there is no such file' };
    return { name: path, text: readFileSync(full, 'utf8') };
  };
}
