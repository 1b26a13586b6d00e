/**
 * Reading back a change of elements: two documents that the kernel is only asked about. It accepts them exactly when what was
 * added is there and what was removed is not, so that a few elements among many need no listing of all.
 */
import type { Json } from '../../backends/nftables/json.ts';
import { withoutComment } from './commands.ts';
import type { Difference } from './difference.ts';

export function presenceCommands({ changed }: Difference): readonly Json[] {
  return changed.flatMap(({ table: { family, name: table }, elements }) =>
    elements.flatMap(({ name, kind, removed, added }): readonly Json[] => {
      const place = { family, table, name };
      const present = added.map(withoutComment);
      const keys = new Set(present.map(keyText));
      const absent = removed.map(withoutComment).filter((element) => kind === 'set' || !keys.has(keyText(element)));
      return [
        ...(present.length === 0 ? [] : [{ delete: { element: { ...place, elem: present } } }]),
        ...(absent.length === 0 ? [] : [{ create: { element: { ...place, elem: absent } } }]),
      ];
    }),
  );
}

/** Whether the maps give what they should: adding an element again with other data is refused. */
export function dataCommands({ changed }: Difference): readonly Json[] {
  return changed.flatMap(({ table: { family, name: table }, elements }) =>
    elements.flatMap(({ name, kind, added }): readonly Json[] =>
      kind === 'set' || added.length === 0
        ? []
        : [{ add: { element: { family, table, name, elem: added.map(withoutComment) } } }],
    ),
  );
}

function keyText(element: Json): string {
  return JSON.stringify(Array.isArray(element) ? element[0] : element);
}
