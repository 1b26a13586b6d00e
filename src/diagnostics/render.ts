/** Diagnostics for people: the message, the line it is about with the place underlined, what explains it, and the way out. */
import { styleText } from 'node:util';
import { lineStarts, positionAt, type SourceFile, type Span } from '../source/span.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import { display, visible } from './display.ts';

export interface RenderOptions {
  /** Whether to colour the text with terminal escapes. Whoever asks decides whether there is a terminal. */
  readonly color: boolean;
}

type Format = Parameters<typeof styleText>[0];
type Paint = (format: Format, text: string) => string;

const severityFormats: Readonly<Record<Severity, Format>> = {
  error: ['bold', 'red'],
  warning: ['bold', 'yellow'],
  hint: ['bold', 'cyan'],
};

/** Lines longer than this are cut around the place. */
const longestExcerpt = 120;
/** So much of the line is shown in front of the place when it is cut. */
const leadingContext = 40;

/**
 * Renders diagnostics one below the other, with an empty line between two and a newline at the end; nothing for none.
 * What comes from the policy is made visible: no character of it reaches the terminal as a control.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const paint = painterFor(options);
  return diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, paint)).join('\n');
}

/** A place in a file: its line, and what of it is meant underlined. */
export function renderExcerpt(span: Span, remark: string, options: RenderOptions): string {
  const paint = painterFor(options);
  const widest = `${positionAt(span.file, span.start).line}`.length;
  const behind = remark === '' ? '' : ` ${visible(remark)}`;
  return `${renderPlace(span, '-->', '^', ['bold', 'blue'], behind, widest, paint).join('\n')}\n`;
}

function painterFor(options: RenderOptions): Paint {
  return options.color ? (format, text) => styleText(format, text, { validateStream: false }) : (_format, text) => text;
}

function renderDiagnostic(diagnostic: Diagnostic, paint: Paint): string {
  const severity = severityFormats[diagnostic.severity];
  const places = [diagnostic.span, ...diagnostic.related.map((place) => place.span)];
  const widest = Math.max(...places.map((span) => `${positionAt(span.file, span.start).line}`.length));
  const margin = ' '.repeat(widest);
  const title = paint(severity, `${diagnostic.severity}[${diagnostic.code}]`);
  const lines = [`${title}${paint('bold', `: ${visible(diagnostic.message)}`)}`];
  lines.push(...renderPlace(diagnostic.span, '-->', '^', severity, '', widest, paint));
  for (const place of diagnostic.related) {
    lines.push(...renderPlace(place.span, ':::', '-', ['bold', 'blue'], ` ${visible(place.message)}`, widest, paint));
  }
  if (diagnostic.help !== undefined) {
    lines.push(`${margin} ${paint(['bold', 'blue'], '=')} ${paint('bold', 'help:')} ${visible(diagnostic.help)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The place as `file:line:column`, the line itself, and the underline with a remark behind it. */
function renderPlace(
  span: Span,
  arrow: string,
  mark: string,
  format: Format,
  remark: string,
  widest: number,
  paint: Paint,
): string[] {
  const { line, column } = positionAt(span.file, span.start);
  const margin = ' '.repeat(widest);
  const bar = paint(['bold', 'blue'], '|');
  const excerpt = excerptOf(span, line);
  const underline = `${' '.repeat(excerpt.from)}${paint(format, `${mark.repeat(excerpt.width)}${remark}`)}`;
  return [
    `${margin}${paint(['bold', 'blue'], arrow)} ${visible(span.file.name)}:${line}:${column}`,
    `${margin} ${bar}`,
    `${paint(['bold', 'blue'], `${line}`.padStart(widest))} ${bar} ${excerpt.text}`.trimEnd(),
    `${margin} ${bar} ${underline}`,
  ];
}

interface Excerpt {
  readonly text: string;
  /** Column of the first mark. */
  readonly from: number;
  readonly width: number;
}

/** The line of a place, or the part of a long line around it. A place of several lines is marked to the end of its first. */
function excerptOf(span: Span, line: number): Excerpt {
  const { start: lineStart, end: lineEnd } = lineBounds(span.file, line);
  const start = Math.min(Math.max(span.start, lineStart), lineEnd);
  const end = Math.min(Math.max(span.end, start), lineEnd);
  const cut = lineEnd - lineStart > longestExcerpt;
  const from = cut ? wholeCharacter(span.file.text, Math.max(lineStart, start - leadingContext)) : lineStart;
  const to = cut ? wholeCharacter(span.file.text, Math.min(lineEnd, from + longestExcerpt)) : lineEnd;
  const shown = display(span.file.text.slice(from, to));
  const before = from > lineStart ? '...' : '';
  const after = to < lineEnd ? '...' : '';
  const columnAt = (offset: number): number => shown.columns[Math.min(offset, to) - from] ?? 0;
  const first = columnAt(start);
  return {
    text: `${before}${shown.text}${after}`,
    from: before.length + first,
    width: Math.max(1, columnAt(end) - first),
  };
}

/** The offsets of a line without its line break, and without the byte order mark in front of the first. */
function lineBounds(file: SourceFile, line: number): { readonly start: number; readonly end: number } {
  const starts = lineStarts(file);
  const start = starts[line - 1] ?? 0;
  const next = starts[line];
  let end = next === undefined ? file.text.length : next - 1;
  if (end > start && file.text.charCodeAt(end - 1) === 0x0d) end--;
  return { start: start === 0 && file.text.charCodeAt(0) === 0xfeff ? 1 : start, end };
}

/** The offset, moved out of the middle of a character that takes two units. */
function wholeCharacter(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff ? offset + 1 : offset;
}
