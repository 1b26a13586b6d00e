/** `ctfw check-rules FILE...`: how much of rules found on a host is understood, and what is not. */
import type { Command } from 'commander';
import { type FoundRules, type RulesForm, readFoundRules, rulesForms } from '../../backends/found-rules.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { diagnosticsToJson } from '../../diagnostics/json.ts';
import { hasErrors } from '../../diagnostics/report.ts';
import { type Coverage, coverage } from '../../ruleset/coverage.ts';
import { formatVersion, parseFormat, sayDiagnostics } from '../io/diagnostics.ts';
import { CommandError, exitCode } from '../io/exit-code.ts';
import { readSource, writeOut } from '../io/files.ts';
import type { Outcome } from '../io/outcome.ts';

interface CheckRulesOptions {
  readonly as?: string;
  readonly denyUnknown?: boolean;
  readonly format: string;
}

interface Report extends FoundRules {
  readonly file: string;
  readonly found: Coverage;
}

export function addCheckRules(program: Command, outcome: Outcome): void {
  program
    .command('check-rules')
    .description('read rules found on a host and say how much of them is understood')
    .argument(
      '[file...]',
      'output of nft -j list ruleset, iptables-save, ip6tables-save or ebtables-save; - is standard input',
    )
    .option('--as <form>', `the form of the files, where they do not show it: ${rulesForms.join(', ')}`)
    .option('--deny-unknown', 'fail when any rule is not fully modelled')
    .option('--format <format>', 'human or json', 'human')
    .action((files: string[], options: CheckRulesOptions) => {
      const format = parseFormat(options.format);
      const form = parseForm(options.as);
      if (files.length === 0)
        throw new CommandError('name at least one file of rules: ctfw check-rules FILE... (- reads standard input)');
      const reports = files.map((file): Report => {
        const { name, text } = readSource(file);
        const read = form === undefined ? readFoundRules(text, name) : readFoundRules(text, name, form);
        return { file: name, ...read, found: coverage(read.ruleset) };
      });
      if (format === 'json') writeOut(`${JSON.stringify(toJson(reports), undefined, 2)}\n`);
      else {
        for (const { diagnostics } of reports) complain(diagnostics);
        writeOut(reports.map(describe).join(''));
      }
      const unread = reports.some(({ diagnostics }) => hasErrors(diagnostics));
      const unknown = options.denyUnknown === true && reports.some(({ found }) => found.modelled < found.rules);
      outcome.code = unread || unknown ? exitCode.refused : exitCode.fine;
    });
}

function parseForm(text: string | undefined): RulesForm | undefined {
  const form = rulesForms.find((known) => known === text);
  if (text !== undefined && form === undefined)
    throw new CommandError(`unknown form of rules "${text}": ${rulesForms.join(', ')}`);
  return form;
}

/** Complaints about one file said in full; a listing of the wrong kind would have one for each of its rules. */
const mostComplaints = 10;

/** Hints are left out: the report itself lists what is not modelled. */
function complain(diagnostics: readonly Diagnostic[]): void {
  const complaints = diagnostics.filter(({ severity }) => severity !== 'hint');
  sayDiagnostics(complaints.slice(0, mostComplaints), 'human');
  const left = complaints.length - mostComplaints;
  if (left > 0) process.stderr.write(`and ${left} more about this file; --format json has them all\n`);
}

function describe({ file, form, found, diagnostics }: Report): string {
  if (form === undefined) return `${file}: not read\n`;
  const { rules, modelled, redacted, unknown } = found;
  const share = rules === 0 ? '' : ` (${percent(modelled, rules)})`;
  const hidden = redacted === 0 ? '' : `, ${redacted} of them with a blacked-out value`;
  const broken = hasErrors(diagnostics) ? '; not all of it could be read' : '';
  const head = `${file} (${form}): ${rules} rules, ${modelled} fully modelled${share}${hidden}${broken}\n`;
  const width = Math.max(0, ...[...unknown.keys()].map((kind) => kind.length));
  const kinds = byCount(unknown).map(([kind, count]) => {
    const example = found.examples.get(kind);
    const where = example === undefined ? '' : `  first at ${example.place}: ${oneLine(example.text)}`;
    return `  not modelled: ${String(count).padStart(5)}  ${kind.padEnd(width)}${where}\n`;
  });
  const hint = unknown.has('xt')
    ? '  xt: written by iptables, whose matches nft does not list: check the output of iptables-save instead\n'
    : '';
  return `${head}${kinds.join('')}${hint}`;
}

/** Never rounded up to all of them. */
function percent(part: number, whole: number): string {
  return `${(Math.floor((part / whole) * 10000) / 100).toFixed(2)} %`;
}

/** One printable line, whatever the listing holds. */
function oneLine(text: string): string {
  const plain = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return plain.length > 120 ? `${plain.slice(0, 119)}…` : plain;
}

const byCount = (unknown: ReadonlyMap<string, number>): readonly (readonly [kind: string, count: number])[] =>
  [...unknown].sort(([left, many], [right, more]) => more - many || (left < right ? -1 : 1));

function toJson(reports: readonly Report[]): unknown {
  const sum = (of: (found: Coverage) => number): number => reports.reduce((total, { found }) => total + of(found), 0);
  return {
    formatVersion,
    rules: sum(({ rules }) => rules),
    modelled: sum(({ modelled }) => modelled),
    redacted: sum(({ redacted }) => redacted),
    files: reports.map(({ file, form, found, diagnostics }) => ({
      file,
      form: form ?? null,
      read: form !== undefined && !hasErrors(diagnostics),
      rules: found.rules,
      modelled: found.modelled,
      redacted: found.redacted,
      unknown: byCount(found.unknown).map(([kind, count]) => ({
        kind,
        count,
        first: found.examples.get(kind) ?? null,
      })),
      diagnostics: diagnosticsToJson(diagnostics),
    })),
  };
}
