/** One inspected network as Docker writes it. */
import { familyWithoutSubnet, notSaid } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import { type Prefix, parseInterfaceAddress } from '../../net/prefix.ts';
import type { Name, Written } from '../../syntax/tree.ts';
import { type DriverOptions, type OptionTexts, readDriverOptions } from '../engine/driver-options.ts';
import { oneGatewayMode } from '../engine/gateway-mode.ts';
import { oneSubnetOfEach, readGateway, readSubnet } from '../engine/subnet.ts';
import { type Fields, fieldsOf } from '../reading/fields.ts';
import type { MappingEntry, MappingNode } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import type { InspectedNetwork } from './inspected.ts';
import { networkIrrelevant, networkRepeated } from './known-keys.ts';
import { readMembers, readNetworkName, type Subnets } from './network-parts.ts';
import { fieldsIn, finishFields, type Reading } from './reading.ts';
import { readEntries, readItems, readOptionalText, readSwitch, readText, saysNothing } from './values.ts';

/** Reads one network; undefined (and reported) when it has no name. */
export function readNetwork(reading: Reading, node: MappingNode): InspectedNetwork | undefined {
  const fields = fieldsOf(node);
  const name = readNetworkName(reading, node, fields.take('Name'));
  if (name === undefined) return undefined;
  const id = readOptionalText(reading, fields.take('Id'))?.value ?? '';
  const driver = readOptionalText(reading, fields.take('Driver'));
  const internal = readSwitch(reading, fields.take('Internal'));
  const configOnly = readSwitch(reading, fields.take('ConfigOnly'))?.value === true;
  const members = readMembers(reading, fields.take('Containers'), 'Name', 'of a network');
  const enabled: Record<Family, boolean> = {
    ipv4: readSwitch(reading, fields.take('EnableIPv4'))?.value ?? true,
    ipv6: readSwitch(reading, fields.take('EnableIPv6'))?.value ?? false,
  };
  const isDefaultBridge = name.text === 'bridge' && driver?.value === 'bridge';
  const why = obstacle(driver, configOnly);
  const kind = kindOf(driver?.value, why);
  // The settings of a network that is not taken over are not looked at one by one: it is reported as a whole.
  const isTaken = kind === 'bridge' || kind === 'macvlan';
  const options = readDriverOptions(
    reading,
    optionTexts(reading, isTaken ? fields.take('Options') : undefined),
    'Options',
  );
  const subnets = isTaken ? readIpam(reading, fields.take('IPAM'), enabled) : noSubnets;
  if (isTaken) reportClusterParts(reading, fields);
  if (isTaken)
    finishFields(reading, fields, {
      scope: 'network',
      prefix: '',
      irrelevant: networkIrrelevant,
      repeated: networkRepeated,
      what: 'a network',
    });
  const families = new Set(subnets.subnets.map(({ value }) => value.address.family));
  const network = {
    name,
    id,
    families,
    isDefaultBridge,
    publishAddress: options.publishAddress,
    dns: [],
    members,
    isolation: 'all' as const,
    span: name.span,
    description: {
      kind: kind === 'macvlan' ? ('macvlan' as const) : ('bridge' as const),
      nic: options.nic,
      bridge: isTaken ? (options.bridge ?? engineBridge(id, name)) : undefined,
      ...subnets,
      mtu: options.mtu?.value === 1500 ? undefined : options.mtu,
      internal,
      icc: options.icc?.value === true ? undefined : options.icc,
      masquerade: options.masquerade?.value === true ? undefined : options.masquerade,
      gatewayMode: usefulMode(oneGatewayMode(reading, name, options, families)),
    },
  };
  const missing = isTaken ? missingPart(network.description) : '';
  return missing === '' ? { ...network, kind, why } : { ...network, kind: 'refused', why: missing };
}

const noSubnets: Subnets = { subnets: [], gateways: [] };

function usefulMode(mode: DriverOptions['gatewayModes'][Family]): DriverOptions['gatewayModes'][Family] {
  return mode?.value === 'nat' ? undefined : mode;
}

function obstacle(driver: Written<string> | undefined, configOnly: boolean): string {
  if (configOnly) return 'it only keeps settings for others';
  if (driver !== undefined && ['bridge', 'macvlan', 'host', 'null', 'none'].includes(driver.value)) return '';
  return `its driver is \`${shorten(driver?.value ?? '')}\`; only \`bridge\`, \`macvlan\`, \`host\` and \`none\` can be imported`;
}

function kindOf(driver: string | undefined, why: string): InspectedNetwork['kind'] {
  if (why !== '') return 'refused';
  if (driver === 'bridge' || driver === 'macvlan' || driver === 'host') return driver;
  return 'none';
}

