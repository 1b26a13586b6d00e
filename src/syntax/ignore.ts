/** `# ctfw-ignore CODE` above a line: the user has seen the warning and means it. */
import { badIgnore, unusedIgnore } from '../diagnostics/catalogue/syntax.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { hasErrors, report } from '../diagnostics/report.ts';
import { lineStarts, positionAt, type SourceFile, type Span } from '../source/span.ts';
import type { Comment, PolicyFile } from './tree.ts';

/** One code that a comment suppresses on one line. */
interface Suppression {
  readonly code: string;
  /** Where the code stands in the comment. */
  readonly span: Span;
  readonly line: number;
  used: boolean;
}

/**
 * Drops the warnings and hints that comments suppress; errors stay. A comment on a line of its own is about the line below
 * it (or below the comments that follow it), one behind a statement about its own line. Suppressions without use are warned of, unless
 * there are errors: then the warnings of later stages are not known yet.
 */
export function applyIgnores(files: readonly PolicyFile[], diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const byFile = new Map<SourceFile, ReadonlyMap<string, readonly Suppression[]>>();
  for (const file of files) byFile.set(file.source, suppressionsOf(file, problems));
  const kept = diagnostics.filter((diagnostic) => {
    const { file, start } = diagnostic.span;
    const suppressions = byFile.get(file)?.get(key(diagnostic.code, positionAt(file, start).line)) ?? [];
    for (const suppression of suppressions) suppression.used = true;
    return suppressions.length === 0 || diagnostic.severity === 'error';
  });
  if (hasErrors(diagnostics)) return [...kept, ...problems];
  const unused = [...byFile.values()].flatMap((suppressions) =>
    [...suppressions.values()].flat().filter(({ used }) => !used),
  );
  return [...kept, ...problems, ...unused.map(describeUnused)];
}

function key(code: string, line: number): string {
  return `${code} ${line}`;
}

function describeUnused({ code, span, line }: Suppression): Diagnostic {
  return report(unusedIgnore, span, `line ${line} gives no ${code} that could be suppressed`, {
    help: 'remove the comment, or move it directly above the line that it is about',
  });
}

/** The suppressions of a file by code and line. */
function suppressionsOf(file: PolicyFile, problems: Diagnostic[]): Map<string, Suppression[]> {
  const suppressions = new Map<string, Suppression[]>();
  const lines = linesAbout(file);
  for (const [index, comment] of file.comments.entries()) {
    const match = /^#[ \t]*ctfw-ignore(?![\w-])[ \t:]*/.exec(comment.text);
    if (match === null) continue;
    const codes = codesIn(comment, match[0].length);
    if (codes.length === 0) problems.push(describeBad(comment));
    const line = lines[index] ?? 0;
    for (const { code, span } of codes) {
      const existing = suppressions.get(key(code, line)) ?? [];
      suppressions.set(key(code, line), [...existing, { code, span, line, used: false }]);
    }
  }
  return suppressions;
}

function describeBad(comment: Comment): Diagnostic {
  return report(badIgnore, comment.span, 'this suppression does not name the code of a warning', {
    help: 'write it like this: `# ctfw-ignore CTFW3001`',
  });
}

/** The codes at the beginning of a comment, separated by commas or spaces; what follows them is for people. */
function codesIn(comment: Comment, from: number): { readonly code: string; readonly span: Span }[] {
  const codes: { readonly code: string; readonly span: Span }[] = [];
  const pattern = /CTFW\d{4}\b[ \t,]*/y;
  pattern.lastIndex = from;
  for (let start = from, match = pattern.exec(comment.text); match !== null; match = pattern.exec(comment.text)) {
    const code = match[0].slice(0, 'CTFW0000'.length);
    const begin = comment.span.start + start;
    codes.push({ code, span: { file: comment.span.file, start: begin, end: begin + code.length } });
    start = pattern.lastIndex;
  }
  return codes;
}

/**
 * The line that each comment is about: its own when something stands in front of it, otherwise the line below, where further
 * lines of comments do not count. Backwards, so that a long run of comments is walked once.
 */
function linesAbout({ source, comments }: PolicyFile): readonly number[] {
  const starts = lineStarts(source);
  const lines: number[] = new Array(comments.length).fill(0);
  let below = { line: 0, about: 0 };
  for (let index = comments.length - 1; index >= 0; index--) {
    const start = comments[index]?.span.start ?? 0;
    const { line } = positionAt(source, start);
    const standsAlone = source.text.slice(starts[line - 1], start).trim() === '';
    const about = !standsAlone ? line : below.line === line + 1 ? below.about : line + 1;
    lines[index] = about;
    if (standsAlone) below = { line, about };
  }
  return lines;
}
