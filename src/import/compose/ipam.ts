/** The address management of a top-level network: subnets and gateways. */
import { badValue, notSaid } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import {
  formatPrefix,
  hasHostBits,
  type Prefix,
  parseInterfaceAddress,
  prefixContains,
  prefixOf,
} from '../../net/prefix.ts';
import type { Written } from '../../syntax/tree.ts';
import { fieldsOf, finishFields, readMapping } from './fields.ts';
import type { Reading } from './reading.ts';
import { readItems, readOptionalText, shorten } from './values.ts';
import type { YamlEntry, YamlNode } from './yaml-node.ts';

export interface Ipam {
  readonly subnets: readonly Written<Prefix>[];
  readonly gateways: readonly Written<Address>[];
}

const level = { scope: 'network', prefix: 'ipam.', irrelevant: new Set<string>() } as const;

/** Reads `ipam`. What only steers which free address a container gets is reported: the policy gives the lowest free one. */
export function readIpam(reading: Reading, entry: YamlEntry | undefined): Ipam {
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

function readBlock(reading: Reading, item: YamlNode): Ipam {
  const mapping = readMapping(reading, item, 'An entry of `ipam.config`');
  if (mapping === undefined) return { subnets: [], gateways: [] };
  const fields = fieldsOf(mapping);
  const subnet = readSubnet(reading, fields.take('subnet'));
  const gateway = readGateway(reading, fields.take('gateway'), subnet);
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

function readSubnet(reading: Reading, entry: YamlEntry | undefined): Written<Prefix> | undefined {
  const text = readOptionalText(reading, entry);
  if (text === undefined) return undefined;
  const parsed = parseInterfaceAddress(text.value);
  if (parsed === undefined) {
    reading.add(
      report(badValue, text.span, `\`${shorten(text.value)}\` is no subnet.`, {
        help: 'A subnet is written `172.20.0.0/16` or `fd00:20::/64`.',
      }),
    );
    return undefined;
  }
  const prefix = prefixOf(parsed.address, parsed.length);
  if (!hasHostBits(parsed)) return { value: prefix, span: text.span };
  reading.add(
    report(badValue, text.span, `\`${text.value}\` is an address inside the subnet \`${formatPrefix(prefix)}\`.`, {
      help: `Write \`${formatPrefix(prefix)}\`, and \`gateway\` for the address of the bridge.`,
    }),
  );
  return undefined;
}

function readGateway(
  reading: Reading,
  entry: YamlEntry | undefined,
  subnet: Written<Prefix> | undefined,
): Written<Address> | undefined {
  const text = readOptionalText(reading, entry);
  if (text === undefined) return undefined;
  const address = parseAddress(text.value);
  if (address === undefined) {
    reading.add(report(badValue, text.span, `\`${shorten(text.value)}\` is no address.`));
    return undefined;
  }
  if (subnet !== undefined && prefixContains(subnet.value, address)) return { value: address, span: text.span };
  reading.add(
    report(badValue, text.span, `The gateway \`${text.value}\` lies in no subnet that is written beside it.`),
  );
  return undefined;
}