/** What a policy needs to know and the document does not have. */
export function missingPart({ kind, nic, bridge, subnets }: InspectedNetwork['description']): string {
  if (kind === 'macvlan' && nic === undefined) return 'it stands on no interface of the host (`parent`)';
  if (kind === 'bridge' && bridge === undefined) return 'neither its id nor its options name its bridge';
  return subnets.length === 0 ? 'it has no subnet that the engine knows' : '';
}

/** The engine calls a bridge after the first 12 digits of the network's id. */
function engineBridge(id: string, { span }: Name): Name | undefined {
  return /^[0-9a-f]{12,}$/.test(id) ? { text: `br-${id.slice(0, 12)}`, span } : undefined;
}

export function optionTexts(reading: Reading, entry: MappingEntry | undefined): OptionTexts {
  const options = fieldsIn(reading, entry);
  return {
    take: (key) => {
      const option = options.take(key);
      return option === undefined ? undefined : readText(reading, option.value, `\`${key}\``);
    },
    rest: () => options.rest().map(({ key }) => key),
  };
}

/** The subnets of the families that the network has, and their gateways. */
function readIpam(reading: Reading, entry: MappingEntry | undefined, enabled: Record<Family, boolean>): Subnets {
  const fields = fieldsIn(reading, entry);
  const driver = readOptionalText(reading, fields.take('Driver'));
  if (driver !== undefined && driver.value !== 'default')
    reading.add(
      report(
        notSaid,
        driver.span,
        `The address driver \`${shorten(driver.value)}\` has no word in a policy; addresses come from the subnets.`,
      ),
    );
  const options = fields.take('Options');
  if (options !== undefined && !saysNothing(options.value))
    reading.add(report(notSaid, options.key.span, 'Options of the address driver have no word in a policy.'));
  const blocks = readItems(reading, fields.take('Config')).flatMap((item) => {
    const block = fieldsIn(reading, {
      key: { kind: 'scalar', text: 'Config', isNull: false, type: 'text', span: item.span },
      value: item,
    });
    return readBlock(reading, block, enabled);
  });
  finishFields(reading, fields, { scope: 'network', prefix: 'IPAM.', irrelevant: new Set(), what: '`IPAM`' });
  const used = oneSubnetOfEach(
    reading,
    blocks.map(({ subnet }) => subnet),
  );
  return {
    subnets: [...used.values()],
    gateways: blocks.flatMap(({ subnet, gateway }) =>
      gateway !== undefined && used.get(subnet.value.address.family) === subnet ? [gateway] : [],
    ),
  };
}

interface Block {
  readonly subnet: Written<Prefix>;
  readonly gateway: Written<Address> | undefined;
}

function readBlock(reading: Reading, fields: Fields, enabled: Record<Family, boolean>): readonly Block[] {
  const subnet = readSubnet(reading, readOptionalText(reading, fields.take('Subnet')));
  const gateway = readGateway(reading, withoutLength(readOptionalText(reading, fields.take('Gateway'))), subnet);
  for (const key of ['IPRange', 'AuxiliaryAddresses']) {
    const entry = fields.take(key);
    if (entry === undefined || saysNothing(entry.value)) continue;
    reading.add(
      report(
        notSaid,
        entry.key.span,
        `\`${key}\` has no word in a policy: containers without an address get the lowest free ones of the subnet.`,
      ),
    );
  }
  finishFields(reading, fields, {
    scope: 'network',
    prefix: 'IPAM.Config.',
    irrelevant: new Set(),
    what: 'an entry of `IPAM.Config`',
  });
  if (subnet === undefined) return [];
  const { family } = subnet.value.address;
  if (enabled[family]) return [{ subnet, gateway }];
  reading.add(
    report(
      familyWithoutSubnet,
      subnet.span,
      `This subnet is not used, because the network does not say \`${family === 'ipv4' ? 'EnableIPv4' : 'EnableIPv6'}\`.`,
    ),
  );
  return [];
}

/** Older engines wrote the gateway with the length of the subnet: `172.18.0.1/16`. */
function withoutLength(text: Written<string> | undefined): Written<string> | undefined {
  if (text === undefined || parseAddress(text.value) !== undefined) return text;
  if (parseInterfaceAddress(text.value) === undefined) return text;
  return { ...text, value: text.value.replace(/\/.*$/, '') };
}

function reportClusterParts(reading: Reading, fields: Fields): void {
  const scope = readOptionalText(reading, fields.take('Scope'));
  if (scope !== undefined && scope.value !== 'local')
    reading.add(
      report(notSaid, scope.span, 'This network belongs to a cluster; the policy has the part of this host.'),
    );
  for (const key of ['Peers', 'Services']) {
    const entry = fields.take(key);
    if (entry !== undefined && readParts(reading, entry))
      reading.add(report(notSaid, entry.key.span, `\`${key}\` belong to a cluster and have no word in a policy.`));
  }
}

function readParts(reading: Reading, entry: MappingEntry): boolean {
  if (saysNothing(entry.value)) return false;
  return entry.value.kind === 'sequence' || readEntries(reading, entry).length > 0;
}
