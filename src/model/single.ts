/** Options that a block may give once: order has no meaning, so a second one is an error and does not win. */
import { saidTwice } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import type { Span } from '../source/span.ts';

interface Item {
  readonly kind: string;
  readonly span: Span;
}

/** The item of a kind that a block holds at most once; further ones are reported and left out. */
export function single<T extends Item, Kind extends T['kind']>(
  items: readonly T[],
  kind: Kind,
  onDiagnostic: (diagnostic: Diagnostic) => void,
): Extract<T, { kind: Kind }> | undefined {
  let first: Extract<T, { kind: Kind }> | undefined;
  for (const item of items) {
    if (!isOf(item, kind)) continue;
    if (first === undefined) {
      first = item;
      continue;
    }
    onDiagnostic(
      report(saidTwice, item.span, `\`${kind.replace('-', ' ')}\` is given twice`, {
        related: [{ span: first.span, message: 'first given here' }],
        help: 'order has no meaning, so the last one does not win: keep one',
      }),
    );
  }
  return first;
}

const none: readonly never[] = [];

/** All items of a kind. */
export function several<T extends Item, Kind extends T['kind']>(
  items: readonly T[],
  kind: Kind,
): readonly Extract<T, { kind: Kind }>[] {
  let result: Extract<T, { kind: Kind }>[] | undefined;
  for (const item of items) {
    if (!isOf(item, kind)) continue;
    if (result === undefined) result = [item];
    else result.push(item);
  }
  return result ?? none;
}

function isOf<T extends Item, Kind extends T['kind']>(item: T, kind: Kind): item is Extract<T, { kind: Kind }> {
  return item.kind === kind;
}
