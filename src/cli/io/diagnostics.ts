/** How commands say diagnostics: for people on stderr, or as JSON. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { diagnosticsToJson } from '../../diagnostics/json.ts';
import { renderDiagnostics } from '../../diagnostics/render.ts';
import { CommandError } from './exit-code.ts';

export type OutputFormat = 'human' | 'json';

/** The version of the JSON forms that commands print; a breaking change raises the major number. */
export const formatVersion = '1.0';

export function parseFormat(text: string): OutputFormat {
  if (text === 'human' || text === 'json') return text;
  throw new CommandError(`unknown format "${text}": human or json`);
}

/** Colour only on a terminal; NO_COLOR and FORCE_COLOR decide where they are set. */
export function wantsColor(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== '') return false;
  if (process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true;
}

export function sayDiagnostics(diagnostics: readonly Diagnostic[], format: OutputFormat): void {
  if (format === 'json')
    process.stderr.write(
      `${JSON.stringify({ formatVersion, diagnostics: diagnosticsToJson(diagnostics) }, undefined, 2)}\n`,
    );
  else if (diagnostics.length > 0) {
    const shown = diagnostics.slice(0, mostShown);
    process.stderr.write(`${renderDiagnostics(shown, { color: wantsColor(process.stderr) })}\n`);
    if (shown.length < diagnostics.length)
      process.stderr.write(`and ${diagnostics.length - shown.length} more, not shown\n`);
  }
}

/** Nobody reads more; --format json has them all. */
const mostShown = 1000;

/** `2 errors and 1 warning`; undefined when there is nothing to say. */
export function countOf(diagnostics: readonly Diagnostic[]): string | undefined {
  const count = (severity: Diagnostic['severity'], word: string): string[] => {
    const number = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`];
  };
  const parts = [...count('error', 'error'), ...count('warning', 'warning'), ...count('hint', 'hint')];
  return parts.length === 0 ? undefined : parts.join(', ');
}
