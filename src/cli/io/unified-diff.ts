/** Differences of two texts as `diff -u` and `git apply` know them. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY, formatPatch } from 'diff';

/**
 * Finding the least difference costs the square of its length. Beyond this many lines removed and added, the whole text is
 * shown as replaced, which is as true and costs nothing.
 */
const mostEdits = 2000;

/** The unified diff that turns one text into another, with three lines around each change. */
export function unifiedDiff(name: string, before: string, after: string): string {
  const least = createTwoFilesPatch(name, name, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
    maxEditLength: mostEdits,
  });
  return least ?? wholeReplacement(name, before, after);
}

function wholeReplacement(name: string, before: string, after: string): string {
  const removed = patchLines('-', before);
  const added = patchLines('+', after);
  const count = (lines: readonly string[]): number => lines.filter((line) => !line.startsWith('\\')).length;
  const hunk = {
    oldStart: 1,
    oldLines: count(removed),
    newStart: 1,
    newLines: count(added),
    lines: [...removed, ...added],
  };
  const patch = { oldFileName: name, newFileName: name, oldHeader: undefined, newHeader: undefined, hunks: [hunk] };
  return formatPatch(patch, FILE_HEADERS_ONLY);
}

function patchLines(mark: '-' | '+', text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop();
  const marked = lines.map((line) => mark + line);
  return last === '' || last === undefined ? marked : [...marked, mark + last, '\\ No newline at end of file'];
}
