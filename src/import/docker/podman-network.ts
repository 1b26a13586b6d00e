/** One inspected network as Podman writes it (`podman network inspect`). */
import { badValue, notSaid } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Address } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Written } from '../../syntax/tree.ts';
import { readDnsValues } from '../engine/dns-values.ts';
import { type OptionTexts, readInterface, readMtu } from '../engine/driver-options.ts';
import { oneSubnetOfEach, readGateway, readSubnet } from '../engine/subnet.ts';
import { fieldsOf } from '../reading/fields.ts';
import type { MappingEntry, MappingNode } from '../reading/node.ts';
import { shorten } from '../reading/shorten.ts';
import type { InspectedNetwork } from './inspected.ts';
import { podmanNetworkIrrelevant } from './known-keys.ts';
import { missingPart, optionTexts } from './network.ts';
import { readMembers, readNetworkName, type Subnets } from './network-parts.ts';
import { fieldsIn, finishFields, type Reading } from './reading.ts';
import { readItems, readOptionalText, readSwitch, readTexts, saysNothing } from './values.ts';

/** Reads one network; undefined (and reported) when it has no name. */
export function readPodmanNetwork(reading: Reading, node: MappingNode): InspectedNetwork | undefined {
  const fields = fieldsOf(node);
  const name = readNetworkName(reading, node, fields.take('name'));
  if (name === undefined) return undefined;
  const id = readOptionalText(reading, fields.take('id'))?.value ?? '';
  const driver = readOptionalText(reading, fields.take('driver'));
  const kind = driver?.value === 'bridge' || driver?.value === 'macvlan' ? driver.value : 'refused';
  const device = readInterface(reading, readOptionalText(reading, fields.take('network_interface')));
  const internal = readSwitch(reading, fields.take('internal'));
  // Which families the network has is what its subnets say.
  readSwitch(reading, fields.take('ipv6_enabled'));
  const subnets = readSubnets(reading, fields.take('subnets'));
  const options = readOptions(reading, optionTexts(reading, fields.take('options')));
  for (const key of ['routes', 'ipam_options']) {
    const entry = fields.take(key);
    if (entry !== undefined && isUnsaid(reading, key, entry))
      reading.add(report(notSaid, entry.key.span, `\`${key}\` has no word in a policy, so it was not imported.`));
  }
  const dns = readDnsValues(reading, readTexts(reading, fields.take('network_dns_servers')), [], []);
  const members = readMembers(reading, fields.take('containers'), 'name', 'of a network');
  finishFields(reading, fields, {
    scope: 'network',
    prefix: '',
    irrelevant: podmanNetworkIrrelevant,
    what: 'a network',
  });
  const description = {
    kind: kind === 'macvlan' ? ('macvlan' as const) : ('bridge' as const),
    nic: kind === 'macvlan' ? device : undefined,
    bridge: kind === 'bridge' ? device : undefined,
    ...subnets,
    mtu: options.mtu?.value === 1500 ? undefined : options.mtu,
    internal,
    icc: undefined,
    masquerade: undefined,
    gatewayMode: undefined,
  };
  const missing = kind === 'refused' ? '' : options.unmanaged ? unmanagedBridge : missingPart(description);
  return {
    name,
    id,
    kind: missing === '' ? kind : 'refused',
    why:
      missing === ''
        ? `its driver is \`${shorten(driver?.value ?? '')}\`; only \`bridge\` and \`macvlan\` can be imported`
        : missing,
    description,
    families: new Set(subnets.subnets.map(({ value }) => value.address.family)),
    isDefaultBridge: false,
    publishAddress: undefined,
    dns,
    members,
    isolation: kind === 'bridge' ? options.isolation : 'all',
    span: name.span,
  };
}

const unmanagedBridge = 'its bridge is kept by somebody else (`mode: unmanaged`)';

/** `ipam_options` says who gives the addresses; `host-local` is the usual way. */
function isUnsaid(reading: Reading, key: string, entry: MappingEntry): boolean {
  if (saysNothing(entry.value)) return false;
  if (key !== 'ipam_options') return true;
  const fields = fieldsIn(reading, entry);
  const driver = readOptionalText(reading, fields.take('driver'));
  return fields.rest().length > 0 || (driver !== undefined && driver.value !== 'host-local');
}

function readSubnets(reading: Reading, entry: MappingEntry | undefined): Subnets {
  const blocks = readItems(reading, entry).flatMap((item) => {
    const fields = fieldsIn(reading, {
      key: { kind: 'scalar', text: 'subnets', isNull: false, type: 'text', span: item.span },
      value: item,
    });
    const subnet = readSubnet(reading, readOptionalText(reading, fields.take('subnet')));
    const gateway = readGateway(reading, readOptionalText(reading, fields.take('gateway')), subnet);
    const lease = fields.take('lease_range');
    if (lease !== undefined && !saysNothing(lease.value))
      reading.add(
        report(
          notSaid,
          lease.key.span,
          '`lease_range` has no word in a policy: containers without an address get the lowest free ones of the subnet.',
        ),
      );
    finishFields(reading, fields, {
      scope: 'network',
      prefix: 'subnets.',
      irrelevant: new Set(),
      what: 'an entry of `subnets`',
    });
    return subnet === undefined ? [] : [{ subnet, gateway }];
  });
  const used = oneSubnetOfEach(
    reading,
    blocks.map(({ subnet }): Written<Prefix> => subnet),
  );
  return {
    subnets: [...used.values()],
    gateways: blocks.flatMap(({ subnet, gateway }): Written<Address>[] =>
      gateway !== undefined && used.get(subnet.value.address.family) === subnet ? [gateway] : [],
    ),
  };
}

interface Options {
  readonly mtu: Written<number> | undefined;
  readonly isolation: InspectedNetwork['isolation'];
  readonly unmanaged: boolean;
}

/** Options that say nothing about who reaches whom. */
const irrelevantOptions: ReadonlySet<string> = new Set(['metric', 'bclim']);

function readOptions(reading: Reading, texts: OptionTexts): Options {
  const mtu = readMtu(reading, texts.take('mtu'));
  const isolate = texts.take('isolate');
  if (isolate !== undefined && !['true', 'false', '1', '0', 'strict'].includes(isolate.value))
    reading.add(report(badValue, isolate.span, `\`${shorten(isolate.value)}\` is no word for \`isolate\`.`));
  const mode = texts.take('mode');
  if (mode !== undefined && !['bridge', 'managed', 'unmanaged'].includes(mode.value))
    reading.add(report(notSaid, mode.span, `The mode \`${shorten(mode.value)}\` has no word in a policy.`));
  for (const { text, span } of texts.rest()) {
    if (irrelevantOptions.has(text)) reading.ignore('network', `options.${text}`, span);
    else
      reading.add(
        report(
          notSaid,
          span,
          `The driver option \`${shorten(text)}\` has no word in a policy, so it was not imported.`,
        ),
      );
  }
  return {
    mtu,
    isolation: isolate?.value === 'strict' ? 'all' : ['true', '1'].includes(isolate?.value ?? '') ? 'mutual' : 'none',
    unmanaged: mode?.value === 'unmanaged',
  };
}
