/** Top-level networks of a compose file. */
import {
  badValue,
  externalNetwork,
  familyWithoutSubnet,
  meaninglessKey,
  unsupportedDriver,
} from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Family } from '../../net/address.ts';
import type { Span } from '../../source/span.ts';
import type { Name, Written } from '../../syntax/tree.ts';
import { type DriverOptions, type OptionTexts, readDriverOptions } from '../engine/driver-options.ts';
import { oneGatewayMode } from '../engine/gateway-mode.ts';
import { oneSubnetOfEach } from '../engine/subnet.ts';
import { fieldsOf, readMapping } from '../reading/fields.ts';
import type { MappingEntry } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import { finishFields } from './fields.ts';
import { readIpam } from './ipam.ts';
import { networkIrrelevant } from './known-keys.ts';
import type { ComposeNetwork, ComposeNetworkKind } from './project.ts';
import type { Reading } from './reading.ts';
import { readOptionalText, readSwitch, readText } from './values.ts';

const kindsByDriver: ReadonlyMap<string, ComposeNetworkKind> = new Map([
  ['bridge', 'bridge'],
  ['default', 'bridge'],
  ['macvlan', 'macvlan'],
  ['host', 'host'],
  ['none', 'none'],
  ['null', 'none'],
]);

/** The networks that every engine has, by the names under which compose files call them external. */
const kindsByEngineName: ReadonlyMap<string, ComposeNetworkKind> = new Map([
  ['bridge', 'default-bridge'],
  ['host', 'host'],
  ['none', 'none'],
]);

/** Reads one top-level network; undefined (and reported) when it cannot be said in a policy. */
export function readNetwork(reading: Reading, entry: MappingEntry, projectName: string): ComposeNetwork | undefined {
  const key: Name = { text: entry.key.text, span: entry.key.span };
  const mapping = readMapping(reading, entry.value, `The network \`${shorten(key.text)}\``);
  if (mapping === undefined) return undefined;
  const fields = fieldsOf(mapping);
  const external = readExternal(reading, fields.take('external'));
  const name = readOptionalText(reading, fields.take('name')) ?? external.name;
  const engineName = name?.value ?? (external.span === undefined ? `${projectName}_${key.text}` : key.text);
  const wellKnown = external.span === undefined ? undefined : kindsByEngineName.get(engineName);
  const driver = readOptionalText(reading, fields.take('driver'));
  const options = readDriverOptions(reading, optionTexts(reading, fields.take('driver_opts')), 'driver_opts');
  const ipam = readIpam(reading, fields.take('ipam'));
  const enabled: Record<Family, boolean> = {
    ipv4: readSwitch(reading, fields.take('enable_ipv4'))?.value ?? true,
    ipv6: (readSwitch(reading, fields.take('enable_ipv6')) ?? options.enableIpv6)?.value ?? false,
  };
  const internal = readSwitch(reading, fields.take('internal'));
  finishFields(reading, fields, { scope: 'network', prefix: '', irrelevant: networkIrrelevant, what: 'a network' });

  const kind = wellKnown ?? kindOf(reading, key, driver, options);
  if (kind === undefined) return undefined;
  const subnets = usedSubnets(reading, ipam.subnets, enabled);
  if (kind === 'macvlan' && subnets.length === 0)
    reading.add(
      report(badValue, key.span, 'A `macvlan` network needs the subnet of the network that its interface is on.', {
        help: 'Write `ipam: { config: [{ subnet: 192.168.1.0/24, gateway: 192.168.1.1 }] }`.',
      }),
    );
  const families = familiesOf(reading, key, subnets, enabled);
  if (external.span !== undefined && wellKnown === undefined) reportExternal(reading, key, external.span);
  const network: ComposeNetwork = {
    key,
    kind,
    engineName,
    external: external.span,
    nic: options.nic,
    bridge: options.bridge,
    subnets,
    gateways: ipam.gateways.filter(({ value }) =>
      subnets.some((subnet) => subnet.value.address.family === value.family),
    ),
    families,
    mtu: options.mtu,
    icc: options.icc,
    internal,
    masquerade: options.masquerade,
    gatewayMode: oneGatewayMode(reading, key, options, families),
    publishAddress: options.publishAddress,
    span: key.span,
  };
  reportMeaningless(reading, network, options);
  return network;
}

/** The options below `driver_opts`; nothing when it is no mapping, which is reported. */
function optionTexts(reading: Reading, entry: MappingEntry | undefined): OptionTexts {
  const mapping = entry === undefined ? undefined : readMapping(reading, entry.value, '`driver_opts`');
  if (mapping === undefined) return { take: () => undefined, rest: () => [] };
  const fields = fieldsOf(mapping);
  return {
    take: (key) => {
      const option = fields.take(key);
      return option === undefined ? undefined : readText(reading, option.value, `\`${key}\``);
    },
    rest: () => fields.rest().map(({ key }) => key),
  };
}

