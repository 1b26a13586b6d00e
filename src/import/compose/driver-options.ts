/** The options of the engine's network drivers (`driver_opts`) that a policy can say. */
import { badValue, notSaid, unprotectedGateway } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import type { GatewayMode, Name, Written } from '../../syntax/tree.ts';
import { type Fields, fieldsOf, readMapping } from './fields.ts';
import type { Reading } from './reading.ts';
import { readEngineSwitch, readInteger, readOptionalText, shorten } from './values.ts';
import type { YamlEntry } from './yaml-node.ts';

export interface DriverOptions {
  readonly bridge: Name | undefined;
  readonly nic: Name | undefined;
  readonly mtu: Written<number> | undefined;
  readonly icc: Written<boolean> | undefined;
  readonly masquerade: Written<boolean> | undefined;
  readonly gatewayModes: Readonly<Partial<Record<Family, Written<GatewayMode>>>>;
  readonly publishAddress: Written<Address> | undefined;
  readonly enableIpv6: Written<boolean> | undefined;
}

const bridgeOption = 'com.docker.network.bridge.';

/** Reads `driver_opts` of a network; options that a policy cannot say are reported one by one. */
export function readDriverOptions(reading: Reading, entry: YamlEntry | undefined): DriverOptions {
  const mapping = entry === undefined ? undefined : readMapping(reading, entry.value, '`driver_opts`');
  const fields = fieldsOf(
    mapping ?? { kind: 'mapping', entries: [], span: { file: reading.source, start: 0, end: 0 } },
  );
  const options: DriverOptions = {
    bridge: readInterface(reading, fields.take(`${bridgeOption}name`)),
    nic: readInterface(reading, fields.take('parent')),
    mtu: readMtu(reading, fields),
    icc: readEngineSwitch(reading, fields.take(`${bridgeOption}enable_icc`)),
    masquerade: readEngineSwitch(reading, fields.take(`${bridgeOption}enable_ip_masquerade`)),
    gatewayModes: {
      ...mode(reading, 'ipv4', fields.take(`${bridgeOption}gateway_mode_ipv4`)),
      ...mode(reading, 'ipv6', fields.take(`${bridgeOption}gateway_mode_ipv6`)),
    },
    publishAddress: readBinding(reading, fields.take(`${bridgeOption}host_binding_ipv4`)),
    enableIpv6: readEngineSwitch(reading, fields.take('com.docker.network.enable_ipv6')),
  };
  for (const { key } of fields.rest()) {
    if (key.text === 'com.docker.network.container_iface_prefix')
      reading.ignore('network', `driver_opts.${key.text}`, key.span);
    else
      reading.add(
        report(
          notSaid,
          key.span,
          `The driver option \`${shorten(key.text)}\` has no word in a policy, so it was not imported.`,
        ),
      );
  }
  return options;
}

function readInterface(reading: Reading, entry: YamlEntry | undefined): Name | undefined {
  const text = readOptionalText(reading, entry);
  if (text === undefined) return undefined;
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(text.value)) return { text: text.value, span: text.span };
  reading.add(
    report(
      badValue,
      text.span,
      `\`${shorten(text.value)}\` is no name of a network interface (at most 15 letters, digits, \`.\`, \`_\` and \`-\`).`,
    ),
  );
  return undefined;
}

function readMtu(reading: Reading, fields: Fields): Written<number> | undefined {
  const mtu = readInteger(reading, fields.take('com.docker.network.driver.mtu'));
  if (mtu === undefined || (mtu.value >= 68 && mtu.value <= 65535)) return mtu;
  reading.add(report(badValue, mtu.span, `${mtu.value} is no MTU: it lies between 68 and 65535.`));
  return undefined;
}

function mode(
  reading: Reading,
  family: Family,
  entry: YamlEntry | undefined,
): Partial<Record<Family, Written<GatewayMode>>> {
  const text = readOptionalText(reading, entry);
  if (text === undefined || entry === undefined) return {};
  const { value, span } = text;
  if (value === 'nat' || value === 'routed' || value === 'isolated') return { [family]: { value, span } };
  if (value === 'nat-unprotected') {
    reading.add(
      report(
        unprotectedGateway,
        span,
        'The gateway mode `nat-unprotected` leaves every port of a container open; the policy says `nat`, which opens published ports only.',
        {
          help: 'Write `allow any -> NETWORK` where that is meant.',
        },
      ),
    );
    return { [family]: { value: 'nat', span } };
  }
  reading.add(
    report(badValue, span, `\`${shorten(value)}\` is no gateway mode; write \`nat\`, \`routed\` or \`isolated\`.`),
  );
  return {};
}

function readBinding(reading: Reading, entry: YamlEntry | undefined): Written<Address> | undefined {
  const text = readOptionalText(reading, entry);
  if (text === undefined) return undefined;
  const address = parseAddress(text.value);
  if (address?.family === 'ipv4') return { value: address, span: text.span };
  reading.add(report(badValue, text.span, `\`${shorten(text.value)}\` is no IPv4 address.`));
  return undefined;
}
