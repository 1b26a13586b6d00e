/**
 * Reading a document that emit-json wrote without parsing what nobody asks for: it has one command a line, and one element a
 * line within a command. Of two generations nearly all lines are equal, and elements are many.
 */
import type { Json, JsonObject } from '../../backends/nftables/json.ts';

const start = '{"nftables": [\n';
const elementsStart = '"elem":[\n';
const elementsEnd = '\n]';

/** A command, and the lines of its elements where it has any. */
export interface EmittedCommand {
  readonly command: JsonObject;
  readonly elements: string | undefined;
}

export function isEmittedText(text: string): boolean {
  return text.startsWith(start);
}

/** The commands of a document in their order, elements left as text. */
export function* emittedCommands(text: string): Generator<EmittedCommand> {
  let from = start.length;
  while (from < text.length && text[from] === '{') {
    const next = text.indexOf('\n{', from);
    const end = next < 0 ? text.lastIndexOf('\n]}') : next;
    yield readCommand(text.slice(from, end).replace(/,$/, ''));
    if (next < 0) return;
    from = next + 1;
  }
}

function readCommand(text: string): EmittedCommand {
  const from = text.indexOf(elementsStart);
  if (from < 0) return { command: JSON.parse(text) as JsonObject, elements: undefined };
  const first = from + elementsStart.length;
  const end = text.lastIndexOf(elementsEnd);
  const around = `${text.slice(0, first - 1)}${text.slice(end + 1)}`;
  return { command: JSON.parse(around) as JsonObject, elements: text.slice(first, end) };
}

/** The elements of such lines. */
export function parseElements(lines: string): readonly Json[] {
  return JSON.parse(`[${lines}]`) as readonly Json[];
}

/** The elements whose lines only the one or only the other has. */
export function differingElements(
  left: string,
  right: string,
): { readonly left: readonly Json[]; readonly right: readonly Json[] } {
  if (left === right) return { left: [], right: [] };
  const [here, there] = [linesOf(left), linesOf(right)];
  const only = (lines: ReadonlySet<string>, others: ReadonlySet<string>): readonly Json[] =>
    parseElements([...lines].filter((line) => !others.has(line)).join(','));
  return { left: only(here, there), right: only(there, here) };
}

function linesOf(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').map((line) => (line.endsWith(',') ? line.slice(0, -1) : line)));
}
