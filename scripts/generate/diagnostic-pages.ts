/** docs/diagnostics/: one page a diagnostic, and their index, from the catalogue and from what fixtures show. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { visible } from '../../src/diagnostics/display.ts';
import type { CatalogueEntry } from '../../src/diagnostics/entry.ts';

/** What the first digit of a code stands for. */
const stages: readonly (readonly [string, string])[] = [
  ['1', 'Syntax'],
  ['2', 'Names and values'],
  ['3', 'The network as a whole'],
  ['4', 'Compiling'],
  ['5', 'Expectations'],
  ['6', 'Importing'],
  ['7', 'Host and lab'],
  ['8', 'Reading rules'],
];

/** File names and texts; `fixtures` is the folder of scenarios whose names begin with the code that they show. */
export function diagnosticPages(catalogue: readonly CatalogueEntry[], fixtures: string): ReadonlyMap<string, string> {
  const scenarios = existsSync(fixtures) ? readdirSync(fixtures).sort() : [];
  const sorted = [...catalogue].sort((left, right) => (left.code < right.code ? -1 : 1));
  return new Map([
    ['README.md', index(sorted)],
    ...sorted.map((entry): [string, string] => {
      const shown = scenarios.filter((name) => name.startsWith(`${entry.code}-`));
      return [`${entry.code}.md`, page(entry, shown, fixtures)];
    }),
  ]);
}

function index(entries: readonly CatalogueEntry[]): string {
  const parts = stages.flatMap(([digit, title]) => {
    const rows = entries.filter(({ code }) => code.charAt(4) === digit);
    if (rows.length === 0) return [];
    const lines = rows.map(({ code, severity, title: what }) => `| [${code}](${code}.md) | ${severity} | ${what} |`);
    return [`## ${title}\n\n| code | severity | what is wrong |\n|---|---|---|\n${lines.join('\n')}\n`];
  });
  return `# Diagnostics

Everything that ctfw can say about a policy, a lock file, or rules that it reads. \`ctfw explain CODE\` says the same in a terminal.
Errors stop a command; warnings and hints do not (\`--deny-warnings\` makes warnings stop \`check\` and \`compile\`).
The comment \`# ctfw-ignore CODE\` above a line silences a warning or hint there.

${parts.join('\n')}`;
}

function page(
  { code, severity, title, explanation, example }: CatalogueEntry,
  shown: readonly string[],
  fixtures: string,
): string {
  const parts = [`# ${code}: ${title}\n`, `Severity: ${severity}\n`, `${explanation.trim()}\n`];
  if (example !== undefined)
    parts.push(`## For example\n\n${block(example.wrong)}\nInstead:\n\n${block(example.right)}`);
  if (shown.length > 0) parts.push(`## What ctfw says\n\n${shown.map((name) => rendered(name, fixtures)).join('\n')}`);
  return `${parts.join('\n')}\n[All diagnostics](README.md)\n`;
}

function rendered(name: string, fixtures: string): string {
  const text = readFileSync(join(fixtures, name, 'diagnostics.txt'), 'utf8');
  return `About [${name}](../../fixtures/invalid/${name}/policy.ctfw):\n\n${block(text)}`;
}

function block(text: string): string {
  const lines = text.trimEnd().split('\n').map(visible);
  return `\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
}
