/** Several files as one policy: follows `include`, without reading anything itself. */
import { posix } from 'node:path';
import { includeCycle, includeUnreadable } from '../diagnostics/catalogue/syntax.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { SourceFile, Span } from '../source/span.ts';
import { parsePolicy } from './parse.ts';
import type { IncludeStatement, PolicyFile } from './tree.ts';
import { quote } from './values/reading.ts';

/**
 * Gives the file at a path. The path is already relative to what the root's name is relative to; `from` is the including file.
 * Two paths that give files of one name are one file.
 */
export type ReadFile = (path: string, from: SourceFile) => SourceFile | { readonly error: string };

export interface AssembledPolicy {
  /** The root, then every included file once, in the order in which the statements are met. */
  readonly files: readonly PolicyFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A file whose includes are being followed. */
interface OpenFile {
  readonly name: string;
  readonly includes: readonly IncludeStatement[];
  next: number;
  /** The `include` that led here; undefined for the root. */
  readonly from: Span | undefined;
}

/** Parses a file and everything it includes. Circles and files that cannot be read are diagnostics at their `include`. */
export function assemble(root: SourceFile, read: ReadFile): AssembledPolicy {
  const files: PolicyFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const known = new Set<string>();
  const open: OpenFile[] = [];
  const enter = (source: SourceFile, from: Span | undefined): void => {
    known.add(source.name);
    const parsed = parsePolicy(source);
    files.push(parsed.file);
    diagnostics.push(...parsed.diagnostics);
    const includes = parsed.file.statements.filter((statement) => statement.kind === 'include');
    open.push({ name: source.name, includes, next: 0, from });
  };
  enter(root, undefined);
  for (let current = open.at(-1); current !== undefined; current = open.at(-1)) {
    const include = current.includes[current.next++];
    if (include === undefined) {
      open.pop();
      continue;
    }
    const { value, span } = include.path;
    const included = read(includedPath(value, span.file), span.file);
    if ('error' in included) {
      diagnostics.push(report(includeUnreadable, span, `${quote(value)} cannot be read: ${included.error}`));
    } else if (open.some((file) => file.name === included.name)) {
      diagnostics.push(describeCycle(include, included.name, open));
    } else if (!known.has(included.name)) {
      enter(included, span);
    }
  }
  return { files, diagnostics };
}

/** The path of an included file: relative to the folder of the including one, unless it is absolute. */
export function includedPath(path: string, from: SourceFile): string {
  return posix.isAbsolute(path) ? posix.normalize(path) : posix.join(posix.dirname(from.name), path);
}

function describeCycle(include: IncludeStatement, name: string, open: readonly OpenFile[]): Diagnostic {
  const { span } = include.path;
  const start = open.findIndex((file) => file.name === name);
  const chain = open.slice(start + 1);
  const related = chain.flatMap((file) =>
    file.from === undefined ? [] : [{ span: file.from, message: `${quote(file.name)} is included here` }],
  );
  const message =
    chain.length === 0
      ? `${quote(name)} includes itself`
      : `including ${quote(name)} here closes a circle: it includes this file`;
  return report(includeCycle, span, message, { related, help: 'leave one of the includes out' });
}