/** Settings that the kind of a network, or a family that it lacks, leaves without effect. */
function reportMeaningless(reading: Reading, network: ComposeNetwork, options: DriverOptions): void {
  const { kind, nic, bridge, subnets, mtu, icc, internal, masquerade, gatewayMode, publishAddress, families } = network;
  const settings = { nic, bridge, subnet: subnets[0], mtu, icc, internal, masquerade, gatewayMode, publishAddress };
  const effective: Record<ComposeNetworkKind, readonly (keyof typeof settings)[]> = {
    bridge: ['bridge', 'subnet', 'mtu', 'icc', 'internal', 'masquerade', 'gatewayMode', 'publishAddress'],
    'default-bridge': ['subnet', 'mtu', 'icc', 'internal', 'masquerade', 'gatewayMode', 'publishAddress'],
    macvlan: ['nic', 'subnet', 'mtu', 'internal'],
    host: [],
    none: [],
  };
  const others = (Object.keys(settings) as (keyof typeof settings)[]).filter((name) => !effective[kind].includes(name));
  const spans = [
    ...others.map((name) => settings[name]?.span),
    ...(['ipv4', 'ipv6'] as const)
      .filter((family) => !families.has(family))
      .map((family) => options.gatewayModes[family]?.span),
  ];
  for (const span of spans)
    if (span !== undefined)
      reading.add(
        report(
          meaninglessKey,
          span,
          `This has no effect on the network \`${shorten(network.key.text)}\`, and was left out.`,
        ),
      );
}

/** `external: true`, or the older `external: { name: X }`. `span` is undefined when the project makes the network itself. */
function readExternal(
  reading: Reading,
  entry: MappingEntry | undefined,
): { readonly span: Span | undefined; readonly name: Written<string> | undefined } {
  if (entry?.value.kind === 'mapping') {
    const fields = fieldsOf(entry.value);
    const name = readOptionalText(reading, fields.take('name'));
    finishFields(reading, fields, { scope: 'network', prefix: 'external.', irrelevant: new Set(), what: '`external`' });
    return { span: entry.key.span, name };
  }
  const external = readSwitch(reading, entry);
  return { span: external?.value === true ? entry?.key.span : undefined, name: undefined };
}

function reportExternal(reading: Reading, key: Name, span: Span): void {
  reading.add(
    report(
      externalNetwork,
      span,
      `The network \`${shorten(key.text)}\` is made elsewhere: its subnet, its bridge and its other containers are not in this file.`,
      {
        help: 'Write `bridge` and `subnet` as `docker network inspect` shows them, and declare the containers of other projects that it should let in.',
      },
    ),
  );
}

function kindOf(
  reading: Reading,
  key: Name,
  driver: Written<string> | undefined,
  options: DriverOptions,
): ComposeNetworkKind | undefined {
  const kind = driver === undefined ? 'bridge' : kindsByDriver.get(driver.value);
  if (kind === undefined) {
    reading.add(
      report(
        unsupportedDriver,
        driver?.span ?? key.span,
        `Networks of the driver \`${shorten(driver?.value ?? '')}\` cannot be imported; only \`bridge\`, \`macvlan\`, \`host\` and \`none\` can.`,
      ),
    );
    return undefined;
  }
  if (kind === 'macvlan' && options.nic === undefined) {
    reading.add(
      report(badValue, driver?.span ?? key.span, 'A `macvlan` network needs the interface that it stands on.', {
        help: 'Write `driver_opts: { parent: eth0 }`.',
      }),
    );
    return undefined;
  }
  return kind;
}

/** The subnets of families that the network has; the engine does not look at the others. */
function usedSubnets(
  reading: Reading,
  subnets: ComposeNetwork['subnets'],
  enabled: Record<Family, boolean>,
): ComposeNetwork['subnets'] {
  const used = subnets.filter(({ value, span }) => {
    const { family } = value.address;
    if (enabled[family]) return true;
    reading.add(
      report(
        familyWithoutSubnet,
        span,
        `This subnet is not used, because the network does not say \`enable_${family}: true\`.`,
      ),
    );
    return false;
  });
  return [...oneSubnetOfEach(reading, used).values()];
}

/** The families that the network has in the policy, where one without a subnet gets an IPv4 one. */
function familiesOf(
  reading: Reading,
  key: Name,
  subnets: ComposeNetwork['subnets'],
  enabled: Record<Family, boolean>,
): ReadonlySet<Family> {
  if (subnets.length === 0 && !enabled.ipv4) {
    reading.add(
      report(badValue, key.span, `The network \`${shorten(key.text)}\` has no IPv4, and no IPv6 subnet is written.`, {
        help: 'Write the subnet: `ipam: { config: [{ subnet: "fd00:1::/64" }] }`, with `enable_ipv6: true`.',
      }),
    );
    return new Set();
  }
  const families = new Set<Family>(subnets.length === 0 ? ['ipv4'] : subnets.map(({ value }) => value.address.family));
  for (const family of ['ipv4', 'ipv6'] as const) {
    if (!enabled[family] || families.has(family)) continue;
    const label = family === 'ipv4' ? 'IPv4' : 'IPv6';
    reading.add(
      report(
        familyWithoutSubnet,
        key.span,
        `The engine gives \`${shorten(key.text)}\` an ${label} subnet of its own choice; in the policy the network has no ${label}.`,
        {
          help: `Write the ${label} subnet under \`ipam\`.`,
        },
      ),
    );
  }
  return families;
}
