/** Lock files as text become locks. Nothing is dropped silently: a line that was lost would let an address or port move. */
import { lockConflict, lockDuplicate, lockFormat, lockLine, lockSharedValue } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { lineStarts, lineText, type SourceFile, type Span } from '../source/span.ts';
import { lockHeader } from './format.ts';
import { type LockEntry, parseLine } from './line.ts';
import { emptyLock, type Lock } from './lock.ts';

export interface ParsedLock {
  /** All entries that could be read; the first where two are about the same thing. */
  readonly lock: Lock;
  readonly diagnostics: readonly Diagnostic[];
}

interface Line {
  readonly text: string;
  readonly span: Span;
}

/** Reads a lock file. A file without any text is an empty lock; any other must begin with the header. */
export function parseLock(source: SourceFile): ParsedLock {
  const diagnostics: Diagnostic[] = [];
  const lines = linesOf(source);
  if (lines.length === 0) return { lock: emptyLock, diagnostics };
  const [first, ...rest] = lines;
  const isConflict = first !== undefined && isConflictMarker(first.text);
  if (first !== undefined && first.text !== lockHeader && !isConflict) return unreadable(first);

  const entries = new Map<string, { entry: LockEntry; span: Span }>();
  const holders = new Map<string, Span>();
  for (const line of isConflict ? lines : rest) {
    if (line.text.startsWith('#') || line.text === lockHeader) continue;
    if (isConflictMarker(line.text)) {
      if (line.text.startsWith('<<<<<<<'))
        diagnostics.push(
          report(lockConflict, line.span, 'a merge conflict begins here', {
            help: 'keep the lines of both sides and remove the lines that begin with `<<<<<<<`, `|||||||`, `=======` and `>>>>>>>`',
          }),
        );
      continue;
    }
    const entry = parseLine(line.text);
    if (entry === undefined) {
      diagnostics.push(
        report(lockLine, line.span, 'this is no entry of a lock file', {
          help: 'an entry is `subnet NETWORK ipv4 PREFIX`, `address NETWORK CONTAINER ADDRESS` or `port CONTAINER ADDRESS-OR-* PROTOCOL CONTAINER-PORT HOST-PORT`',
        }),
      );
      continue;
    }
    const known = entries.get(entry.key);
    if (known !== undefined) {
      diagnostics.push(
        report(lockDuplicate, line.span, `this is given out already: ${entry.key}`, {
          related: [{ span: known.span, message: 'here' }],
          help: 'delete the line that is not in use',
        }),
      );
      continue;
    }
    const holder = holders.get(entry.value);
    if (holder === undefined) holders.set(entry.value, line.span);
    else diagnostics.push(sharedValue(entry, line.span, holder));
    entries.set(entry.key, { entry, span: line.span });
  }
  return { lock: lockOf([...entries.values()].map(({ entry }) => entry)), diagnostics };
}

function linesOf(source: SourceFile): Line[] {
  return lineStarts(source).flatMap((start, index) => {
    const text = lineText(source, index + 1);
    return text.trim() === '' ? [] : [{ text, span: { file: source, start, end: start + text.length } }];
  });
}

function isConflictMarker(text: string): boolean {
  return /^(<{7}|>{7}|={7}|\|{7})( |$)/.test(text);
}

function unreadable({ text, span }: Line): ParsedLock {
  const version = /^ctfw-lock (\S+)$/.exec(text)?.[1];
  const problem =
    version === undefined
      ? 'this is not a lock file of ctfw'
      : `this lock file has format ${version}, which this version of ctfw does not know`;
  return {
    lock: emptyLock,
    diagnostics: [report(lockFormat, span, problem, { help: `a lock file begins with the line \`${lockHeader}\`` })],
  };
}

function sharedValue(entry: LockEntry, span: Span, holder: Span): Diagnostic {
  return report(lockSharedValue, span, `${entry.value} is given out twice`, {
    related: [{ span: holder, message: 'given out here as well' }],
    help: 'the one that the policy names first keeps it, unless you delete one of the two lines',
  });
}

function lockOf(entries: readonly LockEntry[]): Lock {
  return {
    subnets: entries.flatMap((item) => (item.kind === 'subnet' ? [item.entry] : [])),
    addresses: entries.flatMap((item) => (item.kind === 'address' ? [item.entry] : [])),
    ports: entries.flatMap((item) => (item.kind === 'port' ? [item.entry] : [])),
  };
}
