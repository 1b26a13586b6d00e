/** Attachments of containers to networks, before missing addresses are given out. */
import { addressFamilyTwice } from '../diagnostics/catalogue/names.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { report } from '../diagnostics/report.ts';
import { type Address, type Family, formatAddress } from '../net/address.ts';
import type { AttachItem, ContainerBlock } from '../syntax/tree.ts';
import type { Lookup } from './lookup.ts';
import type { Network } from './model.ts';
import { several } from './single.ts';

/** One `attach` whose network is known; `written` are the addresses that it names. */
export interface Attachment {
  readonly container: string;
  readonly item: AttachItem;
  readonly network: Network;
  readonly written: Readonly<Partial<Record<Family, Address>>>;
  /** A second attachment to the same network (an error that a check reports): it has no place in the lock file. */
  readonly repeated: boolean;
}

export interface Attachments {
  readonly list: readonly Attachment[];
  /** Whether an attachment was left out because of an error. */
  readonly incomplete: boolean;
}

export function resolveAttachments(
  block: ContainerBlock,
  networks: ReadonlyMap<string, Network>,
  lookup: Lookup,
  onDiagnostic: (diagnostic: Diagnostic) => void,
): Attachments {
  const list: Attachment[] = [];
  const items = several(block.items, 'attach');
  const seen = items.length > 1 ? new Set<string>() : undefined;
  for (const item of items) {
    const found = lookup.subject(item.network, ['network'], 'a container is attached to a network');
    const network = found && networks.get(found.name.text);
    if (network === undefined) continue;
    const written: Partial<Record<Family, Address>> = {};
    for (const { value, span } of item.addresses) {
      const first = written[value.family];
      if (first === undefined) written[value.family] = value;
      else
        onDiagnostic(
          report(
            addressFamilyTwice,
            span,
            `\`${block.name.text}\` already has the address ${formatAddress(first)} on \`${network.name}\``,
            { help: 'a container has at most one address of each family on a network' },
          ),
        );
    }
    list.push({ container: block.name.text, item, network, written, repeated: seen?.has(network.name) ?? false });
    seen?.add(network.name);
  }
  return { list, incomplete: list.length < items.length };
}
