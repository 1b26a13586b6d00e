/** The networks that a service joins, and how. */
import { badShape, notSaid } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { MacAddress } from '../../net/mac.ts';
import type { Name, Written } from '../../syntax/tree.ts';
import { readAddress, readMac } from '../engine/address.ts';
import { readDomainName } from '../reading/domain-name.ts';
import { fieldsOf, readMapping } from '../reading/fields.ts';
import type { MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { finishFields } from './fields.ts';
import { attachmentIrrelevant } from './known-keys.ts';
import type { ComposeAttachment } from './project.ts';
import type { Reading } from './reading.ts';
import { readInteger, readOptionalText, readText, readTexts } from './values.ts';

/** The attachments of `networks`, written as a list or as a mapping; undefined when none is named. */
export function readAttachments(
  reading: Reading,
  entry: MappingEntry | undefined,
): readonly ComposeAttachment[] | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.kind === 'mapping') return nonEmpty(value.entries.flatMap((item) => readAttachment(reading, item)));
  if (value.kind === 'scalar') {
    if (!value.isNull) reading.add(report(badShape, value.span, '`networks` has to be a list or a mapping.'));
    return undefined;
  }
  const attachments = new Map<string, ComposeAttachment>();
  for (const item of value.items) {
    const text = readText(reading, item, 'An entry of `networks`');
    if (text !== undefined && !attachments.has(text.value))
      attachments.set(text.value, bare({ text: text.value, span: text.span }));
  }
  return nonEmpty([...attachments.values()]);
}

function nonEmpty(attachments: readonly ComposeAttachment[]): readonly ComposeAttachment[] | undefined {
  return attachments.length === 0 ? undefined : attachments;
}

/** An attachment that says nothing but the network. */
export function bare(network: Name): ComposeAttachment {
  return { network, addresses: [], mac: undefined, aliases: [], gatewayPriority: 0, priority: 0, span: network.span };
}

function readAttachment(reading: Reading, entry: MappingEntry): readonly ComposeAttachment[] {
  const network: Name = { text: entry.key.text, span: entry.key.span };
  const mapping = readMapping(reading, entry.value, `The network \`${shorten(network.text)}\` of a service`);
  if (mapping === undefined) return [];
  const fields = fieldsOf(mapping);
  const attachment: ComposeAttachment = {
    network,
    addresses: [
      ...readAddress(reading, readOptionalText(reading, fields.take('ipv4_address')), 'ipv4'),
      ...readAddress(reading, readOptionalText(reading, fields.take('ipv6_address')), 'ipv6'),
    ],
    mac: readMacAddress(reading, fields.take('mac_address')),
    aliases: readTexts(reading, fields.take('aliases')).flatMap((text) => readDomainName(reading, text, 'alias') ?? []),
    gatewayPriority: readInteger(reading, fields.take('gw_priority'))?.value ?? 0,
    priority: readInteger(reading, fields.take('priority'))?.value ?? 0,
    span: network.span,
  };
  for (const key of ['link_local_ips', 'driver_opts']) {
    const unsaid = fields.take(key);
    if (unsaid !== undefined)
      reading.add(
        report(
          notSaid,
          unsaid.key.span,
          `\`${key}\` of a service's network has no word in a policy, so it was not imported.`,
        ),
      );
  }
  finishFields(reading, fields, {
    scope: 'service',
    prefix: 'networks.',
    irrelevant: attachmentIrrelevant,
    what: "a service's network",
  });
  return [attachment];
}

/** A `mac_address`, of a service or of its place on a network. */
export function readMacAddress(reading: Reading, entry: MappingEntry | undefined): Written<MacAddress> | undefined {
  return readMac(reading, readOptionalText(reading, entry));
}
