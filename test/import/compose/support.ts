/** Compose files in, what tests compare out: policy statements on one line each, and diagnostics as `code line:column`. */
import { importCompose } from '../../../src/import/compose/import-compose.ts';
import { positionAt } from '../../../src/source/span.ts';
import { printPolicy } from '../../../src/syntax/print.ts';

export interface Imported {
  /** The statements of the policy, one a line, whatever the printer's layout; undefined when there is no policy. */
  readonly policy: readonly string[] | undefined;
  /** `CTFW6013 4:9`, in the order of the file, without the hint about bridge names that nearly every import has. */
  readonly codes: readonly string[];
  readonly messages: readonly string[];
  readonly ignored: readonly string[];
}

export function importText(text: string, environment: Record<string, string> = {}): Imported {
  const result = importCompose({ name: 'compose.yaml', text }, { environment, projectName: 'shop' });
  const diagnostics = result.diagnostics.filter(({ code }) => code !== 'CTFW6024');
  return {
    policy: result.file === undefined ? undefined : statementLines(printPolicy(result.file)),
    codes: diagnostics.map(({ code, span }) => {
      const { line, column } = positionAt(span.file, span.start);
      return `${code} ${line}:${column}`;
    }),
    messages: diagnostics.map(({ message }) => message),
    ignored: result.ignored.map(({ scope, key, places }) => `${scope} ${key} ${places.length}`),
  };
}

/** A service `web` with these lines, and what else is given at the top level. */
export function service(lines: string, others = ''): string {
  return `services:\n  web:\n${indent(lines, 4)}${others}`;
}

export function indent(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(width)}${line}\n`))
    .join('');
}

/** The items of the container `web`. */
export function itemsOfWeb(imported: Imported): string | undefined {
  const line = imported.policy?.find((statement) => statement.startsWith('container web'));
  return line?.replace(/^container web( \{ )?/, '').replace(/ \}$/, '');
}

/** Brings every block onto one line: `network back { subnet 10.0.0.0/8; internal }`. */
export function statementLines(text: string): readonly string[] {
  const lines: string[] = [];
  let open = 0;
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*$/, '').replace(/ +/g, ' ').trim();
    if (line === '') continue;
    const joined = open === 0 ? undefined : lines.pop();
    const glue = joined?.endsWith('{') === true || line.startsWith('}') ? ' ' : '; ';
    lines.push(joined === undefined ? line : `${joined}${glue}${line}`);
    open += (line.match(/\{/g) ?? []).length - (line.match(/\}/g) ?? []).length;
  }
  return lines.map((line) => line.replace(/ *\{ *\}$/, ''));
}
