/** What networks have in common, whichever engine wrote them. */
import { badShape } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Name } from '../../syntax/tree.ts';
import type { NetworkDescription } from '../engine/network-items.ts';
import type { MappingEntry, MappingNode } from '../reading/node.ts';
import type { InspectedNetwork } from './inspected.ts';
import { memberRepeated } from './known-keys.ts';
import { fieldsIn, finishFields, type Reading } from './reading.ts';
import { readEntries, readOptionalText } from './values.ts';

export type Subnets = Pick<NetworkDescription, 'subnets' | 'gateways'>;

export function readNetworkName(
  reading: Reading,
  node: MappingNode,
  entry: MappingEntry | undefined,
): Name | undefined {
  const text = readOptionalText(reading, entry);
  if (text !== undefined) return { text: text.value, span: text.span };
  const { file, start } = node.span;
  reading.add(report(badShape, { file, start, end: start + 1 }, 'This network has no name.'));
  return undefined;
}

/** The containers that the engine says are on a network, by their ids. */
export function readMembers(
  reading: Reading,
  entry: MappingEntry | undefined,
  nameKey: 'Name' | 'name',
  what: string,
): InspectedNetwork['members'] {
  return readEntries(reading, entry).map((member) => {
    const fields = fieldsIn(reading, member);
    const name = readOptionalText(reading, fields.take(nameKey));
    finishFields(reading, fields, {
      scope: 'network',
      prefix: 'Containers.',
      irrelevant: new Set(),
      repeated: memberRepeated,
      what: `a container ${what}`,
    });
    return { id: member.key.text, name: name ?? { value: member.key.text, span: member.key.span } };
  });
}
