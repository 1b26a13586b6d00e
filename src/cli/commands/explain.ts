/** `ctfw explain CODE`: what a diagnostic means, from the catalogue. */
import type { Command } from 'commander';
import { catalogue } from '../../diagnostics/catalogue/index.ts';
import type { CatalogueEntry } from '../../diagnostics/entry.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import { formatVersion, parseFormat } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

export function addExplain(program: Command, _outcome: Outcome): void {
  program
    .command('explain')
    .description('say what a diagnostic code means and what to do about it; without a code, list all')
    .argument('[code]', 'CTFW and four digits, or the digits alone')
    .option('--format <format>', 'human or json', 'human')
    .action((code: string | undefined, options: { readonly format: string }) => {
      const format = parseFormat(options.format);
      const entries = code === undefined ? catalogue : [find(code)];
      if (format === 'json') writeOut(`${JSON.stringify({ formatVersion, entries }, undefined, 2)}\n`);
      else writeOut(code === undefined ? list(entries) : entries.map(page).join('\n'));
    });
}

function find(text: string): CatalogueEntry {
  const code = /^\d{4}$/.test(text) ? `CTFW${text}` : text.toUpperCase();
  const entry = catalogue.find((one) => one.code === code);
  if (entry !== undefined) return entry;
  const near = suggest(
    code,
    catalogue.map((one) => one.code),
  );
  throw new CommandError(
    `there is no diagnostic ${text}${near === undefined ? '' : `; did you mean ${near}?`} (ctfw explain lists all)`,
    exitCode.refused,
  );
}

function list(entries: readonly CatalogueEntry[]): string {
  return entries.map(({ code, severity, title }) => `${code}  ${severity.padEnd(7)}  ${title}\n`).join('');
}

function page({ code, severity, title, explanation, example }: CatalogueEntry): string {
  const indent = (text: string): string =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`)
      .join('\n');
  const shown =
    example === undefined ? '' : `\nFor example:\n\n${indent(example.wrong)}\n\nInstead:\n\n${indent(example.right)}\n`;
  return `${code} (${severity}): ${title}\n\n${explanation}\n${shown}`;
}
