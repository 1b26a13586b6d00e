/** Finds in the syntax trees what the model keeps no place of. */
import type { HostItem, PolicyFile } from '../../syntax/tree.ts';
import type { Host } from '../model.ts';

/** The item of a host block, if it is written; the host is recognised by the place of its name. */
export function hostItem(files: readonly PolicyFile[], host: Host, kind: HostItem['kind']): HostItem | undefined {
  for (const file of files)
    for (const statement of file.statements)
      if (statement.kind === 'host' && statement.name.span === host.span)
        return statement.items.find((item) => item.kind === kind);
  return undefined;
}
