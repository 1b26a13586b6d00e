/** The networks that an inspected container is on, with its addresses there. */
import { networkSysctl, notSaid } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Address } from '../../net/address.ts';
import type { Name, Written } from '../../syntax/tree.ts';
import { readAddress, readMac } from '../engine/address.ts';
import { readDomainName } from '../reading/domain-name.ts';
import type { Fields } from '../reading/fields.ts';
import type { MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import type { InspectedEndpoint, InspectedLink } from './inspected.ts';
import { endpointRepeated } from './known-keys.ts';
import { readLinks } from './links.ts';
import { fieldsIn, finishFields, type Reading } from './reading.ts';
import { readEntries, readInteger, readOptionalText, readTexts, saysNothing } from './values.ts';

export interface ReadEndpoints {
  readonly endpoints: readonly InspectedEndpoint[];
  readonly links: readonly InspectedLink[];
}

/** Reads `NetworkSettings.Networks`. `id` is the container's: the engine gives its beginning as a name, which nobody writes. */
export function readEndpoints(reading: Reading, entry: MappingEntry | undefined, id: string): ReadEndpoints {
  const read = readEntries(reading, entry).map((item) => {
    const fields = fieldsIn(reading, item);
    const endpoint = readEndpoint(reading, { text: item.key.text, span: item.key.span }, fields, id);
    const links = readLinks(reading, fields.take('Links'));
    reportDriverOptions(reading, fields.take('DriverOpts'));
    finishFields(reading, fields, {
      scope: 'container',
      prefix: 'Networks.',
      irrelevant: new Set(),
      repeated: endpointRepeated,
      what: 'the place of a container on a network',
    });
    return { endpoint, links };
  });
  return { endpoints: read.map(({ endpoint }) => endpoint), links: read.flatMap(({ links }) => links) };
}

/** Reads one place on a network from the fields that say it: an entry of `Networks`, or `NetworkSettings` itself in old engines. */
export function readEndpoint(reading: Reading, network: Name, fields: Fields, id: string): InspectedEndpoint {
  const configured = readIpam(reading, fields.take('IPAMConfig'));
  const [ipv4 = configured.ipv4, ipv6 = configured.ipv6] = [
    readAddress(reading, readOptionalText(reading, fields.take('IPAddress')), 'ipv4')[0],
    readAddress(reading, readOptionalText(reading, fields.take('GlobalIPv6Address')), 'ipv6')[0],
  ];
  reportSecondary(reading, fields);
  return {
    network,
    networkId: readOptionalText(reading, fields.take('NetworkID'))?.value,
    addresses: [ipv4, ipv6].filter((address) => address !== undefined),
    gateways: [
      ...readAddress(reading, readOptionalText(reading, fields.take('Gateway')), 'ipv4'),
      ...readAddress(reading, readOptionalText(reading, fields.take('IPv6Gateway')), 'ipv6'),
    ],
    mac: readMac(reading, readOptionalText(reading, fields.take('MacAddress'))),
    aliases: [...readTexts(reading, fields.take('DNSNames')), ...readTexts(reading, fields.take('Aliases'))]
      .filter(({ value }) => !isIdName(value, id))
      .flatMap((text) => readDomainName(reading, text, 'alias') ?? []),
    gatewayPriority: readInteger(reading, fields.take('GwPriority'))?.value ?? 0,
    span: network.span,
  };
}

/** Whether a name is the beginning of the container's id. */
export function isIdName(name: string, id: string): boolean {
  return name.length >= 12 && id.startsWith(name);
}

/** The addresses that were asked for. */
function readIpam(
  reading: Reading,
  entry: MappingEntry | undefined,
): { readonly ipv4: Written<Address> | undefined; readonly ipv6: Written<Address> | undefined } {
  const fields = fieldsIn(reading, entry);
  const [ipv4] = readAddress(reading, readOptionalText(reading, fields.take('IPv4Address')), 'ipv4');
  const [ipv6] = readAddress(reading, readOptionalText(reading, fields.take('IPv6Address')), 'ipv6');
  const linkLocal = fields.take('LinkLocalIPs');
  if (linkLocal !== undefined && !saysNothing(linkLocal.value))
    reading.add(
      report(
        notSaid,
        linkLocal.key.span,
        '`LinkLocalIPs` has no word in a policy, so these addresses were not imported.',
      ),
    );
  finishFields(reading, fields, {
    scope: 'container',
    prefix: 'IPAMConfig.',
    irrelevant: new Set(),
    what: '`IPAMConfig`',
  });
  return { ipv4, ipv6 };
}

function reportSecondary(reading: Reading, fields: Fields): void {
  for (const key of ['SecondaryIPAddresses', 'SecondaryIPv6Addresses']) {
    const entry = fields.take(key);
    if (entry === undefined || saysNothing(entry.value)) continue;
    reading.add(
      report(
        notSaid,
        entry.key.span,
        `\`${key}\` has no word in a policy: a container has one address of each family on a network.`,
        { help: 'Packets from the other addresses are dropped as forged, unless the network says `spoofing allowed`.' },
      ),
    );
  }
}

function reportDriverOptions(reading: Reading, entry: MappingEntry | undefined): void {
  for (const { key } of readEntries(reading, entry)) {
    if (key.text === 'com.docker.network.endpoint.ifname')
      reading.ignore('container', `DriverOpts.${key.text}`, key.span);
    else if (key.text === 'com.docker.network.endpoint.sysctls')
      reading.add(
        report(networkSysctl, key.span, 'The network settings inside the container are not part of a policy.', {
          help: 'A container that forwards for others sends from addresses that are not its own; its network then needs `spoofing allowed`.',
        }),
      );
    else
      reading.add(
        report(
          notSaid,
          key.span,
          `The driver option \`${shorten(key.text)}\` has no word in a policy, so it was not imported.`,
        ),
      );
  }
}
