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
  const [shorterLeft, shorterRight] = withoutCommonEnds(left, right);
  const [here, there] = [linesOf(shorterLeft), linesOf(shorterRight)];
  const only = (lines: ReadonlySet<string>, others: ReadonlySet<string>): readonly Json[] =>
    parseElements([...lines].filter((line) => !others.has(line)).join(','));
  return { left: only(here, there), right: only(there, here) };
}

/**
 * Both without the lines that they have in common at their beginnings and ends. One element more among many is in the middle, and
 * whole pieces of text are compared much faster than lines.
 */
function withoutCommonEnds(left: string, right: string): readonly [string, string] {
  const shorter = Math.min(left.length, right.length);
  const same = agreement(shorter, (from, to) => left.slice(from, to) === right.slice(from, to));
  const from = left.lastIndexOf('\n', same - 1) + 1;
  const sameAtEnd = agreement(
    shorter - from,
    (near, far) =>
      left.slice(left.length - far, left.length - near) === right.slice(right.length - far, right.length - near),
  );
  // the last line of one may go on in the other with a comma, so an end is cut where a line begins in both
  const end = left.indexOf('\n', left.length - sameAtEnd);
  const atEnd = end < 0 ? 0 : left.length - end;
  return [left.slice(from, left.length - atEnd), right.slice(from, right.length - atEnd)];
}

/** How many characters agree, where pieces can be compared: halves it, so that each character is looked at a few times. */
function agreement(length: number, isSame: (from: number, to: number) => boolean): number {
  let [known, unknown] = [0, length];
  while (known < unknown) {
    const middle = Math.ceil((known + unknown) / 2);
    if (isSame(known, middle)) known = middle;
    else unknown = middle - 1;
  }
  return known;
}

/** Empty lines are left where one text has nothing of its own. */
function linesOf(text: string): ReadonlySet<string> {
  const lines = text.split('\n').map((line) => (line.endsWith(',') ? line.slice(0, -1) : line));
  return new Set(lines.filter((line) => line !== ''));
}
