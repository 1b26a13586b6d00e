/** Every diagnostic that ctfw can give. One file a stage; each code appears once (held by a test). */
import type { CatalogueEntry } from '../entry.ts';
import { applyEntries } from './apply.ts';
import { checkEntries } from './checks.ts';
import { compileEntries } from './compile.ts';
import { importEntries } from './import.ts';
import { iptablesDiagnostics } from './iptables.ts';
import { nameEntries } from './names.ts';
import { readingDiagnostics } from './reading.ts';
import { syntaxCatalogue } from './syntax.ts';

export const catalogue: readonly CatalogueEntry[] = [
  ...syntaxCatalogue,
  ...nameEntries,
  ...checkEntries,
  ...compileEntries,
  ...importEntries,
  ...applyEntries,
  ...readingDiagnostics,
  ...iptablesDiagnostics,
];
