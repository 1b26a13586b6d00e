/** The address management of a top-level network: subnets and gateways. */
import { notSaid } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Address } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Written } from '../../syntax/tree.ts';
import { readGateway, readSubnet } from '../engine/subnet.ts';
import { fieldsOf, readMapping } from '../reading/fields.ts';
import type { DocumentNode, MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { finishFields } from './fields.ts';
import type { Reading } from './reading.ts';
import { readItems, readOptionalText } from './values.ts';

export interface Ipam {
  readonly subnets: readonly Written<Prefix>[];
  readonly gateways: readonly Written<Address>[];
}

const level = { scope: 'network', prefix: 'ipam.', irrelevant: new Set<string>() } as const;

/** Reads `ipam`. What only steers which free address a container gets is reported: the policy gives the lowest free one. */
export function readIpam(reading: Reading, entry: MappingEntry | undefined): Ipam {
  const none: Ipam = { subnets: [], gateways: [] };
  if (entry === undefined) return none;
  const mapping = readMapping(reading, entry.value, '`ipam`');
  if (mapping === undefined) return none;
  const fields = fieldsOf(mapping);
  const driverEntry = fields.take('driver');
  const driver = readOptionalText(reading, driverEntry);
  if (driver !== undefined && driver.value !== 'default')
    reading.add(
      report(
        notSaid,
        driver.span,
        `The address driver \`${shorten(driver.value)}\` has no word in a policy; addresses come from the subnets.`,
      ),
    );
  const blocks = readItems(reading, fields.take('config')).map((item) => readBlock(reading, item));
  const options = fields.take('options');
  if (options !== undefined)
    reading.add(report(notSaid, options.key.span, 'Options of the address driver have no word in a policy.'));
  finishFields(reading, fields, { ...level, what: '`ipam`' });
  return { subnets: blocks.flatMap((block) => block.subnets), gateways: blocks.flatMap((block) => block.gateways) };
}

function readBlock(reading: Reading, item: DocumentNode): Ipam {
  const mapping = readMapping(reading, item, 'An entry of `ipam.config`');
  if (mapping === undefined) return { subnets: [], gateways: [] };
  const fields = fieldsOf(mapping);
  const subnet = readSubnet(reading, readOptionalText(reading, fields.take('subnet')));
  const gateway = readGateway(reading, readOptionalText(reading, fields.take('gateway')), subnet);
  for (const key of ['ip_range', 'aux_addresses', 'aux_address']) {
    const entry = fields.take(key);
    if (entry === undefined) continue;
    reading.add(
      report(
        notSaid,
        entry.key.span,
        `\`${key}\` has no word in a policy: containers without an address get the lowest free ones of the subnet.`,
        {
          help: 'Give the containers their addresses (`ipv4_address`, `ipv6_address`).',
        },
      ),
    );
  }
  finishFields(reading, fields, { ...level, prefix: 'ipam.config.', what: 'an entry of `ipam.config`' });
  return { subnets: subnet === undefined ? [] : [subnet], gateways: gateway === undefined ? [] : [gateway] };
}
